/**
 * Sample runs: a function, method or class is run with small numbers in all its sizes, and each step shown. Without a
 * target the whole file is run.
 */
import type { Dim } from '../dims/dim.ts';
import { BudgetExceeded, CannotRun, PyError } from '../python/faults.ts';
import { Interpreter } from '../python/interpreter.ts';
import type { ImportSource } from '../python/library.ts';
import { LineIndex } from '../python/line-index.ts';
import type { SourceFile } from '../python/syntax.ts';
import type { Globals, Value } from '../python/values.ts';
import { createTorch } from '../torch/library.ts';
import { seedEverything } from '../torch/seeding.ts';
import { sizeReader } from './expressions.ts';
import { hiddenGradients } from './gradients.ts';
import { type Need, type Plan, planFor, sizeUnder } from './plan.ts';
import { type Assignment, assignments } from './sizes.ts';
import { type SampleStep, StepObserver } from './steps.ts';

export type { SampleStep };

export interface SampleTarget {
  readonly name?: string;
  readonly line?: number;
}

export interface SampleOptions {
  readonly set?: Readonly<Record<string, number>>;
  readonly seed?: number;
  readonly importSource?: ImportSource;
}

export type SampleResult =
  | {
      readonly ok: true;
      readonly steps: readonly SampleStep[];
      /** What the program printed. */
      readonly output: string;
      readonly sizes: Readonly<Record<string, number>>;
    }
  | { readonly ok: false; readonly message: string; readonly line?: number };

const STEPS = 20_000_000;

export function sample(source: SourceFile, target: SampleTarget, options: SampleOptions = {}): SampleResult {
  const lines = new LineIndex(source.text);
  const lineOf = (offset: number) => lines.position(offset).line;
  const broken = source.errors[0];
  if (broken !== undefined) return { ok: false, message: broken.message, line: lineOf(broken.start) };
  if (target.name === undefined && target.line === undefined) return whole(source, lines, options);
  let plan: Plan | undefined;
  try {
    plan = planFor(source, target, lineOf, options.importSource);
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, message: 'the calls nest too deep' };
    throw error;
  }
  if (plan === undefined) {
    return { ok: false, message: `there is no function or class ${target.name === undefined ? 'at this line' : `\`${target.name}\``}` };
  }
  if (plan.call === undefined) return { ok: false, message: `\`${plan.cls}\` has no forward to be run` };
  let best: SampleResult | undefined;
  for (const sizes of assignments(plan, options.set ?? {})) {
    for (const variant of VARIANTS) {
      const result = attempt(source, lines, plan, sizes, variant, options);
      if (result.ok) return result;
      best ??= result;
    }
  }
  return best ?? { ok: false, message: 'nothing to run' };
}

/** How tensors of which little is known are made. */
interface Variant {
  readonly extra: number;
  readonly integer: boolean;
}

const VARIANTS: readonly Variant[] = [
  { extra: 2, integer: false },
  { extra: 1, integer: false },
  { extra: 3, integer: false },
  { extra: 2, integer: true },
  { extra: 1, integer: true },
  { extra: 0, integer: false },
];

function whole(source: SourceFile, lines: LineIndex, options: SampleOptions): SampleResult {
  const observer = new StepObserver(source, lines);
  const interp = newInterpreter(observer, options);
  observer.attach(interp, undefined, () => undefined);
  seedEverything(interp, options.seed ?? 0);
  return guarded(interp, lines, source, () => {
    interp.runModule(source, '__main__');
    return { ok: true, steps: observer.steps, output: observer.output, sizes: {} };
  });
}

function newInterpreter(observer: StepObserver, options: SampleOptions): Interpreter {
  return new Interpreter({
    mode: 'run',
    library: createTorch({ selfCheck: true }),
    observer,
    steps: STEPS,
    ...(options.importSource === undefined ? {} : { importSource: options.importSource }),
  });
}

function attempt(
  source: SourceFile,
  lines: LineIndex,
  plan: Plan,
  sizes: Assignment,
  variant: Variant,
  options: SampleOptions,
): SampleResult {
  const named: Record<string, number> = {};
  for (const [id, { name }] of plan.symbols) if (name !== '?') named[name] = sizes.get(id) ?? 0;
  const observer = new StepObserver(source, lines);
  const interp = newInterpreter(observer, options);
  observer.attach(interp, plan.recorder, sizeReader(named));
  observer.recording = false;
  return guarded(interp, lines, source, () => {
    const globals = interp.modules.load(source, '__sample__');
    seedEverything(interp, options.seed ?? 0);
    const maker = new Maker(interp, sizes, variant);
    const self = plan.cls === undefined ? undefined : interp.call(find(interp, globals, plan.cls), [], maker.all(plan.constructor_));
    const fn = self === undefined || plan.call === undefined ? find(interp, globals, plan.call ?? '') : callee(interp, self, plan.call);
    const args = maker.all(plan.parameters);
    observer.recording = true;
    interp.call(fn, [], args);
    observer.recording = false;
    const steps = hiddenGradients(interp, observer);
    return { ok: true, steps, output: observer.output, sizes: named };
  });
}

