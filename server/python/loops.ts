/**
 * Loops. Known, short ones are unrolled; others are run until another iteration would learn nothing new: what an
 * iteration changes is generalised, so that the state holds after any number of iterations.
 */
import { type Cond, not } from '../dims/cond.ts';
import type { Change } from '../dims/trail.ts';
import { abandonJoinPoint, closeJoinPoint, isConditional, type JoinPoint, openJoinPoint, recordExit } from './branches.ts';
import { attempt, condition, evaluate } from './expressions.ts';
import { Cells } from './heap.ts';
import type { Frame, Interpreter } from './interpreter.ts';
import { iterate, iteratorOver, unknownRest } from './iteration.ts';
import { loosened, widen } from './join.ts';
import { type Completion, executeBlock } from './statements.ts';
import type { Expression, For, Statement, While } from './syntax.ts';
import { assignTarget } from './targets.ts';
import { RUNS, type UncountedLoop, uncountedLoop } from './uncounted.ts';
import type { IteratorValue, Value } from './values.ts';

/** How many iterations are followed one by one while checking, and how many steps all of them may take. */
const UNROLLED = 200;
const UNROLLED_STEPS = 2500;
/** How often `while True` is followed past something unknown that may have ended it. */
const OPEN = 3;
/** One loop may take this share of the steps that are left, so that loops in loops do not use up all of them. */
const SHARE = 1 / 4;
/** With so many steps left loops are followed as far as with any more. */
export const AMPLE_STEPS = UNROLLED_STEPS / SHARE;
/** How often a state is generalised before it is given up. */
const ROUNDS = 4;

/** A loop that is being run, and where `break` and `continue` in it go. */
export interface LoopPlace {
  readonly body: readonly Statement[];
  readonly breaks: JoinPoint;
  continues: JoinPoint;
}

export function executeFor(interp: Interpreter, node: For): Completion {
  const source = evaluate(interp, node.iter);
  let iterator: IteratorValue = iteratorOver({ items: [], rest: unknownRest(interp) });
  attempt(interp, node.iter, () => {
    iterator = iterate(interp, source);
    return interp.none;
  });
  const bind = (item: Value) => assignTarget(interp, node.target, item);
  if (interp.mode === 'run') return runFor(interp, node, iterator, bind);
  const loop = new Loop(interp, node.body, targetNames(node.target));
  for (;;) {
    const item = iterator.pull();
    if (item === undefined) {
      const rest = iterator.rest();
      if (rest?.parted !== undefined) {
        loop.generaliseAfter(rest.parted.first, rest.parted.others, bind);
      } else if (rest !== undefined) loop.generalise(() => bind(rest.element));
      break;
    }
    if (loop.isLong(interp.resolve(item).kind === 'int')) {
      const element = anyOf(interp, item, iterator);
      loop.generalise(() => bind(element));
      break;
    }
    if (!loop.iteration(() => bind(item))) break;
  }
  return loop.finish(node.orelse);
}

/** What any of the remaining items is like. */
function anyOf(interp: Interpreter, item: Value, iterator: IteratorValue): Value {
  let element = item;
  for (let i = 0; i < 3; i++) {
    const next = iterator.pull();
    if (next === undefined) break;
    element = widen(interp, element, next);
  }
  return element;
}

function runFor(interp: Interpreter, node: For, iterator: IteratorValue, bind: (item: Value) => void): Completion {
  for (;;) {
    const item = iterator.pull();
    if (item === undefined) break;
    interp.tick();
    bind(item);
    const completion = executeBlock(interp, node.body);
    if (completion === 'break') return 'normal';
    if (completion === 'return') return completion;
  }
  return executeBlock(interp, node.orelse);
}

export function executeWhile(interp: Interpreter, node: While): Completion {
  if (interp.mode === 'run') {
    while (interp.decide(condition(interp, node.test)) === 'yes') {
      interp.tick();
      const completion = executeBlock(interp, node.body);
      if (completion === 'break') return 'normal';
      if (completion === 'return') return completion;
    }
    return executeBlock(interp, node.orelse);
  }
  const loop = new Loop(interp, node.body, new Set());
  for (;;) {
    const decision = interp.decide(condition(interp, node.test));
    if (decision === 'no') break;
    if (decision === 'yes' && !loop.isLong() && !loop.isOpen) {
      if (!loop.iteration(() => undefined)) break;
      continue;
    }
    loop.generalise(() => {
      const cond = condition(interp, node.test);
      return interp.decide(cond) === 'no' || !interp.assume(cond) ? 'dead' : undefined;
    });
    const after = condition(interp, node.test);
    if (interp.decide(after) === 'yes' || !interp.assume(not(after))) loop.neverExhausted();
    break;
  }
  return loop.finish(node.orelse);
}

