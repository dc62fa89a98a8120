/**
 * Shape comments during an analysis. A claim names sizes and fills in what is not known; one that is true in no context in
 * which the statement ran is reported, once, at the end.
 */
import { valueOf } from '../dims/dim.ts';
import type { Fault } from '../python/faults.ts';
import type { Frame, Interpreter } from '../python/interpreter.ts';
import type { AnnotatedAssign, Assign, AugmentedAssign, Expression, Node, Return } from '../python/syntax.ts';
import type { Scope, Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { noteShape, SHAPE_NOTE } from '../torch/context.ts';
import { stateOf } from '../torch/state.ts';
import { payloadOf } from '../torch/tensor.ts';
import type { Claim, Contradiction } from './declared-axes.ts';
import { matchAxes, namesOfAxes, shapeOfAxes } from './declared-axes.ts';
import type { DeclaredNames } from './declared-names.ts';
import type { CommentClaim } from './shape-comments.ts';
import { claimOf, soleTarget } from './shape-comments.ts';

export class CommentedShapes {
  private readonly interp: Interpreter;
  private readonly file: string;
  /** Whether what is not known is what the comment says. */
  private readonly believes: boolean;
  private readonly claims = new WeakMap<Node, CommentClaim | null>();
  /** The variables that a comment has spoken of, in each call. */
  private readonly said = new WeakMap<Scope, Set<string>>();

  /** Of another file's comments nothing is said here, and they are not believed. */
  constructor(interp: Interpreter, file: string, believes: boolean) {
    this.interp = interp;
    this.file = file;
    this.believes = believes;
  }

  holdTargets(frame: Frame, node: Assign | AnnotatedAssign | AugmentedAssign, value: Value, names: () => DeclaredNames): void {
    const claim = this.claimOf(frame, node);
    if (claim === undefined) return;
    const targets = node.kind === 'Assign' ? node.targets : [node.target];
    const target = soleTarget(targets, claim.name);
    const part = target === undefined ? undefined : partFor(this.interp, targets[0], target, value);
    if (target !== undefined && part !== undefined) this.compare(frame, node, target, part, claim, names());
  }

  hold(frame: Frame, node: Return, at: Expression | undefined, value: Value, names: DeclaredNames): void {
    const claim = this.claimOf(frame, node);
    if (claim !== undefined && at !== undefined && claim.name === undefined) this.compare(frame, node, at, value, claim, names);
  }

  private claimOf(frame: Frame, node: Assign | AnnotatedAssign | AugmentedAssign | Return): CommentClaim | undefined {
    if (frame.file !== this.file) return undefined;
    let claim = this.claims.get(node);
    if (claim === undefined) {
      const source = this.interp.modules.sourceOf(frame.file);
      claim = (source === undefined || source.comments.length === 0 ? undefined : claimOf(source, node)) ?? null;
      this.claims.set(node, claim);
    }
    return claim ?? undefined;
  }

  private compare(frame: Frame, node: Node, at: Expression, value: Value, said: CommentClaim, names: DeclaredNames): void {
    const { interp } = this;
    if (interp.speculative > 0) return;
    const { world } = stateOf(interp);
    const v = interp.resolve(value);
    const origin = { what: 'the comment', place: { file: frame.file, start: said.start, end: said.end } };
    names.adoptArguments(namesOfAxes(said.axes));
    const inLoop = frame.loops.length > 0;
    const learns = this.believes && !inLoop;
    const learned = (): void => interp.observer.believed?.(node);
    const again = this.isSaidAgain(frame, at);
    const claim: Claim = { axes: said.axes, names: inLoop || again ? names.copy() : names, origin, learns, learned };
    if (v.kind === 'unknown') {
      // What is not known to be a tensor may be an array of another library.
      if (!learns || v.notes.has(SHAPE_NOTE)) return;
      learned();
      noteShape(world, v, shapeOfAxes(world, claim));
      return;
    }
    const payload = payloadOf(v);
    if (payload === undefined) return;
    const wrong = matchAxes(world, claim, payload.shape);
    if (wrong === undefined || (wrong.kind === 'name' && (inLoop || again))) interp.observer.claimed?.(node);
    else if (said.certain && !isContent(world.resolve(payload.shape), said.axes.length))
      interp.observer.claimed?.(node, this.faultOf(frame, at, said, wrong));
  }

  /** A variable that gets another value, with a comment like the one before: the names may stand for other sizes. */
  private isSaidAgain(frame: Frame, at: Expression): boolean {
    if (at.kind !== 'Name') return false;
    const said = this.said.get(frame.scope) ?? new Set();
    this.said.set(frame.scope, said);
    const again = said.has(at.name);
    said.add(at.name);
    return again;
  }

  private faultOf(frame: Frame, at: Expression, said: CommentClaim, wrong: Contradiction) {
    const what = at.kind === 'Name' || at.kind === 'Attribute' ? `\`${at.name}\`` : 'the result';
    const message = `${what}: the comment says ${said.text}; ${wrong.text}`;
    const { origins } = wrong;
    const fault: Fault = { code: 'declared-shape-mismatch', message, exception: 'Warning', text: undefined, origins, severity: 'warning' };
    return { fault, at, file: frame.file, stack: this.interp.stack() };
  }
}

/** A comment with as many entries as the last size, and not as many as there are sizes, says what is in it: `# (r, g, b)`. */
function isContent({ head, run, tail }: Shape, entries: number): boolean {
  const last = tail.at(-1) ?? (run === undefined ? head.at(-1) : undefined);
  return entries > 1 && last !== undefined && valueOf(last) === entries && (run !== undefined || head.length + tail.length !== entries);
}

/** The part of a value that unpacking gives to one of the targets. */
function partFor(interp: Interpreter, targets: Expression | undefined, target: Expression, value: Value): Value | undefined {
  if (targets === target) return value;
  if (targets?.kind !== 'Tuple' && targets?.kind !== 'List') return undefined;
  const v = interp.resolve(value);
  if (v.kind !== 'tuple' || v.rest !== undefined || v.open !== undefined || v.items.length !== targets.items.length) return undefined;
  for (const [i, item] of targets.items.entries()) {
    const part = partFor(interp, item, target, v.items[i] as Value);
    if (part !== undefined) return part;
  }
  return undefined;
}
