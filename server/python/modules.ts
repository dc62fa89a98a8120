/** Modules: finding them (the foreign library, the standard library, the workspace) and running each once. */
import { Cells } from './heap.ts';
import type { Interpreter } from './interpreter.ts';
import { type SourceNames, sourceNames } from './source-names.ts';
import { executeDefinitions, executeModule } from './statements.ts';
import { standardModule } from './stdlib/registry.ts';
import type { SourceFile } from './syntax.ts';
import { type Globals, isPlain, type ModuleValue, type Value } from './values.ts';

/** A question about the whole of the code, with its answer. */
export interface Asked {
  readonly question: 'mentions' | 'isAssigned';
  readonly attribute: string;
  readonly answer: boolean;
}

export class Modules {
  private readonly interp: Interpreter;
  private readonly loaded = new Map<string, ModuleValue>();
  /** The modules that are being run, by file. */
  private readonly running = new Map<string, ModuleValue>();
  private readonly byFile = new Map<string, ModuleValue>();
  /** What can be read off each file that was run, by file. */
  private readonly scanned = new Map<string, SourceNames>();
  private readonly sources = new Map<string, SourceFile>();
  private asked: Map<string, Asked> | undefined;

  constructor(interp: Interpreter) {
    this.interp = interp;
  }

  run(source: SourceFile, name: string): Globals {
    const globals = this.globalsOf(source, name);
    executeModule(this.interp, source, globals);
    return globals;
  }

  /** Runs the definitions of a file, not its script. */
  load(source: SourceFile, name: string): Globals {
    const globals = this.globalsOf(source, name);
    executeDefinitions(this.interp, source, globals);
    return globals;
  }

  private globalsOf(source: SourceFile, name: string): Globals {
    // Cells of a notebook are run in any order, and some were run that are gone.
    const globals: Globals = { cells: new Cells(this.interp.heap), name, file: source.file, open: source.file.endsWith('.ipynb') };
    this.scan(source);
    globals.cells.set('__name__', this.interp.str(name));
    globals.cells.set('__file__', this.interp.str(source.file));
    globals.cells.set('__doc__', this.interp.none);
    return globals;
  }

