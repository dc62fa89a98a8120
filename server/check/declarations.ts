/**
 * Declared shapes during an analysis: annotations of parameters, returns and variables are compared with the values there,
 * and what is open becomes known. What cannot be true is reported once, as a warning.
 */
import type { Origin } from '../dims/origin.ts';
import type { Fault } from '../python/faults.ts';
import type { Frame, Interpreter } from '../python/interpreter.ts';
import type { Declarations } from '../python/library.ts';
import type { AnnotatedAssign, Assign, AugmentedAssign, Expression, FunctionDef, Node, Return } from '../python/syntax.ts';
import type { FunctionValue, Scope, UnknownValue, Value } from '../python/values.ts';
import type { AnnotationPayload } from '../torch/annotation-types.ts';
import { noteShape, SHAPE_NOTE } from '../torch/context.ts';
import { stateOf } from '../torch/state.ts';
import { payloadOf, TensorPayload } from '../torch/tensor.ts';
import { definitionFaults } from './annotation-faults.ts';
import { evaluateForm, formOf, formOfText } from './annotation-forms.ts';
import { CommentedShapes } from './commented-shapes.ts';
import type { Claim, Contradiction } from './declared-axes.ts';
import { contradictionIn, matchAxes, namesOfAxes, shapeOfAxes } from './declared-axes.ts';
import { DeclaredNames, rememberConstruction } from './declared-names.ts';
import type { Declared } from './declared-types.ts';
import { declaredOf } from './declared-types.ts';
import { holdDocumented } from './documented-parameters.ts';
import { presumeArgument, presumeUnpacked } from './free-sizes.ts';

/** Where a declared value stands in the program. */
interface Spot {
  /** `x`, `the result` */
  readonly what: string;
  readonly node: Node | undefined;
  /** Whether Python itself would stop here. */
  readonly enforced: boolean;
}

export class ShapeDeclarations implements Declarations {
  private readonly interp: Interpreter;
  private readonly file: string;
  private readonly names = new WeakMap<object, DeclaredNames>();
  private readonly types = new WeakMap<Expression, Map<Scope, Declared | undefined>>();
  private readonly comments: CommentedShapes;
  private readonly believes: boolean;
  private readonly checked = new WeakMap<FunctionDef, boolean>();

  /** `believes` tells whether what the comments and the documentation of the file say of something unknown is taken for true. */
  constructor(interp: Interpreter, file: string, believes: boolean) {
    this.interp = interp;
    this.file = file;
    this.believes = believes;
    this.comments = new CommentedShapes(interp, file, believes);
  }

  /** What is wrong with the annotations of another file is said there. */
  defined(fn: FunctionValue): void {
    if (fn.file === this.file) definitionFaults(this.interp, fn);
  }

  entered(frame: Frame, node: Node | undefined): void {
    const { fn, args } = frame;
    if (fn === undefined || args === undefined) return;
    rememberConstruction(this.interp, frame);
    for (const p of fn.node.params.items) {
      const value = args.get(p.name);
      if (value === undefined || p.annotation === undefined || p.pass === 'star' || p.pass === 'star-star') continue;
      const declared = this.typeOf(p.annotation, fn.scope);
      if (declared === undefined) continue;
      const origin: Origin = { what: `\`${p.name}\` declared`, place: { file: fn.file, start: p.nameStart, end: p.annotation.end } };
      this.hold(frame, declared, value, origin, { what: `\`${p.name}\``, node, enforced: this.isChecked(fn) });
    }
    if (fn.node.kind === 'FunctionDef' && fn.node.returns !== undefined) this.presumeOf(frame, this.typeOf(fn.node.returns, fn.scope));
    // What documentation says counts where nobody says more: in a call the arguments are what they are.
    if (this.interp.frames.length === 0) holdDocumented(this.interp, frame, this.namesOf(frame), this.believes);
  }

  /** An integer argument that names a size of the result is a size of its own. */
  private presumeOf(frame: Frame, declared: Declared | undefined): void {
    if (declared?.kind === 'tuple') for (const item of declared.items) this.presumeOf(frame, item);
    if (declared?.kind !== 'tensor') return;
    const names = this.namesOf(frame);
    for (const name of namesOfAxes(declared.annotation.axes)) {
      const dim = names.given(name);
      if (dim !== undefined) presumeArgument(stateOf(this.interp).world, names, name, dim);
    }
  }

  returned(frame: Frame, node: Return, value: Value): void {
    this.comments.hold(frame, node, node.value, value, this.namesOf(frame));
    if (frame.fn !== undefined && !this.isChecked(frame.fn)) this.holdResult(frame, value, node.value ?? node, false);
  }

  /** What the checks of a function refuse is raised where the call stands. */
  left(frame: Frame, node: Node | undefined, value: Value): void {
    if (frame.fn !== undefined && this.isChecked(frame.fn)) this.holdResult(frame, value, node, true);
  }

