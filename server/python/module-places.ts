/**
 * Where the file of an imported module may be, in the order Python and the people who start it look. Paths are texts with
 * `/` between their parts (file names or URIs alike); what exists is asked of the caller, nothing is read here.
 */

export interface Layout {
  /** The folders that hold the program, each with a `/` at its end. */
  readonly roots: readonly string[];
  readonly exists: (path: string) => boolean;
}

/** Files that `import module` (relative with a `level` above 0) in `fromFile` may mean; the first that exists is meant. */
export function modulePlaces(module: string, level: number, fromFile: string, layout: Layout): readonly string[] {
  const folder = fromFile.slice(0, fromFile.lastIndexOf('/') + 1);
  const path = module.split('.').filter((part) => part !== '');
  const bases = level > 0 ? [above(folder, level - 1)] : searched(folder, layout, fromFile.endsWith('.ipynb'));
  return [...new Set(bases)].flatMap((base) =>
    path.length === 0 ? [`${base}__init__.py`] : [`${base}${path.join('/')}.py`, `${base}${path.join('/')}/__init__.py`],
  );
}

function above(folder: string, levels: number): string {
  return folder.replace(new RegExp(`(?:[^/]+/){${levels}}$`), '');
}

/**
 * The folders that may stand in `sys.path`: a script's own; above a package the folder that holds it; those from there up
 * to the root, of which one was current when the program was started; `src` below a root.
 */
function searched(folder: string, { roots, exists }: Layout, notebook: boolean): readonly string[] {
  const own: string[] = [];
  let holder = folder;
  while (exists(`${holder}__init__.py`) && above(holder, 1) !== holder) {
    own.push(holder);
    holder = above(holder, 1);
  }
  const root = roots.filter((each) => folder.startsWith(each)).sort((a, b) => b.length - a.length)[0];
  const around: string[] = [];
  for (let at = holder; root !== undefined && at.length > root.length; at = above(at, 1)) around.push(at);
  // A notebook runs in its own folder.
  return [...(notebook ? [folder] : []), holder, ...own, ...around, ...roots, ...roots.map((each) => `${each}src/`)];
}
