/**
 * Results of functions and classes that were run by themselves, kept from one check of a file for the next. A result rests on
 * the file's shell, on the bodies that the file's own run and its own run entered, and on what they asked of the whole; where
 * all of these are the same it is used again, moved to where it stands. What cannot be told to be the same is run again.
 */
import type { Interpreter } from '../python/interpreter.ts';
import type { ImportSource } from '../python/library.ts';
import { AMPLE_STEPS } from '../python/loops.ts';
import type { Asked } from '../python/modules.ts';
import { sourceNames } from '../python/source-names.ts';
import type { Node, SourceFile } from '../python/syntax.ts';
import { Bodies } from './bodies.ts';
import { Move } from './move.ts';
import type { Part } from './part.ts';
import { doingsIn } from './reassigned.ts';

/** What running a definition by itself gave. */
export interface UnitResult {
  readonly part: Part;
  readonly steps: number;
}

/** Where the result of running a definition is kept. */
export interface UnitPlace {
  /** A result that so many steps would also give. */
  find(given: number): UnitResult | undefined;
  /** Runs it; what was seen is kept if it ran to its end. */
  make(run: () => UnitResult & { readonly whole: boolean; readonly given: number }): void;
}

/** The results of one check. */
export interface Units {
  /** `also` names what the result rests on beside the texts; `undefined` for what stands in a body. */
  place(node: Node, also: string): UnitPlace | undefined;
}

interface Kept extends UnitResult {
  /** How many steps it could have taken. */
  readonly given: number;
  readonly asked: readonly Asked[];
}

/** What one check left behind. */
interface Check {
  readonly bodies: Bodies;
  /** What all results rest on beside texts. */
  readonly surroundings: string;
  /** The pieces that the file's own run rests on. */
  readonly base: readonly number[];
  readonly kept: Map<string, Kept>;
}

type Import = { readonly from: Parameters<ImportSource>; readonly source: SourceFile | undefined };

/** What the editor keeps for a file between its checks. */
export class Reuse {
  private last: Check | undefined;
  private imported: readonly Import[] = [];
  /** How many results the last check found and how many it made. */
  found = 0;
  made = 0;

  /** Begins a check; takes note of what it imports. Where an import gives another file than before, nothing is used again. */
  begin(importSource: ImportSource | undefined): ImportSource | undefined {
    this.found = 0;
    this.made = 0;
    if (this.imported.some(({ from, source }) => importSource?.(...from) !== source)) this.last = undefined;
    const imported: Import[] = [];
    this.imported = imported;
    if (importSource === undefined) return undefined;
    return (...from) => {
      const source = importSource(...from);
      imported.push({ from, source });
      return source;
    };
  }

  /** What a check of a changed copy may use; the file's own results stay as they are. */
  branch(): Reuse {
    const branch = new Reuse();
    branch.last = this.last;
    branch.imported = this.imported;
    return branch;
  }

  /** A check that could not run the file to its end leaves nothing behind. */
  giveUp(): void {
    this.last = undefined;
  }

  /** The results for a file whose own run has ended: what it entered, and how many steps it took, which names how it went. */
  open(source: SourceFile, interp: Interpreter, entered: Iterable<Node>, steps: number): Units {
    const bodies = new Bodies(source);
    const piecesOf = (nodes: Iterable<Node>): readonly number[] => [...nodes].flatMap((node) => bodies.bodyOf(node) ?? []);
    // Bodies make names global, and import for annotations.
    const { topLevel, imported } = sourceNames(source);
    const surroundings = [steps, JSON.stringify([[...topLevel], [...imported]]), doingsIn(source), bodies.shell].join('\n');
    const kept = new Map<string, Kept>();
    const base = piecesOf(entered);
    const before = this.before(bodies, surroundings, base, source.file);
    this.last = { bodies, surroundings, base, kept };
    const ambient = (): string => interp.library.ambient?.(interp) ?? '';
    const place = (node: Node, also: string): UnitPlace | undefined => {
      const at = bodies.placeOf(node);
      if (at === undefined || at.piece % 2 === 1) return undefined;
      const library = ambient();
      const key = [at.piece, at.at, also, library].join(' ');
      const find = (given: number): UnitResult | undefined => {
        const known = before?.kept.get(key);
        if (known === undefined || !isAlike(known, given)) return undefined;
        if (!known.asked.every(({ question, attribute, answer }) => interp.modules[question](attribute) === answer)) return undefined;
        const part = before?.move.part(known.part);
        if (part === undefined) return undefined;
        kept.set(key, { ...known, part });
        this.found++;
        return { part, steps: known.steps };
      };
      const make = (run: Parameters<UnitPlace['make']>[0]): void => {
        let whole = false;
        let result: (UnitResult & { readonly given: number }) | undefined;
        const { asked, loaded } = interp.modules.watched(() => {
          ({ whole, ...result } = run());
        });
        this.made++;
        if (!whole || result === undefined || loaded > 0 || !canMove(result.part) || ambient() !== library) return;
        kept.set(key, { ...result, asked: [...asked] });
      };
      return { find, make };
    };
    return { place };
  }

  /** What the check before kept, if the file's own run was the same then. */
  private before(
    bodies: Bodies,
    surroundings: string,
    base: readonly number[],
    file: string,
  ): { kept: Check['kept']; move: Move } | undefined {
    const { last } = this;
    if (last === undefined || last.surroundings !== surroundings || last.base.join() !== base.join()) return undefined;
    const move = new Move(file, last.bodies, bodies);
    const shell = [...bodies.pieces.keys()].filter((piece) => piece % 2 === 0);
    return [...shell, ...base].every((piece) => move.isSame(piece)) ? { kept: last.kept, move } : undefined;
  }
}

/** Whether a run with so many steps to take goes the same way. */
function isAlike({ given: before, steps }: Kept, given: number): boolean {
  return given === before || Math.min(given, before) - steps >= AMPLE_STEPS;
}

/** Functions and classes hold on to the interpreter that made them, and one that made a mistake is asked again. */
function canMove(part: Part): boolean {
  return part.functions.size === 0 && part.classes.size === 0 && part.mistakes.length === 0;
}