  private holdResult(frame: Frame, value: Value, node: Node | undefined, enforced: boolean): void {
    const { fn } = frame;
    if (fn?.node.kind !== 'FunctionDef' || fn.node.returns === undefined || fn.node.generator) return;
    const declared = this.typeOf(fn.node.returns, fn.scope);
    if (declared === undefined) return;
    const { start, end } = fn.node.returns;
    const origin: Origin = { what: 'the result declared', place: { file: fn.file, start, end } };
    this.hold(frame, declared, value, origin, { what: 'the result', node: node ?? fn.node.returns, enforced });
  }

  assigning(frame: Frame, node: Assign | AnnotatedAssign | AugmentedAssign, value: Value): void {
    this.comments.holdTargets(frame, node, value, () => this.namesOf(frame));
    if (node.kind !== 'AnnotatedAssign' || node.target.kind !== 'Name') return;
    const declared = this.typeOf(node.annotation, frame.scope);
    if (declared === undefined) return;
    const origin: Origin = {
      what: `\`${node.target.name}\` declared`,
      place: { file: frame.file, start: node.target.start, end: node.annotation.end },
    };
    this.hold(frame, declared, value, origin, { what: `\`${node.target.name}\``, node: node.target, enforced: false });
  }

  /** `b, t, _ = x.shape`, `b, c = x.size()[:2]` */
  assigned(frame: Frame, node: Assign): void {
    const [target] = node.targets;
    if (target?.kind !== 'Tuple' || target.items.length < 2 || !isShape(node.value)) return;
    const names = target.items.map((item) => (item.kind === 'Name' ? item.name : undefined));
    const { world } = stateOf(this.interp);
    const dims = names.map((name) => {
      const value = name === undefined ? undefined : frame.scope.cells.get(name);
      return value?.kind === 'int' ? world.facts.simplify(value.dim) : undefined;
    });
    presumeUnpacked(world, names, dims);
  }

  /** What an annotation declares in a scope; read once. */
  private typeOf(annotation: Expression, scope: Scope): Declared | undefined {
    let byScope = this.types.get(annotation);
    if (byScope === undefined) this.types.set(annotation, (byScope = new Map()));
    if (byScope.has(scope)) return byScope.get(scope);
    const form = annotation.kind === 'Constant' && annotation.type === 'str' ? formOfText(String(annotation.value)) : formOf(annotation);
    const plain = form === undefined || form.kind === 'none' || form.kind === 'other';
    const declared = plain ? undefined : declaredOf(this.interp, evaluateForm(this.interp, form, scope).value, scope);
    byScope.set(scope, declared);
    return declared;
  }

  private namesOf(frame: Frame): DeclaredNames {
    const key = frame.args ?? frame.scope.cells;
    let names = this.names.get(key);
    if (names === undefined) this.names.set(key, (names = new DeclaredNames(this.interp, frame)));
    return names;
  }

  /** Compares a value with what is declared of it and learns the rest. */
  private hold(frame: Frame, declared: Declared, value: Value, origin: Origin, spot: Spot): void {
    const v = this.interp.resolve(value);
    switch (declared.kind) {
      case 'tensor':
        this.holdTensor(
          { axes: declared.annotation.axes, names: this.namesOf(frame), origin, learns: true, apart: true },
          declared,
          v,
          spot,
        );
        return;
      case 'union':
        this.holdUnion(frame, declared, v, origin, spot);
        return;
      case 'tuple':
        if (v.kind === 'unknown') this.interp.refine(v, this.interp.tuple(declared.items.map(() => this.interp.unknown())));
        this.holdItems(frame, declared.items, this.interp.resolve(v), origin, spot);
        return;
      case 'each':
        if (v.kind === 'tuple' && v.rest === undefined && v.open === undefined)
          for (const item of v.items) this.hold(frame, declared.item, item, origin, spot);
        else if (v.kind === 'list' && v.slot.get().rest === undefined)
          for (const item of v.slot.get().items) this.hold(frame, declared.item, item, origin, spot);
        return;
    }
  }

  /** One of several: it is wrong where all of them are, and the only one that can be is learned. */
  private holdUnion(frame: Frame, declared: Extract<Declared, { kind: 'union' }>, v: Value, origin: Origin, spot: Spot): void {
    const [only] = declared.of;
    if (declared.of.length === 1 && only !== undefined) {
      if (payloadOf(v) !== undefined) this.hold(frame, only, v, origin, spot);
      else if (v.kind === 'unknown' && only.kind === 'tensor' && declared.others !== 'values') this.note(frame, only, v, origin);
      return;
    }
    const payload = payloadOf(v);
    if (payload === undefined) return;
    const { world } = stateOf(this.interp);
    const names = this.namesOf(frame);
    const left = declared.of.filter((item) => {
      if (item.kind !== 'tensor') return false;
      const claim: Claim = { axes: item.annotation.axes, names, origin, learns: false };
      return takesDtype(item.annotation, payload.dtype) && contradictionIn(world, claim, payload.shape) === undefined;
    });
    const [last] = left;
    if (left.length === 1 && last !== undefined) this.hold(frame, last, v, origin, spot);
    else if (left.length === 0 && only !== undefined) this.hold(frame, only, v, origin, spot);
  }