/** A module is called as PyTorch calls it, so that its hooks run. */
function callee(interp: Interpreter, self: Value, name: string): Value {
  return name === 'forward' ? self : interp.getAttr(self, name);
}

function find(interp: Interpreter, globals: Globals, qualified: string): Value {
  const [first, ...rest] = qualified.split('.');
  let value = globals.cells.get(first ?? '');
  for (const name of rest) value = value === undefined || name === '<locals>' ? undefined : interp.findAttr(value, name);
  if (value === undefined) throw new CannotRun(`\`${qualified}\` cannot be reached from the module`);
  return value;
}

class Maker {
  private readonly interp: Interpreter;
  private readonly sizes: Assignment;
  private readonly variant: Variant;
  private readonly torch: Value;

  constructor(interp: Interpreter, sizes: Assignment, variant: Variant) {
    this.interp = interp;
    this.sizes = sizes;
    this.variant = variant;
    this.torch = interp.modules.import('torch');
  }

  all(needs: ReadonlyMap<string, Need>): Map<string, Value> {
    const made = new Map<string, Value>();
    for (const [name, need] of needs) {
      const value = this.make(need, name);
      if (value !== undefined) made.set(name, value);
    }
    return made;
  }

  /** Undefined: the parameter's default. */
  private make(need: Need, name: string): Value | undefined {
    const { interp } = this;
    switch (need.kind) {
      case 'default':
        return undefined;
      case 'size':
        return interp.int(this.size(need.dim));
      case 'flag':
        return interp.bool(false);
      case 'tuple':
        return interp.tuple(need.items.map((item, i) => this.make(item, `${name}[${i}]`) ?? interp.none));
      case 'tensor':
        return this.tensor(need);
      case 'unknown':
        throw new CannotRun(`nothing is known of the parameter \`${name}\`: give it an annotation or a default`);
    }
  }

  private size(dim: Dim): number {
    return Math.max(0, sizeUnder(dim, this.sizes) ?? 2);
  }

  private tensor(need: Extract<Need, { kind: 'tensor' }>): Value {
    const { interp } = this;
    const extra = need.run === undefined ? 0 : Math.min(Math.max(this.variant.extra, need.run.least), need.run.greatest);
    const sizes = [...need.head.map((d) => this.size(d)), ...[3, 5, 4].slice(0, extra), ...need.tail.map((d) => this.size(d))];
    const shape = interp.tuple(sizes.map((n) => interp.int(n)));
    const { dtype } = need;
    const fn = (name: string) => interp.getAttr(this.torch, name);
    if (dtype === 'bool') return interp.call(fn('ones'), [shape], new Map([['dtype', fn('bool')]]));
    const whole = dtype !== undefined ? /^u?int/.test(dtype) : this.variant.integer;
    if (whole) return interp.call(fn('randint'), [interp.int(0), interp.int(2), shape]);
    const more = dtype !== undefined && dtype !== 'float32' ? new Map([['dtype', fn(dtype)]]) : undefined;
    return interp.call(fn('randn'), [shape], more);
  }
}

function guarded(interp: Interpreter, lines: LineIndex, source: SourceFile, action: () => SampleResult): SampleResult {
  const lineNow = (): { line: number } | Record<string, never> => {
    for (let i = interp.frames.length - 1; i >= 0; i--) {
      const frame = interp.frames[i];
      if (frame?.node !== undefined && frame.file === source.file) return { line: lines.position(frame.node.start).line };
    }
    return {};
  };
  try {
    return action();
  } catch (error) {
    if (error instanceof PyError) {
      const last = [...error.stack_].reverse().find((entry) => entry.file === source.file);
      return {
        ok: false,
        message: `${error.exception}: ${error.text}`,
        ...(last === undefined ? {} : { line: lines.position(last.node.start).line }),
      };
    }
    if (error instanceof CannotRun) {
      const at = error.node === undefined ? lineNow() : { line: lines.position(error.node.start).line };
      return { ok: false, message: error.message, ...at };
    }
    if (error instanceof BudgetExceeded) return { ok: false, message: 'the run takes too many steps', ...lineNow() };
    if (error instanceof RangeError) return { ok: false, message: error.message, ...lineNow() };
    throw error;
  }
}
