/**
 * `check()`: a source in, a report out. The one function that the editor and the command line call; it never throws.
 */
import { BudgetExceeded, PyError } from '../python/faults.ts';
import { Interpreter } from '../python/interpreter.ts';
import type { ImportSource } from '../python/library.ts';
import { LineIndex } from '../python/line-index.ts';
import type { Node, SourceFile } from '../python/syntax.ts';
import type { Globals } from '../python/values.ts';
import { walkAll } from '../python/visit.ts';
import { createTorch } from '../torch/library.ts';
import { ShapeDeclarations } from './declarations.ts';
import { diagnosticOf } from './diagnostics.ts';
import { isEachLayer } from './each-layer.ts';
import { withFixes } from './fixes/verified.ts';
import { hoverAt } from './hovers.ts';
import type { RecordedFault } from './part.ts';
import { Recorder } from './recorder.ts';
import type { Diagnostic, Inlay, Level, Report, ShapeRow } from './report.ts';
import type { Reuse } from './reuse.ts';
import { signaturesOf } from './signatures.ts';
import { dtypeOf, textOf } from './spelled.ts';
import { suppressor } from './suppression.ts';
import { runUnreached, type SymbolicOutcome } from './symbolic.ts';
import { mayBeUnread } from './unread.ts';

export interface CheckOptions {
  /** The level of each code that the user set. */
  readonly levels?: Readonly<Record<string, Level>>;
  /** How many steps the analysis may take. */
  readonly budget?: number;
  readonly importSource?: ImportSource;
  readonly cancelled?: () => boolean;
  /** Reads an edited text as the same file; without it no quick fix can be tried, and only those that need no trial are offered. */
  readonly parse?: (text: string) => SourceFile;
  /** What is kept from one check of the file for the next; the report is the same without it. */
  readonly reuse?: Reuse;
}

const BUDGET = 50_000;
/** Longer files may take more, up to a limit. */
const STEPS_A_LINE = 60;
const MOST_STEPS = 300_000;
/** The module's own run may take this share of all steps; the rest is for what it did not reach. */
const MODULE_SHARE = 0.6;

export function check(source: SourceFile, options: CheckOptions = {}): Report {
  const lines = new LineIndex(source.text);
  const recorder = new Recorder(source);
  let partial = source.errors.length > 0;
  let steps = 0;
  const problems: Diagnostic[] = source.errors.map((e) => ({
    start: e.start,
    end: e.end,
    severity: 'error' as const,
    code: 'syntax-error',
    message: e.message,
    pytorch: null,
    related: [],
    fixes: [],
  }));
  let doubtful: (fault: RecordedFault) => boolean = () => false;
  try {
    const outcome = analyse(source, recorder, options, true);
    partial = outcome.partial || partial;
    steps = outcome.steps;
    if ((recorder.anyBelieved || recorder.anyDocumented) && [...recorder.faults].some(({ fault }) => recorder.isError(fault)))
      doubtful = doubts(source, options);
  } catch (error) {
    // An error of our own costs the rest of the analysis, never the editor.
    partial = true;
    if (error instanceof Error) problems.push(internalProblem(error));
  }
  const [mistake] = recorder.mistakes;
  if (mistake !== undefined) {
    partial = true;
    problems.push(internalProblem(mistake.cause instanceof Error ? mistake.cause : mistake));
  }
  const silenced = suppressor(source, lines);
  const levels = options.levels ?? {};
  const recorded = new Map<Diagnostic, RecordedFault>();
  for (const fault of recorder.faults) {
    if (mayBeUnread(source, fault.fault.code, fault.node) || isEachLayer(source, fault.fault.code, fault.node)) continue;
    // Documentation is not held against the code.
    if (doubtful(fault) && !recorder.anyBelieved) continue;
    const diagnostic = diagnosticOf(doubtful(fault) ? unlessCommentsAreWrong(fault) : fault, source, lines, levels);
    if (diagnostic === undefined) continue;
    problems.push(diagnostic);
    recorded.set(diagnostic, fault);
  }
  const found = problems
    .filter((d) => d.code === 'internal-error' || levels[d.code] !== 'off')
    .filter((d) => !silenced(d))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const { parse, reuse, ...rest } = options;
  const diagnostics =
    parse === undefined
      ? found
      : withFixes(found, recorded, recorder, {
          steps,
          parse,
          check: (edited) => check(edited, { ...rest, ...(reuse === undefined ? {} : { reuse: reuse.branch() }) }),
        });
  return makeReport(source, lines, recorder, diagnostics, partial);
}

function internalProblem(error: Error): Diagnostic {
  const where = (error.stack ?? '')
    .split('\n')
    .slice(1, 4)
    .map((line) => line.trim())
    .join(' ');
  return {
    start: 0,
    end: 0,
    severity: 'info',
    code: 'internal-error',
    message: `ShapeLint stopped here by a mistake of its own: ${error.message} (${where})`,
    pytorch: null,
    related: [],
    fixes: [],
  };
}

/** Which errors there are only if the comments are right: those that are not found without believing them. */
function doubts(source: SourceFile, options: CheckOptions): (fault: RecordedFault) => boolean {
  const { reuse: _, ...alone } = options;
  const recorder = new Recorder(source);
  analyse(source, recorder, alone, false);
  const key = ({ fault, node }: RecordedFault): string => `${fault.code}:${node.start}`;
  const sure = new Set([...recorder.faults].map(key));
  return (fault) => recorder.isError(fault.fault) && !sure.has(key(fault));
}

