/**
 * Gives the parameters of a function that nobody calls the shapes that its documentation gives them.
 */
import type { Frame, Interpreter } from '../python/interpreter.ts';
import type { FunctionDef, Statement } from '../python/syntax.ts';
import type { FunctionValue, Value } from '../python/values.ts';
import type { Axis } from '../shapes/axis-string.ts';
import { noteShape, SHAPE_NOTE } from '../torch/context.ts';
import { stateOf } from '../torch/state.ts';
import { payloadOf, TensorPayload } from '../torch/tensor.ts';
import type { Claim } from './declared-axes.ts';
import { matchAxes, namesOfAxes, shapeOfAxes } from './declared-axes.ts';
import type { DeclaredNames } from './declared-names.ts';
import type { Documented } from './documented-shapes.ts';
import { documentedShapes } from './documented-shapes.ts';
import { presumeOwn } from './free-sizes.ts';

/** Parameters that are pairs of numbers, not tensors. */
const NUMBERS = /(?:size|shape|stride|padding|kernel|dilation|dims?|range|grid|scale|resolution|lengths?|num_?\w*|n_\w+)s?$/;

/** `believes`: also what the code has no word for, which may be as wrong as any comment. */
export function holdDocumented(interp: Interpreter, frame: Frame, names: DeclaredNames, believes: boolean): void {
  const { fn, args } = frame;
  if (fn?.node.kind !== 'FunctionDef' || args === undefined) return;
  const documented = documentation(interp, fn, fn.node, args);
  const { node } = fn;
  for (const said of documented.values()) names.adoptArguments(namesOfAxes(said.axes));
  const tied = [...documented.values()].some((said) => said.axes.some((axis) => isTied(axis, names)));
  for (const [name, said] of documented) {
    const value = args.get(name);
    const p = fn.node.params.items.find((item) => item.name === name);
    if (value === undefined || p === undefined) continue;
    const origin = { what: `\`${name}\` by the documentation`, place: { file: fn.file, start: p.nameStart, end: p.nameEnd } };
    const doubtful = !tied || fn.defaults.has(name);
    if (doubtful && !believes) continue;
    const learned = doubtful ? (): void => interp.observer.believed?.(node) : undefined;
    const claim: Claim = { axes: said.axes, names, origin, learns: true, ...(learned === undefined ? {} : { learned }) };
    if (!doubtful) presumeOwn(stateOf(interp).world, names, namesOfAxes(said.axes));
    give(interp, claim, said, value, fn.defaults.has(name) || !(said.tensor || isTensorPlace(interp, fn)));
  }
}

/** Whether an axis has a size that the code knows too: a number, an argument, an attribute. */
function isTied(axis: Axis, names: DeclaredNames): boolean {
  return (
    (axis.kind === 'fixed' && axis.size > 1) || axis.kind === 'symbolic' || (axis.kind === 'name' && names.get(axis.name) !== undefined)
  );
}

/** Forward methods take tensors. */
function isTensorPlace(interp: Interpreter, fn: FunctionValue): boolean {
  return (fn.name === 'forward' || fn.name === '__call__') && fn.owner?.mro.includes(stateOf(interp).classes.module) === true;
}

function give(interp: Interpreter, claim: Claim, said: Documented, value: Value, weak: boolean): void {
  const { world } = stateOf(interp);
  const v = interp.resolve(value);
  const payload = payloadOf(v);
  if (payload !== undefined && v.kind === 'object') {
    if (matchAxes(world, claim, payload.shape) === undefined && payload.dtype === undefined && said.dtype !== undefined)
      interp.setPayload(v, payload.with({ dtype: said.dtype }));
    return;
  }
  if (v.kind !== 'unknown' || v.notes.has(SHAPE_NOTE)) return;
  claim.learned?.();
  const shape = shapeOfAxes(world, claim);
  noteShape(world, v, shape);
  if (weak) return;
  const tensor = new TensorPayload({
    shape,
    dtype: said.dtype,
    layout: 'unknown',
    requiresGrad: undefined,
    origin: v.origin ?? claim.origin,
  });
  interp.refine(v, interp.object(stateOf(interp).classes.tensor, tensor));
}

function documentation(
  interp: Interpreter,
  fn: FunctionValue,
  node: FunctionDef,
  args: ReadonlyMap<string, Value>,
): ReadonlyMap<string, Documented> {
  const taken = node.params.items.filter((p, i) => p.pass !== 'star' && p.pass !== 'star-star' && !(i === 0 && fn.owner !== undefined));
  const candidates = taken.map((p) => p.name).filter((name) => !NUMBERS.test(name) && mayBeTensor(interp, args.get(name)));
  if (candidates.length === 0) return new Map();
  const found = new Map<string, Documented>();
  const read = (text: string | undefined, names: readonly string[], ordered: readonly string[]): void => {
    if (text === undefined) return;
    for (const [name, said] of documentedShapes(text, names, ordered)) if (!found.has(name)) found.set(name, said);
  };
  const required = candidates.filter((name) => !fn.defaults.has(name));
  read(docstring(node.body), candidates, required);
  read(headComments(interp, fn, node), candidates, required);
  const owner = fn.owner?.node;
  if (owner?.kind === 'ClassDef') {
    const main = fn.name === 'forward' || fn.name === '__call__';
    read(docstring(owner.body), main ? candidates : candidates.filter((name) => name.length > 2), main ? required : []);
  }
  return found;
}

function mayBeTensor(interp: Interpreter, value: Value | undefined): boolean {
  const v = value === undefined ? undefined : interp.resolve(value);
  return v !== undefined && (v.kind === 'unknown' || payloadOf(v) !== undefined);
}

function docstring(body: readonly Statement[]): string | undefined {
  const [first] = body;
  if (first?.kind !== 'ExpressionStatement' || first.value.kind !== 'Constant' || first.value.type !== 'str') return undefined;
  return String(first.value.value);
}

/** The comment lines between the head of a function and its first statement, a docstring not counted. */
function headComments(interp: Interpreter, fn: FunctionValue, node: FunctionDef): string | undefined {
  const source = interp.modules.sourceOf(fn.file);
  if (source === undefined) return undefined;
  const documented = docstring(node.body) !== undefined;
  const first = node.body[documented ? 1 : 0];
  const from = documented ? node.body[0]?.end : (node.returns?.end ?? node.params.items.at(-1)?.end ?? node.nameStart);
  if (first === undefined || from === undefined) return undefined;
  const lines: string[] = [];
  for (const comment of source.comments) {
    if (comment.start < from) continue;
    if (comment.start >= first.start) break;
    if (source.text.slice(source.text.lastIndexOf('\n', comment.start) + 1, comment.start).trim() === '') lines.push(comment.text);
  }
  return lines.length === 0 ? undefined : lines.join('\n');
}