/** What a value has become after any number of steps, none included. */
export function anyNumberOfTimes(interp: Interpreter, node: Expression, start: Value, once: (state: Value) => Value): Value {
  const { trail, path } = interp;
  const runs = interp.freshFlag(RUNS);
  const loop = uncountedLoop(interp);
  let state = start;
  interp.uncounted.push(loop);
  try {
    for (let round = 0; ; round++) {
      const mark = trail.mark();
      const depth = path.length;
      path.push(runs);
      let after: Value;
      try {
        interp.tick();
        after = attempt(interp, node, () => once(state));
      } catch (error) {
        trail.undo(mark);
        throw error;
      } finally {
        path.length = Math.min(path.length, depth);
      }
      const changes = trail.undo(mark);
      const wide = round < ROUNDS ? widen(interp, state, after) : interp.unknown();
      // Where nothing was known and nothing is, another round learns nothing either.
      const unknown = interp.resolve(state).kind === 'unknown' && interp.resolve(wide).kind === 'unknown';
      const stable = unknown || interp.sameValue(state, wide) || round >= ROUNDS;
      state = wide;
      if (!stable) continue;
      if (!loop.doubted) {
        trail.join(runs, changes, []);
        // What is learned of it later holds for what comes out, not for what went in.
        return interp.resolve(state).kind === 'unknown' ? interp.unknown() : state;
      }
      loop.settled = true;
      loop.doubted = false;
    }
  } finally {
    interp.uncounted.pop();
  }
}

function targetNames(target: Expression): ReadonlySet<string> {
  if (target.kind === 'Name') return new Set([target.name]);
  if (target.kind === 'Tuple' || target.kind === 'List') return new Set(target.items.flatMap((item) => [...targetNames(item)]));
  return target.kind === 'Starred' ? targetNames(target.value) : new Set();
}

/** One loop being followed while checking. */
class Loop {
  private readonly interp: Interpreter;
  private readonly frame: Frame;
  private readonly body: readonly Statement[];
  private readonly targets: ReadonlySet<string>;
  private readonly breaks: JoinPoint;
  private readonly slot: LoopPlace;
  private readonly stepsAtStart: number;
  private readonly most: number;
  private count = 0;
  private quiet = 0;
  private unsure = 0;
  /** Whether the end of the iterations is reached. */
  private exhausted = true;
  private returned = false;

  constructor(interp: Interpreter, body: readonly Statement[], targets: ReadonlySet<string>) {
    this.interp = interp;
    this.frame = interp.frame as Frame;
    this.body = body;
    this.targets = targets;
    this.breaks = openJoinPoint(interp) as JoinPoint;
    this.slot = { body, breaks: this.breaks, continues: this.breaks };
    this.stepsAtStart = interp.stepsLeft;
    this.most = Math.min(UNROLLED_STEPS, interp.stepsLeft * SHARE);
    this.frame.loops.push(this.slot);
  }

  /**
   * Whether following further iterations one by one is not worth it. An iteration that changed nothing says so only where
   * the next one is `alike`: the next layer of a list may have another shape.
   */
  isLong(alike = true): boolean {
    return (alike && this.quiet > 0) || this.count >= UNROLLED || this.stepsAtStart - this.interp.stepsLeft > this.most;
  }

  /** Whether it has gone on several times where it might have been left. */
  get isOpen(): boolean {
    return this.unsure >= OPEN;
  }

  /** One iteration; false if none can follow. */
  iteration(before: () => 'dead' | undefined | void): boolean {
    this.count++;
    const conditions = this.interp.path.length;
    const alive = this.once(before, true);
    if (!alive) this.exhausted = false;
    if (this.interp.path.length > conditions) this.unsure++;
    return alive;
  }

  private once(before: () => 'dead' | undefined | void, watch: boolean): boolean {
    const { interp } = this;
    interp.tick();
    const point = openJoinPoint(interp) as JoinPoint;
    const loops = this.frame.loops.length;
    this.slot.continues = point;
    try {
      const completion = before() === 'dead' ? 'dead' : executeBlock(interp, this.body);
      if (completion === 'break') recordExit(interp, this.breaks, undefined);
      else if (completion === 'return') this.onReturn();
      const alive = completion === 'normal' || completion === 'continue';
      if (watch) this.quiet = alive && point.exits.length === 0 && !this.changed(interp.trail.since(point.mark)) ? this.quiet + 1 : 0;
      return closeJoinPoint(interp, point, alive, undefined).alive;
    } catch (error) {
      this.frame.loops.length = loops - 1;
      abandonJoinPoint(interp, point);
      abandonJoinPoint(interp, this.breaks);
      throw error;
    }
  }

