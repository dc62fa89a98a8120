/**
 * POSIX paths as texts: what `os.path` and `pathlib` do to names without looking at a disk. Knows strings only.
 */

export function joinPaths(parts: readonly string[]): string {
  let path = parts[0] ?? '';
  for (const part of parts.slice(1)) {
    if (part.startsWith('/')) path = part;
    else path += path === '' || path.endsWith('/') ? part : `/${part}`;
  }
  return path;
}

/** Directory and last part. */
export function splitPath(path: string): readonly [string, string] {
  const at = path.lastIndexOf('/') + 1;
  const head = path.slice(0, at);
  return [/^\/*$/.test(head) ? head : head.replace(/\/+$/, ''), path.slice(at)];
}

/** Everything before the extension, and the extension with its dot. */
export function splitExtension(path: string): readonly [string, string] {
  const start = path.lastIndexOf('/') + 1;
  const name = path.slice(start);
  const dot = name.lastIndexOf('.');
  const leading = /^\.+/.exec(name)?.[0].length ?? 0;
  return dot < leading || dot <= 0 ? [path, ''] : [path.slice(0, start + dot), name.slice(dot)];
}

export function normalisePath(path: string): string {
  if (path === '') return '.';
  const root = path.startsWith('//') && !path.startsWith('///') ? '//' : path.startsWith('/') ? '/' : '';
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..' || (root === '' && parts.length === 0) || parts[parts.length - 1] === '..') parts.push(part);
    else parts.pop();
  }
  return root + parts.join('/') || '.';
}

/** As pathlib writes a path: no `.` parts, no doubled slashes, `..` kept. */
export function purePath(path: string): string {
  const root = path.startsWith('/') ? '/' : '';
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return root + parts.join('/') || '.';
}

export function relativePath(path: string, start: string): string {
  const from = normalisePath(start)
    .split('/')
    .filter((p) => p !== '' && p !== '.');
  const to = normalisePath(path)
    .split('/')
    .filter((p) => p !== '' && p !== '.');
  let same = 0;
  while (same < from.length && same < to.length && from[same] === to[same]) same++;
  return [...from.slice(same).map(() => '..'), ...to.slice(same)].join('/') || '.';
}