function unlessCommentsAreWrong(recorded: RecordedFault): RecordedFault {
  const { fault } = recorded;
  const message = `the comments do not fit the code: ${fault.message}`;
  return { ...recorded, fault: { ...fault, code: 'declared-shape-mismatch', severity: 'warning', text: undefined, message, fixes: [] } };
}

/** Runs the module, then what it did not reach. `believes`: what comments say of something unknown is taken for true. */
function analyse(source: SourceFile, recorder: Recorder, options: CheckOptions, believes: boolean): SymbolicOutcome {
  const { reuse } = options;
  const importSource = reuse === undefined ? options.importSource : reuse.begin(options.importSource);
  const total = options.budget ?? Math.min(MOST_STEPS, BUDGET + STEPS_A_LINE * source.text.split('\n').length);
  const interp = new Interpreter({
    mode: 'check',
    library: createTorch(),
    observer: recorder,
    declarations: (own) => new ShapeDeclarations(own, source.file, believes),
    steps: Math.floor(total * MODULE_SHARE),
    ...(importSource === undefined ? {} : { importSource }),
    ...(options.cancelled === undefined ? {} : { cancelled: options.cancelled }),
  });
  recorder.attach(interp);
  let partial = false;
  let globals: Globals | undefined;
  const mark = interp.trail.mark();
  try {
    globals = interp.runModule(source, '__main__');
  } catch (error) {
    if (error instanceof BudgetExceeded || isStackOverflow(error)) partial = true;
    else if (!(error instanceof PyError)) throw error;
  }
  const used = Math.floor(total * MODULE_SHARE) - Math.max(0, interp.stepsLeft);
  interp.frames.length = 0;
  interp.path.length = 0;
  interp.handlers.length = 0;
  interp.speculative = 0;
  interp.trail.keep(mark);
  recorder.settle();
  if (globals !== undefined) interp.modules.forgetRebound(globals);
  const cancelled = options.cancelled?.() === true;
  if (partial || cancelled) reuse?.giveUp();
  if (cancelled) return { partial: true, steps: used };
  const units = partial ? undefined : reuse?.open(source, interp, recorder.reached, used);
  const isBudget = (error: unknown): boolean => error instanceof BudgetExceeded || isStackOverflow(error);
  const rest = runUnreached(interp, recorder, total - used, isBudget, units);
  recorder.settleClaims();
  return { partial: partial || rest.partial, steps: used + rest.steps };
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && /call stack/i.test(error.message);
}

function makeReport(
  source: SourceFile,
  lines: LineIndex,
  recorder: Recorder,
  diagnostics: readonly Diagnostic[],
  partial: boolean,
): Report {
  let shapes: readonly ShapeRow[] | undefined;
  const rows = (): readonly ShapeRow[] => {
    if (shapes !== undefined) return shapes;
    // A package that imports itself reads the file once more; those are other nodes.
    const own = new Set<Node>();
    walkAll(source.body, (node) => own.add(node) !== undefined);
    shapes = [...recorder.shapes]
      .filter(([node]) => own.has(node))
      .map(([node, spelled]) => ({
        start: node.start,
        end: node.end,
        text: source.text.slice(node.start, node.end),
        shape: textOf(spelled),
        dtype: dtypeOf(spelled),
      }))
      .sort((a, b) => a.start - b.start || b.end - a.end);
    return shapes;
  };
  return {
    file: source.file,
    status: partial ? 'partial' : 'ok',
    diagnostics,
    get shapes() {
      return rows();
    },
    get signatures() {
      return signaturesOf(recorder);
    },
    hover: (offset) => hoverAt(source, recorder, offset),
    inlays: () => inlaysOf(source, lines, recorder),
  };
}

/** The shape of each assigned name, once a line, at the line's end. */
function inlaysOf(source: SourceFile, lines: LineIndex, recorder: Recorder): readonly Inlay[] {
  const byLine = new Map<number, { position: number; parts: string[] }>();
  const add = (node: Node): void => {
    const spelled = recorder.shapes.get(node);
    if (spelled === undefined || node.kind !== 'Name') return;
    const { line } = lines.position(node.start);
    const text = lines.lineText(line);
    const position = lines.offset(line, 1) + text.trimEnd().length;
    const row = byLine.get(line) ?? { position, parts: [] };
    row.parts.push(row.parts.length === 0 ? textOf(spelled) : `${node.name}: ${textOf(spelled)}`);
    byLine.set(line, row);
  };
  for (const node of assignedNames(source)) add(node);
  return [...byLine.values()].map(({ position, parts }) => ({ position, text: parts.join('  ') }));
}

function assignedNames(source: SourceFile): readonly Node[] {
  const names: Node[] = [];
  const target = (node: Node): void => {
    if (node.kind === 'Name') names.push(node);
    else if (node.kind === 'Tuple' || node.kind === 'List') for (const item of node.items) target(item);
    else if (node.kind === 'Starred') target(node.value);
  };
  walkAll(source.body, (node) => {
    if (node.kind === 'Assign') for (const t of node.targets) target(t);
    else if (node.kind === 'AnnotatedAssign' || node.kind === 'AugmentedAssign') target(node.target);
  });
  return names;
}