  private onReturn(): void {
    const { exit } = this.frame;
    if (exit !== undefined && (isConditional(this.interp, exit) || this.breaks.exits.length > 0)) {
      recordExit(this.interp, exit, this.frame.result ?? this.interp.none);
    } else this.returned = true;
  }

  private changed(changes: readonly Change[]): boolean {
    return changes.some(({ owner, key, before, after }) => {
      if (owner.same === undefined) return false;
      if (owner instanceof Cells && this.targets.has(key as string)) return false;
      return before !== after && !owner.same(key, before, after);
    });
  }

  /** Any number of iterations, none included. */
  generalise(before: () => 'dead' | undefined | void): void {
    const { interp } = this;
    const runs = interp.freshFlag(RUNS);
    const loop = uncountedLoop(interp);
    interp.uncounted.push(loop);
    try {
      this.rounds(before, runs, loop);
    } finally {
      interp.uncounted.pop();
    }
  }

  /** As `generalise`, where the first iteration is known from the others: what they find is what it left. */
  generaliseAfter(first: Value, others: Value, bind: (item: Value) => void): void {
    const { interp } = this;
    const { trail } = interp;
    const runs = interp.freshFlag(RUNS);
    const mark = trail.mark();
    const depth = interp.path.length;
    const loop = uncountedLoop(interp);
    interp.path.push(runs);
    let alive: boolean;
    try {
      interp.uncounted.push(loop);
      try {
        alive = this.once(() => bind(first), false) && !this.returned;
      } finally {
        interp.uncounted.pop();
      }
      this.returned = false;
      if (alive) this.generalise(() => bind(others));
    } catch (error) {
      trail.undo(mark);
      throw error;
    }
    interp.path.length = Math.min(interp.path.length, depth);
    const changes = trail.undo(mark);
    if (alive) trail.join(runs, changes, []);
  }

  private rounds(before: () => 'dead' | undefined | void, runs: Cond, loop: UncountedLoop): void {
    const { interp } = this;
    const { trail } = interp;
    for (let round = 0; ; round++) {
      const mark = trail.mark();
      const { age } = interp.heap;
      const depth = interp.path.length;
      interp.path.push(runs);
      let alive: boolean;
      try {
        alive = this.once(before, false);
      } catch (error) {
        trail.undo(mark);
        throw error;
      }
      const returned = this.returned;
      this.returned = false;
      interp.path.length = Math.min(interp.path.length, depth);
      const changes = trail.undo(mark);
      if (!alive || returned) return;
      let stable = true;
      for (const { owner, key, before: old, after } of changes) {
        // What was made in this iteration (a layer that went into a list) is what it became.
        if (owner.born !== undefined && owner.born > age) {
          trail.write(owner, key, after);
          continue;
        }
        if (owner.widen === undefined || owner.same === undefined || old === undefined) continue;
        const wide =
          round < ROUNDS - 1
            ? owner.widen(key, old, after)
            : owner instanceof Cells
              ? loosened(old as Value, () => interp.unknown())
              : after;
        if (owner.same(key, old, wide)) continue;
        stable = false;
        trail.write(owner, key, wide);
      }
      if (stable && loop.doubted) {
        loop.settled = true;
        loop.doubted = false;
        continue;
      }
      if (stable || round >= ROUNDS) {
        trail.join(runs, changes, []);
        return;
      }
    }
  }

  /** `while True`: only a break leads out. */
  neverExhausted(): void {
    this.exhausted = false;
  }

  finish(orelse: readonly Statement[]): Completion {
    const { interp } = this;
    this.frame.loops.pop();
    if (this.returned) {
      abandonJoinPoint(interp, this.breaks);
      return 'return';
    }
    let completion: Completion = this.exhausted ? executeBlock(interp, orelse) : 'dead';
    if (completion !== 'normal' && completion !== 'dead' && this.breaks.exits.length > 0) {
      const { exit } = this.frame;
      if (completion === 'return' && exit !== undefined) recordExit(interp, exit, this.frame.result ?? interp.none);
      completion = 'dead';
    }
    if (completion !== 'normal' && completion !== 'dead') {
      abandonJoinPoint(interp, this.breaks);
      return completion;
    }
    return closeJoinPoint(interp, this.breaks, completion === 'normal', undefined).alive ? 'normal' : 'dead';
  }
}
