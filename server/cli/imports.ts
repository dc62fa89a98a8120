/**
 * The files of a workspace that checked programs import: found, read and parsed once while there is room for them. Each
 * check remembers what it looked for, so that a kept result is known to hold as long as all of that is the same.
 */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ImportSource } from '../python/library.ts';
import { modulePlaces } from '../python/module-places.ts';
import type { PythonParser } from '../python/parser.ts';
import type { SourceFile } from '../python/syntax.ts';
import { readText } from './runtime.ts';

/** How a file that a check looked for was found: `absent`, `present` where only that was asked, otherwise its content's hash. */
export type Found = string;

/** The imports of one check. */
export interface ImportSession {
  readonly resolve: ImportSource;
  readonly seen: ReadonlyMap<string, Found>;
}

interface Parsed {
  readonly source: SourceFile | undefined;
  readonly hash: Found;
}

/** Where a module was found, and the files that were looked for on the way. */
interface Place {
  readonly file: string | undefined;
  readonly asked: readonly (readonly [file: string, found: Found])[];
}

/** Syntax trees are kept for files of so many characters together; the least recently used go first. */
const MOST_CHARACTERS = 6_000_000;

export class Imports {
  private readonly python: PythonParser;
  private readonly roots: readonly string[];
  private readonly hash: (text: string) => Found;
  private readonly parsed = new Map<string, Parsed>();
  private readonly existing = new Map<string, boolean>();
  private readonly places = new Map<string, Place>();
  private characters = 0;

  /** `paths` are the files and folders that were named; the folder that the command was started in holds the program too. */
  constructor(python: PythonParser, paths: readonly string[], hash: (text: string) => Found) {
    this.python = python;
    this.hash = hash;
    this.roots = programRoots(paths);
  }

  /** The imports of one check, of the program `own`. */
  session(own?: string): ImportSession {
    const seen = new Map<string, Found>();
    const merged = new Set<Place>();
    const program = own === undefined ? undefined : slashed(path.resolve(own));
    const resolve: ImportSource = (module, level, fromFile) => {
      if (fromFile === '' || fromFile.startsWith('<')) return undefined;
      const place = this.place(module, level, fromFile);
      const { file, asked } = place;
      if (!merged.has(place)) for (const [each, found] of asked) if (!seen.has(each)) seen.set(each, found);
      merged.add(place);
      if (file === undefined) return undefined;
      // A program that its modules import is a module of its own, with a tree of its own.
      const { source, hash } = file === program ? this.read(file) : this.load(file);
      seen.set(file, hash);
      return source;
    };
    return { resolve, seen };
  }

  /** Many files of a folder import the same modules, which are looked for once. */
  private place(module: string, level: number, fromFile: string): Place {
    const from = slashed(path.resolve(fromFile));
    const key = `${level} ${module} ${from.slice(0, from.lastIndexOf('/') + 1)}`;
    const known = this.places.get(key);
    if (known !== undefined && known.file !== from) return known;
    const asked = new Map<string, Found>();
    const exists = (file: string): boolean => {
      const found = this.exists(file);
      asked.set(file, found ? 'present' : 'absent');
      return found;
    };
    const all = modulePlaces(module, level, from, { roots: this.roots, exists });
    const place = { file: all.find((each) => each !== from && exists(each)), asked: [...asked] };
    // A file does not import itself; the others of its folder may.
    if (!all.includes(from)) this.places.set(key, place);
    return place;
  }

  private exists(file: string): boolean {
    const known = this.existing.get(file) ?? existsSync(file);
    this.existing.set(file, known);
    return known;
  }

  /** `text` is what is in the file, where somebody has read it. */
  private load(file: string, text?: string): Parsed {
    const known = this.parsed.get(file);
    // The map's order is the order of use.
    this.parsed.delete(file);
    const parsed = known ?? this.read(file, text);
    this.parsed.set(file, parsed);
    if (known === undefined) this.characters += parsed.source?.text.length ?? 0;
    for (const [oldest, { source }] of this.parsed) {
      if (this.characters <= MOST_CHARACTERS || oldest === file) break;
      this.parsed.delete(oldest);
      this.characters -= source?.text.length ?? 0;
    }
    return parsed;
  }

  /** The tree of a program, which may be the one that others import. */
  parse(file: string, text: string): SourceFile {
    const { source } = file === '-' || file.startsWith('<') || file.endsWith('.ipynb') ? {} : this.load(slashed(path.resolve(file)), text);
    return source?.text === text ? { ...source, file } : this.python.parse(file, text);
  }

  private read(file: string, known?: string): Parsed {
    try {
      const text = known ?? readText(file);
      return { source: this.python.parse(file, text), hash: this.hash(text) };
    } catch {
      return { source: undefined, hash: 'present' };
    }
  }
}

/** Finds imported modules for a command that keeps no results. */
export function importsFrom(python: PythonParser, paths: readonly string[]): ImportSource {
  return new Imports(python, paths, () => 'present').session().resolve;
}

/** The folders of the programs that the paths belong to, each with a `/` at its end. */
export function programRoots(paths: readonly string[]): readonly string[] {
  return [...new Set([...paths.map(rootOf), '.'].map((folder) => slashed(path.resolve(folder)).replace(/\/*$/, '/')))];
}

const slashed = (file: string): string => file.replaceAll(path.sep, '/');

const MARKS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg'];

/** The folder of the program that a path belongs to: the nearest that says so, otherwise the one named, or the file's own. */
function rootOf(given: string): string {
  if (given === '-') return '.';
  const full = path.resolve(given);
  const own = existsSync(full) && statSync(full).isDirectory() ? full : path.dirname(full);
  for (let at = own; ; at = path.dirname(at)) {
    if (MARKS.some((mark) => existsSync(path.join(at, mark)))) return at;
    if (at === path.dirname(at)) return own;
  }
}
