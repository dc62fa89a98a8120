/**
 * Reads the project's own source files and their imports for the tidy test.
 * Owns the reading only; the rules stand in the test.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { init, parse } from 'es-module-lexer';

export interface Source {
  /** Relative to the project, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  readonly line: number;
}

export function sources(folders: readonly string[]): readonly Source[] {
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:ts|mjs)$/.test(entry.name))
      .map((entry) => path.join(entry.parentPath, entry.name).split(path.sep).join('/')),
  );
  return files.sort().map((file) => ({ path: file, text: readFileSync(file, 'utf8') }));
}

/** Every import and re-export of a file that names a literal place: type-only ones too, because a type crosses a boundary like a value. */
export async function importsOf(source: Source): Promise<readonly Import[]> {
  await init;
  const [imports] = parse(source.text, source.path);
  return imports.flatMap((found) =>
    typeof found.specifier === 'string'
      ? [{ from: found.specifier, line: source.text.slice(0, found.importStart).split('\n').length }]
      : [],
  );
}