  /** The module of an `import`; one that cannot be found has any attribute. */
  import(name: string, level = 0, fromFile = ''): ModuleValue {
    const key = level === 0 ? name : `${'.'.repeat(level)}${name} of ${fromFile}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return known;
    const found = this.find(name, level, fromFile, key) ?? this.interp.openModule(name);
    this.loaded.set(key, found);
    return found;
  }

  /** The module if it can be found. */
  importKnown(name: string, level: number, fromFile: string): ModuleValue | undefined {
    const key = level === 0 ? name : `${'.'.repeat(level)}${name} of ${fromFile}`;
    const known = this.loaded.get(key);
    if (known !== undefined) return known.open ? undefined : known;
    const found = this.find(name, level, fromFile, key);
    if (found !== undefined) this.loaded.set(key, found);
    return found;
  }

  /** Whether the module has not yet run to its end: which of its names are there depends on who was imported first. */
  isRunning(module: ModuleValue): boolean {
    for (const each of this.running.values()) if (each === module) return true;
    return false;
  }

  isKnown(name: string): boolean {
    return this.loaded.has(name) || this.interp.library.module(name) !== undefined;
  }

  /** `a.b` where `b` is a module inside the package `a`. */
  submodule(parent: string, name: string): ModuleValue | undefined {
    const full = `${parent}.${name}`;
    const known = this.loaded.get(full);
    if (known !== undefined) return known;
    const found = this.interp.library.module(full) ?? standardModule(this.interp, full);
    if (found !== undefined) this.loaded.set(full, found);
    return found;
  }

  private find(name: string, level: number, fromFile: string, key: string): ModuleValue | undefined {
    if (level === 0) {
      const library = this.interp.library.module(name) ?? standardModule(this.interp, name);
      if (library !== undefined) return library;
    }
    const source = this.interp.options.importSource?.(name, level, fromFile);
    if (source === undefined || this.running.has(source.file)) return undefined;
    // `src.package` and `package` are one where they are one file: a class is the same by either name.
    const twin = this.byFile.get(source.file);
    if (twin !== undefined) return twin;
    this.scan(source);
    const { heap, trail } = this.interp;
    const { age } = heap;
    const before = trail.length;
    const cells = new Cells(heap);
    const module: ModuleValue = { kind: 'module', name, attrs: cells, lazy: undefined, open: false };
    this.running.set(source.file, module);
    this.loaded.set(key, module);
    const globals: Globals = { cells, name, file: source.file, open: false };
    cells.set('__name__', this.interp.str(name));
    cells.set('__file__', this.interp.str(source.file));
    cells.set('__doc__', this.interp.none);
    // A module runs by itself, whoever asks for it first, and under whatever conditions.
    const frames = this.interp.frames.splice(0);
    const path = this.interp.path.splice(0);
    let whole = false;
    try {
      executeModule(this.interp, source, globals);
      whole = true;
    } finally {
      this.interp.frames.push(...frames);
      this.interp.path.splice(0, this.interp.path.length, ...path);
      this.running.delete(source.file);
      // What was not run to its end may have any name.
      if (!whole) {
        globals.open = true;
        this.loaded.set(key, { ...module, open: true });
      }
      this.forgetRebound(globals);
      // Whatever becomes of the branch that imports it first, the module keeps what it made.
      trail.settle(before, age);
    }
    const made = globals.open ? { ...module, open: true } : module;
    this.byFile.set(source.file, made);
    return made;
  }

  private scan(source: SourceFile): void {
    if (this.scanned.has(source.file)) return;
    this.scanned.set(source.file, sourceNames(source));
    this.sources.set(source.file, source);
  }

  /** Whether the attribute name stands anywhere in the code. */
  mentions(attribute: string): boolean {
    return this.ask('mentions', attribute, (names) => names.attributes.has(attribute));
  }

  /** Whether some code assigns an attribute of this name to something. */
  isAssigned(attribute: string): boolean {
    return this.ask('isAssigned', attribute, (names) => names.anyAssigned || names.assigned.has(attribute));
  }

  private ask(question: Asked['question'], attribute: string, holds: (names: SourceNames) => boolean): boolean {
    let answer = false;
    for (const names of this.scanned.values()) answer ||= holds(names);
    this.asked?.set(`${question} ${attribute}`, { question, attribute, answer });
    return answer;
  }

  /** Takes down what `run` asks about the whole of the code, and how many files it was the first to run. */
  watched(run: () => void): { readonly asked: Iterable<Asked>; readonly loaded: number } {
    const outer = this.asked;
    const asked = new Map<string, Asked>();
    const before = this.scanned.size;
    this.asked = asked;
    try {
      run();
    } finally {
      this.asked = outer;
    }
    return { asked: asked.values(), loaded: this.scanned.size - before };
  }

  /** Whether the file binds the name at its top level, whatever ran of it. */
  isBoundAtTop(file: string, name: string): boolean {
    return this.scanned.get(file)?.topLevel.has(name) === true;
  }

  /** The text of a file that was run. */
  sourceOf(file: string): SourceFile | undefined {
    return this.sources.get(file);
  }

  /** The packages that a file imports from. */
  packagesOf(file: string): ReadonlySet<string> | undefined {
    return this.scanned.get(file)?.packages;
  }

  /** Forgets the plain values of variables that functions of the file assign: they may have been called by now. */
  forgetRebound(globals: Globals): void {
    for (const name of this.scanned.get(globals.file)?.rebound ?? []) {
      const held = globals.cells.get(name);
      if (held !== undefined && isPlain(this.interp.resolve(held))) globals.cells.set(name, this.interp.unknown(name));
    }
  }

  /** What an import anywhere in the file calls by this name, whether it ran or not. */
  importedAs(file: string, name: string): Value | undefined {
    const from = this.scanned.get(file)?.imported.get(name);
    if (from === undefined) return undefined;
    const module = this.import(from.module, from.level, file);
    return from.name === undefined ? module : this.interp.findAttr(module, from.name);
  }

  /** Whether the annotations of a file are never evaluated: `from __future__ import annotations`. */
  hasLazyAnnotations(file: string): boolean {
    return this.scanned.get(file)?.imported.get('annotations')?.module === '__future__';
  }
}
