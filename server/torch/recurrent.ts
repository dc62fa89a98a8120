/**
 * nn.RNN, nn.LSTM, nn.GRU on tensors: the checks of `forward` in PyTorch's order and the shapes of its results. Packed
 * sequences stand in `recurrent-packed.ts`.
 */
import type { Cond } from '../dims/cond.ts';
import { eq, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { choose, constant, mul, withOrigin } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { isComplex, promote, scalarTypeName } from '../kernels/dtype.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, freshRun, shapeOf, withRun } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { cppTypeName } from './dtype-names.ts';
import type { ModuleEntry, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { leading } from './linear.ts';
import type { ModuleScope } from './module-context.ts';
import { warnOrder, warnUnbatched } from './naming-warnings.ts';
import { packedValue, unknownVector } from './packed.ts';
import type { RecurrentKind } from './recurrent-constructor.ts';
import { adaptRecurrent, constructRecurrent, describeRecurrent, outputSize, RNN_BASE_INIT } from './recurrent-constructor.ts';
import { runLayers, runPacked } from './recurrent-kernel.ts';
import { isPacked, packedForward } from './recurrent-packed.ts';
import type { Role } from './tensor.ts';
import { payloadOf, TensorPayload } from './tensor.ts';

/** A layer's sizes as its forward pass sees them. */
export interface LayerSizes {
  readonly kind: RecurrentKind;
  readonly input: Dim;
  readonly hidden: Dim;
  readonly out: Dim;
  /** num_layers times directions. */
  readonly states: Dim;
  /** Size of the last dimension of the output. */
  readonly features: Dim;
  readonly batchFirst: Cond;
  readonly bidirectional: Cond;
}

export function layerSizes(m: ModuleScope, kind: RecurrentKind): LayerSizes {
  const hidden = m.dim('hidden_size');
  const out = outputSize(hidden, m.dim('proj_size'));
  const bidirectional = m.interp.truth(m.attr('bidirectional'));
  const directions = choose(bidirectional, constant(2), constant(1));
  return {
    kind,
    input: m.dim('input_size'),
    hidden,
    out,
    states: mul(m.dim('num_layers'), directions),
    features: bothDirections(m, mul(directions, out), out),
    batchFirst: m.interp.truth(m.attr('batch_first')),
    bidirectional,
  };
}

/** Says of the output's size that it is the hidden one twice. */
function bothDirections(m: ModuleScope, features: Dim, out: Dim): Dim {
  const { origin } = out;
  if (origin === undefined || m.bool('bidirectional') !== true) return features;
  return withOrigin(features, { what: `2 × ${origin.what}, which is bidirectional`, place: origin.place, from: origin.from ?? [] });
}

function forward(kind: RecurrentKind): (m: ModuleScope, a: Arguments) => Out | Value {
  return (m, a) => {
    const input = a.value('input');
    if (isPacked(m, input)) return packedForward(m, a, input, layerSizes(m, kind));
    if (input.kind === 'unknown' && m.state.packingSeen) return either(m, a, input, kind);
    return tensorForward(m, a, layerSizes(m, kind));
  };
}

/**
 * In a program that packs sequences an unknown input may be a packed one. Both are followed; what is done with the result
 * mostly tells which it is.
 */
function either(m: ModuleScope, a: Arguments, input: Extract<Value, { kind: 'unknown' }>, kind: RecurrentKind): Value {
  const { interp } = m;
  const unknown = interp.unknown(input.name, input.origin);
  const tensor = m.assumeTensor(unknown);
  const rows = tensorValue(m, shapeOf([m.world.freshSize(), m.dim('input_size')]));
  const packed = packedValue(m, rows, unknownVector(m, m.world.freshSize()), interp.none, interp.none);
  interp.refine(input, { kind: 'choice', cond: interp.freshFlag('is_tensor'), yes: tensor, no: packed });
  const own = m.state.classNamed(`nn.${kind}`).attrs.get('forward') as Value;
  return interp.call(own, [m.self, interp.resolve(input)], new Map([['hx', a.value('hx')]]), m.node);
}

function tensorValue(m: ModuleScope, shape: Shape): Value {
  return m.interp.object(
    m.state.classes.tensor,
    new TensorPayload({ shape, dtype: undefined, layout: 'unknown', requiresGrad: undefined }),
  );
}

function tensorForward(m: ModuleScope, a: Arguments, sizes: LayerSizes): Out {
  const x = a.tensor('input');
  const hx = a.value('hx');
  const given = hiddenStates(m, hx, sizes.kind);
  const rank = inputRank(m, x, given, sizes.kind);
  if (given !== undefined) requireStateRanks(m, x, given, rank, sizes.kind, payloadOf(hx) === undefined ? undefined : m.tensorOf(hx, 'hx'));
  requireDtype(m, x);
  requireInputSize(m, x, sizes);
  const batch = batchOf(x, rank, sizes);
  const order = m.facts.decide(sizes.batchFirst);
  warnOrder(m, x, order === 'unknown' ? undefined : order === 'yes');
  warnUnbatched(m, x);
  if (given !== undefined) requireStateSizes(m, x, given, rank, batch, sizes);
  if (sizes.kind === 'LSTM' && given !== undefined && given.length > 2) {
    m.fail({
      code: 'hidden-state-kind',
      message: 'LSTM: the state is a tuple of more than two tensors',
      text: 'lstm expects two hidden states',
    });
  }
  requireSteps(m, x, rank, sizes);
  if (given !== undefined) requireStateTypes(m, x, given, sizes.kind);
  if (m.interp.asString(m.self.attrs.get('mode') ?? m.interp.none) === 'RNN_RELU') refuseComplexRelu(m);
  return results(m, x, rank, batch, sizes);
}

function inputRank(m: ModuleScope, x: TensorArg, given: readonly TensorArg[] | undefined, kind: RecurrentKind): number | undefined {
  const known = m.requireRank(x.shape, [2, 3], (d) => ({
    code: 'rnn-input-rank',
    exception: 'ValueError',
    message: `${kind} input: ${m.spell(x.shape)} has ${d} dimensions, expected 2 (unbatched) or 3`,
    text: `${kind}: Expected input to be 2D or 3D, got ${d}D${kind === 'RNN' ? ' tensor' : ''} instead`,
    origins: [x.origin],
  }));
  if (known !== undefined) return known;
  const state = given?.map((t) => t.rank).find((r) => r === 2 || r === 3);
  if (state === undefined) return undefined;
  m.world.requireRank(x.shape, state);
  return state;
}

/** The states that were given; undefined for None and where nothing is known. Raises for what is no state at all. */
function hiddenStates(m: ModuleScope, hx: Value, kind: RecurrentKind): readonly TensorArg[] | undefined {
  if (hx.kind === 'none' || hx.kind === 'unknown' || hx.kind === 'choice') return undefined;
  const tensor = (v: Value): TensorArg => m.tensorOf(v, 'hx');
  if (kind !== 'LSTM') return [m.tensorOf(hx, 'hx', (v) => wrongState(m, v, kind))];
  if (payloadOf(hx) !== undefined) return indexedStates(m, tensor(hx));
  const content = m.interp.content(hx);
  if (content === undefined || hx.kind === 'str') {
    const type = m.interp.typeName(hx);
    m.fail({
      code: 'hidden-state-kind',
      exception: 'TypeError',
      message: `LSTM: the state is ${type}, not a pair of tensors`,
      text: `'${type}' object is not subscriptable`,
    });
  }
  if (content.rest !== undefined) return undefined;
  if (content.items.length < 2) {
    if (content.items[0] !== undefined) tensor(content.items[0]);
    const what = hx.kind === 'list' ? 'list' : 'tuple';
    m.fail({
      code: 'hidden-state-kind',
      exception: 'IndexError',
      message: `LSTM: the state has ${content.items.length} of two tensors`,
      text: `${what} index out of range`,
    });
  }
  return content.items.map(tensor);
}

/** The rectifier of an RNN clamps, which complex numbers do not. */
export function refuseComplexRelu(m: ModuleScope): void {
  const dtype = m.tensor(m.self.attrs.has('weight_ih') ? 'weight_ih' : 'weight_ih_l0')?.dtype;
  if (dtype === undefined || !isComplex(dtype)) return;
  m.fail({
    code: 'dtype-mismatch',
    exception: 'NotImplementedError',
    message: `${m.name}: relu of ${dtype} numbers`,
    text: 'clamp is not supported for complex types',
  });
}

export function wrongState(m: ModuleScope, v: Value, kind: RecurrentKind, attribute = 'dim'): never {
  const type = m.interp.typeName(v);
  m.fail({
    code: 'hidden-state-kind',
    exception: 'AttributeError',
    message: `${kind}: the state is a ${type}, not one tensor`,
    text: `'${type}' object has no attribute '${attribute}'`,
  });
}

/** A lone tensor given to an LSTM is indexed: `hx[0]`, `hx[1]`. */
function indexedStates(m: ModuleScope, h: TensorArg): readonly TensorArg[] | undefined {
  const dims = h.dims;
  if (dims === undefined) return undefined;
  const first = m.known(dims[0]);
  const fault = (exception: string, text: string) => ({
    code: 'hidden-state-kind',
    exception,
    message: `LSTM: the state is one tensor ${m.spell(h.shape)}, not a pair (h, c)`,
    text,
    origins: [h.origin],
  });
  if (dims.length === 0)
    m.fail(
      fault(
        'IndexError',
        'invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert a 0-dim tensor to a number',
      ),
    );
  if (first !== undefined && first < 2) m.fail(fault('IndexError', `index ${first} is out of bounds for dimension 0 with size ${first}`));
  const row = (): TensorArg => m.tensorOf(m.tensorLike(h, shapeOf(dims.slice(1))), 'hx');
  return [row(), row()];
}

/** `whole` is the state where it is one tensor; an LSTM has then taken its first two items for a pair. */
function requireStateRanks(
  m: ModuleScope,
  x: TensorArg,
  given: readonly TensorArg[],
  rank: number | undefined,
  kind: RecurrentKind,
  whole: TensorArg | undefined,
): void {
  if (rank === undefined) return;
  const [h, c] = given as [TensorArg, TensorArg | undefined];
  const batched = rank === 3 ? `For batched 3-D input` : `For unbatched 2-D input`;
  const unlike = (t: TensorArg | undefined): boolean => t?.rank !== undefined && t.rank !== rank;
  const alone = kind === 'LSTM' ? whole : undefined;
  const fault = () => ({
    code: alone === undefined ? 'hidden-rank-mismatch' : 'hidden-state-kind',
    message:
      alone !== undefined
        ? `LSTM: the state is one tensor ${m.spell(alone.shape)}, not a pair of them`
        : `${kind}: the input is ${m.spell(x.shape)}, the state ${m.spell(h.shape)}; both must have ${rank} dimensions`,
    text:
      kind === 'LSTM'
        ? h.rank === undefined || c?.rank === undefined
          ? undefined
          : `${batched}, hx and cx should also be ${rank}-D but got (${h.rank}-D, ${c.rank}-D) tensors`
        : `${batched}, hx should also be ${rank}-D but got ${h.rank}-D tensor`,
    origins: [x.origin, h.origin],
  });
  if (unlike(h) || (kind === 'LSTM' && unlike(c))) m.fail(fault());
  for (const t of kind === 'LSTM' ? given.slice(0, 2) : given) m.world.requireRank(t.shape, rank);
}

/** The first weight's dtype, which the input must have. */
export function requireDtype(m: ModuleScope, x: TensorArg): void {
  const wanted = m.tensor('weight_ih_l0')?.dtype;
  const got = x.dtype;
  if (wanted === undefined || got === undefined || wanted === got) return;
  m.fail({
    code: 'rnn-input-dtype',
    exception: 'ValueError',
    message: `${m.name} input: dtype is ${got}, that of the weights ${wanted}`,
    text: `RNN input dtype (torch.${got}) does not match weight dtype (torch.${wanted}). Convert input: input.to(torch.${wanted}), or convert model: model.to(torch.${got})`,
    origins: [x.origin],
  });
}

export function requireInputSize(m: ModuleScope, x: TensorArg, sizes: LayerSizes): void {
  const last = x.size(-1);
  if (last === undefined) return;
  m.require(eq(last, sizes.input), () => ({
    code: 'rnn-input-size',
    message: `${m.name} input: last size is ${m.spell(last)}, \`input_size\` is ${m.spell(sizes.input)}`,
    text: m.text`input.size(-1) must be equal to input_size. Expected ${sizes.input}, got ${last}`,
    origins: [last.origin ?? x.origin, sizes.input.origin],
    sizes: { got: last, wanted: sizes.input },
  }));
}

/** The batch size; 1 for unbatched input, undefined where it cannot be told. */
function batchOf(x: TensorArg, rank: number | undefined, sizes: LayerSizes): Dim | undefined {
  if (rank === 2) return constant(1);
  const dims = x.dims;
  return dims === undefined ? undefined : choose(sizes.batchFirst, dims[0] as Dim, dims[1] as Dim);
}

function requireStateSizes(
  m: ModuleScope,
  x: TensorArg,
  given: readonly TensorArg[],
  rank: number | undefined,
  batch: Dim | undefined,
  sizes: LayerSizes,
): void {
  if (batch === undefined) return;
  const [first, second] = rank === 3 ? (x.dims ?? []) : [];
  const time = first === undefined || second === undefined ? undefined : choose(sizes.batchFirst, second, first);
  given.slice(0, sizes.kind === 'LSTM' ? 2 : 1).forEach((t, i) => {
    const own = t.dims;
    if (own === undefined) return;
    const got = rank === 2 ? [own[0] as Dim, constant(1), own[1] as Dim] : own;
    requireState(
      m,
      t,
      got,
      [sizes.states, batch, i === 0 ? sizes.out : sizes.hidden],
      sizes.kind === 'LSTM' ? `hidden[${i}]` : 'hidden',
      time,
    );
  });
}

const PARTS = ['num_layers*directions', 'batch', 'hidden_size'];

/** `Expected hidden size (1, 3, 5), got [1, 4, 5]`; `label` is `hidden` or `hidden[0]`. */
export function requireState(
  m: ModuleScope,
  state: TensorArg,
  got: readonly Dim[],
  wanted: readonly Dim[],
  label: string,
  time?: Dim,
): void {
  const fault = (i: number) => ({
    code: 'hidden-size-mismatch',
    message: `${m.name} ${label}: size ${i} (${PARTS[i]}) is ${m.spell(got[i] as Dim)}, expected ${m.spell(wanted[i] as Dim)}`,
    text: m.text`Expected ${label} size ${m.tuple(wanted)}, got ${m.list(got)}`,
    origins: [(got[i] as Dim).origin ?? state.origin, (wanted[i] as Dim).origin],
  });
  for (const [i, w] of wanted.entries()) {
    const size = got[i] as Dim;
    // The state's batch is the input's time: that holds only where both happen to be equal, and is never meant.
    if (i === 1 && time !== undefined && m.facts.decide(eq(size, w)) === 'unknown' && m.facts.decide(eq(size, time)) === 'yes') {
      const first = m.bool('batch_first') === true;
      const message = `${m.name} ${label}: made for size ${first ? 1 : 0} of the input, with \`batch_first=${first ? 'True' : 'False'}\` that is time`;
      m.fail({ ...fault(i), message });
    }
    m.require(eq(size, w), () => fault(i));
  }
}

function requireSteps(m: ModuleScope, x: TensorArg, rank: number | undefined, sizes: LayerSizes): void {
  const dims = x.dims;
  if (dims === undefined) return;
  const steps = rank === 2 ? (dims[0] as Dim) : choose(sizes.batchFirst, dims[1] as Dim, dims[0] as Dim);
  m.require(gt(steps, constant(0)), () => ({
    code: 'rnn-empty-sequence',
    message: `${m.name} input: ${m.spell(x.shape)} has no time steps`,
    text: 'Expected sequence length to be larger than 0 in RNN',
    origins: [steps.origin ?? x.origin],
  }));
}

/** The states' dtypes are not looked at in Python, so the kernels' texts are those of products. */
function requireStateTypes(m: ModuleScope, x: TensorArg, given: readonly TensorArg[], kind: RecurrentKind): void {
  const wanted = x.dtype;
  const projected = m.known(m.dim('proj_size')) !== 0;
  const unlike = (t: TensorArg, i: number): boolean => {
    if (t.dtype === undefined || wanted === undefined) return false;
    // With a projection the cell state only meets element operations, which promote.
    return i === 1 && projected ? promote(t.dtype, wanted) !== wanted : t.dtype !== wanted;
  };
  const odd = given.find(unlike);
  if (odd?.dtype === undefined || wanted === undefined) return;
  // What a projection multiplies has no bias.
  const biased = m.bool('bias') !== false && !(projected && odd === given[1]);
  const product = biased
    ? `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(odd.dtype)} and ${scalarTypeName(wanted)}`
    : `expected m1 and m2 to have the same dtype, but got: ${cppTypeName(odd.dtype)} != ${cppTypeName(wanted)}`;
  const half = odd.dtype === 'float16' || odd.dtype === 'bfloat16';
  m.fail({
    code: 'dtype-mismatch',
    message: `${m.name}: the state is ${odd.dtype}, the input ${wanted}`,
    text:
      kind === 'LSTM' && wanted === 'float32' && !projected ? (half ? NO_PRIMITIVE : 'get_mkldnn_dtype: unsupported data type') : product,
    origins: [odd.origin],
  });
}

const NO_PRIMITIVE =
  'could not create a primitive descriptor for the LSTM forward propagation primitive. Run workload with environment variable ONEDNN_VERBOSE=all to get additional diagnostic information.';

function results(m: ModuleScope, x: TensorArg, rank: number | undefined, batch: Dim | undefined, sizes: LayerSizes): Out {
  const { dtype } = x.payload.dtype === undefined ? { dtype: m.tensor('weight_ih_l0')?.dtype } : x.payload;
  const batchFirst = m.facts.decide(sizes.batchFirst);
  const role: Role = {
    kind: 'recurrent-output',
    batchFirst: batchFirst === 'unknown' ? undefined : batchFirst === 'yes',
    bidirectional: m.bool('bidirectional'),
    layers: m.known(m.dim('num_layers')),
  };
  const shape = concatenate(leading(x.shape), shapeOf([sizes.features]));
  const dims = x.dims;
  const transposed =
    rank === 3 && batchFirst === 'yes' && dims !== undefined
      ? [sizes.features, mul(dims[0] as Dim, sizes.features), constant(1)]
      : undefined;
  const output = tensorOut(shape, dtype, {
    layout: transposed ?? (rank === 2 || batchFirst === 'no' ? 'contiguous' : 'unknown'),
    role,
  });
  const steps = rank === 3 && batchFirst !== 'unknown' ? dims?.[batchFirst === 'yes' ? 1 : 0] : undefined;
  const state = (size: Dim): Out =>
    tensorOut(stateShape(rank, batch, sizes.states, size), dtype, { role: { ...role, kind: 'recurrent-state', steps } });
  return tupleOut([output, sizes.kind === 'LSTM' ? tupleOut([state(sizes.out), state(sizes.hidden)]) : state(sizes.out)]);
}

/** `[num_layers*D, N?, H]` */
function stateShape(rank: number | undefined, batch: Dim | undefined, states: Dim, size: Dim): Shape {
  if (rank === 2) return shapeOf([states, size]);
  if (batch !== undefined) return shapeOf([states, batch, size]);
  return withRun([states], freshRun(undefined, 0, 1), [size]);
}

function kernel(k: KernelArguments, m: ModuleScope): readonly NdArray[] {
  return isPacked(m, k.value('input')) ? runPacked(k, m) : runLayers(k, m);
}

const layer = (kind: RecurrentKind): ModuleEntry => ({
  name: `nn.${kind}`,
  base: 'nn.RNNBase',
  adapt: adaptRecurrent(kind),
  init: RNN_BASE_INIT,
  construct: constructRecurrent(kind),
  forward: `def ${kind}.forward(self, input, hx=None)`,
  shape:
    kind === 'LSTM'
      ? '(L, N?, input_size), (D*num_layers, N?, out_size)?, (D*num_layers, N?, hidden_size)? -> (L, N?, D*out_size), (D*num_layers, N?, out_size), (D*num_layers, N?, hidden_size)'
      : '(L, N?, input_size), (D*num_layers, N?, hidden_size)? -> (L, N?, D*hidden_size), (D*num_layers, N?, hidden_size)',
  call: forward(kind),
  kernel,
  samples: [
    `nn.${kind}(4, 5)(torch.randn(7, 3, 4))`,
    `nn.${kind}(4, 5, batch_first=True)(torch.randn(3, 7, 4))`,
    `nn.${kind}(4, 5, 2, bidirectional=True)(torch.randn(7, 3, 4))`,
    `nn.${kind}(4, 5, bias=False)(torch.randn(7, 4))`,
    ...(kind === 'LSTM'
      ? [
          'nn.LSTM(4, 5, proj_size=2)(torch.randn(7, 3, 4))',
          'nn.LSTM(4, 5)(torch.randn(7, 3, 4), (torch.randn(1, 3, 5), torch.randn(1, 3, 5)))',
        ]
      : [`nn.${kind}(4, 5)(torch.randn(7, 3, 4), torch.randn(1, 3, 5))`]),
  ],
  errors: [
    [`nn.${kind}(4, 5)(torch.randn(7, 3, 6))`, 'rnn-input-size'],
    [`nn.${kind}(4, 5)(torch.randn(4))`, 'rnn-input-rank'],
    [`nn.${kind}(4, 5)(torch.randn(0, 3, 4))`, 'rnn-empty-sequence'],
    [`nn.${kind}(4, 5)(torch.ones(7, 3, 4, dtype=torch.int64))`, 'rnn-input-dtype'],
    [`nn.${kind}(0, 5)`, 'rnn-constructor'],
    kind === 'LSTM'
      ? ['nn.LSTM(4, 5)(torch.randn(7, 3, 4), (torch.randn(2, 3, 5), torch.randn(1, 3, 5)))', 'hidden-size-mismatch']
      : [`nn.${kind}(4, 5)(torch.randn(7, 3, 4), torch.randn(1, 2, 5))`, 'hidden-size-mismatch'],
    kind === 'LSTM'
      ? ['nn.LSTM(4, 5)(torch.randn(7, 3, 4), (torch.randn(3, 5), torch.randn(3, 5)))', 'hidden-rank-mismatch']
      : [`nn.${kind}(4, 5)(torch.randn(7, 3, 4), (torch.randn(1, 3, 5),))`, 'hidden-state-kind'],
  ],
  doc: `nn.${kind}`,
});

const base: ModuleEntry = {
  name: 'nn.RNNBase',
  shape: '(L, N?, input_size) -> (L, N?, D*hidden_size)',
  extraRepr: describeRecurrent,
  attributes: (interp) => ({
    flatten_parameters: interp.native('flatten_parameters', () => interp.none),
    all_weights: {
      kind: 'property',
      cached: false,
      set: undefined,
      get: interp.native('all_weights', () => interp.unknown('all_weights')),
    },
  }),
  samples: [],
  doc: 'nn.RNNBase',
};

export const RECURRENT: readonly ModuleEntry[] = [base, layer('RNN'), layer('LSTM'), layer('GRU')];
