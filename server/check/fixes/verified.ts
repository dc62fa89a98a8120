/**
 * Which proposals become quick fixes: those after which the program is checked clean of the fault, and of nothing more than
 * before. The check itself is the judge, so that no fix trades one error for another.
 */
import type { SourceFile } from '../../python/syntax.ts';
import type { RecordedFault } from '../part.ts';
import type { Recorder } from '../recorder.ts';
import type { Diagnostic, Edit, Fix, Report } from '../report.ts';
import type { Scene } from './scene.ts';
import { proposersOf } from './table.ts';

/** How many edited programs are checked for one report and for one fault, and how many fixes of it are shown. */
const MOST_CHECKS = 16;
const MOST_TRIES = 8;
/** All of these checks together may take so many steps, so that a large file has few fixes rather than a long wait. */
const MOST_STEPS = 800_000;
const MOST_FIXES = 2;

export interface Judge {
  /** What the check of the program took. */
  readonly steps: number;
  /** Reads the edited text as the same file. */
  readonly parse: (text: string) => SourceFile;
  readonly check: (source: SourceFile) => Report;
}

/** The diagnostics with their quick fixes, which are found when somebody asks for them. */
export function withFixes(
  found: readonly Diagnostic[],
  recorded: ReadonlyMap<Diagnostic, RecordedFault>,
  { source, shapes }: Recorder,
  judge: Judge,
): readonly Diagnostic[] {
  const verifier = new Verifier(judge);
  return found.map((diagnostic) => {
    const fault = recorded.get(diagnostic);
    if (fault === undefined || fault.elsewhere !== undefined || diagnostic.fixes.length > 0 || proposersOf(diagnostic.code).length === 0)
      return diagnostic;
    const scene: Scene = { source, code: diagnostic.code, node: fault.node, sizes: fault.fault.sizes, shapes };
    let fixes: readonly Fix[] | undefined;
    return {
      ...diagnostic,
      get fixes() {
        fixes ??= verifier.fixes(scene, diagnostic, found);
        return fixes;
      },
    };
  });
}

/** The fault that is to go, among all that there are; `sure` where others may come to light. */
interface Case {
  readonly fault: Diagnostic;
  readonly before: readonly Diagnostic[];
  readonly sure: boolean;
}

class Verifier {
  private readonly judge: Judge;
  private left: number;

  constructor(judge: Judge) {
    this.judge = judge;
    this.left = Math.min(MOST_CHECKS, Math.floor(MOST_STEPS / Math.max(1, judge.steps)));
  }

  fixes(scene: Scene, fault: Diagnostic, before: readonly Diagnostic[]): readonly Fix[] {
    const found: Fix[] = [];
    const seen = new Set<string>();
    const last = this.left - MOST_TRIES;
    for (const proposer of proposersOf(scene.code)) {
      for (const fix of proposer.propose(scene)) {
        if (found.length >= MOST_FIXES || this.left <= Math.max(0, last)) return found;
        const text = applied(scene.source.text, fix.edits);
        if (text === undefined || seen.has(text)) continue;
        seen.add(text);
        if (this.mends(text, scene.source, { fault, before, sure: proposer.sure === true })) found.push(fix);
      }
    }
    return found;
  }

  private mends(text: string, original: SourceFile, { fault, before, sure }: Case): boolean {
    this.left -= 1;
    const source = this.judge.parse(text);
    if (source.errors.length > original.errors.length) return false;
    const { diagnostics } = this.judge.check(source);
    // What is left must all have been there, and the fault must be gone.
    const counts = new Map<string, number>();
    for (const each of before) counts.set(nameOf(each), (counts.get(nameOf(each)) ?? 0) + 1);
    for (const each of diagnostics) {
      const count = counts.get(nameOf(each)) ?? 0;
      if (count === 0 && !sure) return false;
      counts.set(nameOf(each), count - 1);
    }
    return (counts.get(nameOf(fault)) ?? 0) > 0;
  }
}

const nameOf = ({ code, message }: Diagnostic): string => `${code}: ${message}`;

/** The text after the edits; undefined where they overlap or change nothing. */
function applied(text: string, edits: readonly Edit[]): string | undefined {
  const ordered = [...edits].sort((a, b) => b.start - a.start);
  let result = text;
  let limit = text.length;
  for (const edit of ordered) {
    if (edit.end > limit) return undefined;
    result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
    limit = edit.start;
  }
  return result === text ? undefined : result;
}