  private holdItems(frame: Frame, items: readonly (Declared | undefined)[], v: Value, origin: Origin, spot: Spot): void {
    if (v.kind !== 'tuple' || v.rest !== undefined || v.open !== undefined || v.items.length !== items.length) return;
    items.forEach((item, i) => {
      const value = v.items[i];
      if (item !== undefined && value !== undefined) this.hold(frame, item, value, origin, { ...spot, what: `item ${i} of ${spot.what}` });
    });
  }

  private holdTensor(claim: Claim, declared: Extract<Declared, { kind: 'tensor' }>, v: Value, spot: Spot): void {
    const { world } = stateOf(this.interp);
    if (v.kind === 'unknown') {
      const shape = shapeOfAxes(world, claim);
      this.refine(v, shape, declared, claim.origin);
      return;
    }
    const payload = payloadOf(v);
    if (payload === undefined) return;
    const { dtypes, name } = declared.annotation;
    if (!takesDtype(declared.annotation, payload.dtype)) {
      this.report('declared-dtype-mismatch', `${spot.what} is declared \`${name}\` and is ${payload.dtype}`, [claim.origin], spot);
    }
    const wrong = matchAxes(world, claim, payload.shape);
    if (wrong !== undefined) this.contradict(wrong, spot);
    if (v.kind === 'object' && payload.dtype === undefined && dtypes?.length === 1) {
      this.interp.setPayload(v, payload.with({ dtype: dtypes[0] }));
    }
  }

  private refine(v: UnknownValue, shape: TensorPayload['shape'], declared: Extract<Declared, { kind: 'tensor' }>, origin?: Origin): void {
    const { dtypes } = declared.annotation;
    const dtype = dtypes?.length === 1 ? dtypes[0] : isAnyInteger(dtypes) ? 'int64' : undefined;
    const payload = new TensorPayload({ shape, dtype, layout: 'unknown', requiresGrad: undefined, origin: v.origin ?? origin });
    noteShape(stateOf(this.interp).world, v, shape);
    this.interp.refine(v, this.interp.object(stateOf(this.interp).classes.tensor, payload));
  }

  /** What it would be as a tensor, should it turn out to be one. */
  private note(frame: Frame, declared: Extract<Declared, { kind: 'tensor' }>, v: UnknownValue, origin: Origin): void {
    if (v.notes.has(SHAPE_NOTE)) return;
    const claim: Claim = { axes: declared.annotation.axes, names: this.namesOf(frame), origin, learns: true, apart: true };
    const { world } = stateOf(this.interp);
    noteShape(world, v, shapeOfAxes(world, claim));
  }

  private contradict(wrong: Contradiction, spot: Spot): void {
    this.report('declared-shape-mismatch', `${spot.what}: ${wrong.text}`, wrong.origins, spot);
  }

  private report(code: string, message: string, origins: Contradiction['origins'], spot: Spot): void {
    const severity = spot.enforced ? 'error' : 'warning';
    const fault: Fault = { code, message, exception: 'TypeCheckError', text: undefined, origins, severity };
    if (spot.enforced && this.interp.frame !== undefined) throw this.interp.error(fault);
    this.interp.warn(fault, spot.node);
  }

  /** Whether the annotations are checked when the function is called: `@jaxtyped(typechecker=…)`. */
  private isChecked(fn: FunctionValue): boolean {
    if (fn.node.kind !== 'FunctionDef') return false;
    let known = this.checked.get(fn.node);
    if (known === undefined) this.checked.set(fn.node, (known = checksAnnotations(fn.node.decorators)));
    return known;
  }
}

function takesDtype({ dtypes }: AnnotationPayload, dtype: TensorPayload['dtype']): boolean {
  return dtypes === undefined || dtype === undefined || dtypes.length === 0 || dtypes.includes(dtype);
}

/** Integers without a width are those that indices are made of. */
function isAnyInteger(dtypes: readonly string[] | undefined): boolean {
  return dtypes !== undefined && dtypes.length > 1 && dtypes.includes('int64') && dtypes.every((dtype) => /^u?int/.test(dtype));
}

const CHECKERS: ReadonlySet<string> = new Set(['beartype', 'typechecked', 'typecheck']);

function checksAnnotations(decorators: readonly Expression[]): boolean {
  const last = (node: Expression): string => (node.kind === 'Name' ? node.name : node.kind === 'Attribute' ? node.name : '');
  const jaxtyped = decorators.find((d) => last(d.kind === 'Call' ? d.func : d) === 'jaxtyped');
  if (jaxtyped === undefined) return false;
  const checker = jaxtyped.kind === 'Call' ? jaxtyped.args.find((a) => a.name === 'typechecker')?.value : undefined;
  if (checker !== undefined && !(checker.kind === 'Constant' && checker.type === 'none')) return true;
  return decorators.some((d) => CHECKERS.has(last(d.kind === 'Call' ? d.func : d)));
}

/** `x.shape`, `x.size()`, `x.shape[1:]` */
function isShape(node: Expression): boolean {
  if (node.kind === 'Subscript') return isShape(node.value);
  if (node.kind === 'Call') return node.func.kind === 'Attribute' && node.func.name === 'size' && node.args.length === 0;
  return node.kind === 'Attribute' && node.name === 'shape';
}
