/**
 * nn.RNN, nn.LSTM and nn.GRU on packed sequences. RNN and GRU check what they are given; LSTM does not, so what is wrong
 * shows in its kernels' errors, or not at all: with sequences of one length it computes garbage, which is worth a warning.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import { promote, scalarTypeName } from '../kernels/dtype.ts';
import type { Value } from '../python/values.ts';
import { shapeOf } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { FaultParts } from './context.ts';
import { cppTypeName } from './dtype-names.ts';
import type { Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import type { ModuleScope } from './module-context.ts';
import type { PackedArg } from './packed.ts';
import { isPacked, PACKED_FIELDS, readPacked } from './packed.ts';
import type { LayerSizes } from './recurrent.ts';
import { refuseComplexRelu, requireDtype, requireInputSize, requireState, wrongState } from './recurrent.ts';
import { payloadOf } from './tensor.ts';

export { isPacked };

export function packedForward(m: ModuleScope, a: Arguments, input: Extract<Value, { kind: 'tuple' }>, sizes: LayerSizes): Out {
  const packed = readPacked(m, input);
  const hx = a.value('hx');
  if (sizes.kind === 'LSTM') checkLstm(m, packed, hx, sizes);
  else checkOthers(m, packed, hx, sizes);
  return results(m, packed, sizes);
}

function total(packed: PackedArg): number | undefined {
  return packed.sizes?.reduce((n, b) => n + b, 0);
}

/** RNN and GRU: the state is permuted first, then type, rank, last size, state size, rows. */
function checkOthers(m: ModuleScope, packed: PackedArg, hx: Value, sizes: LayerSizes): void {
  const { data, batch } = packed;
  const given = hx.kind !== 'none' && hx.kind !== 'unknown';
  const stateWith = (attribute: string): TensorArg => m.tensorOf(hx, 'hx', (v) => wrongState(m, v, sizes.kind, attribute));
  const sorted = packed.sorted.kind === 'object';
  const first = given && sorted ? stateWith('index_select') : undefined;
  const permuted = first === undefined ? undefined : permute(m, first, packed.sorted);
  requireDtype(m, data);
  m.requireRank(data.shape, [2], (d) => ({
    code: 'rnn-input-rank',
    message: `${m.name} input: the packed data is ${m.spell(data.shape)}, expected 2 dimensions`,
    text: `input must have 2 dimensions, got ${d}`,
    origins: [data.origin],
  }));
  requireInputSize(m, data, sizes);
  const state = given && !sorted ? stateWith('size') : first;
  const got = permuted ?? state?.dims;
  if (state !== undefined && got !== undefined) {
    const wanted = [sizes.states, batch, sizes.out];
    if (got.length !== 3) {
      m.fail({
        code: 'hidden-rank-mismatch',
        message: `${m.name}: the state is ${m.spell(state.shape)}, expected ${m.spell(wanted)}`,
        text: m.text`Expected hidden size ${m.tuple(wanted)}, got ${m.list(got)}`,
        origins: [state.origin],
      });
    }
    requireState(m, state, got, wanted, 'hidden');
  }
  if (state !== undefined) requireStateDtype(m, data, state);
  requireRows(m, packed);
  if (m.interp.asString(m.self.attrs.get('mode') ?? m.interp.none) === 'RNN_RELU') refuseComplexRelu(m);
}

/** `hx.index_select(1, indices)`: the sizes that it leaves. */
function permute(m: ModuleScope, state: TensorArg, indices: Value): readonly Dim[] | undefined {
  const dims = state.dims;
  if (dims === undefined || indices.kind !== 'object') return dims;
  const order = m.tensorOf(indices, 'indices');
  requireSelectable(m, state, dims, order.values?.toFlat());
  return dims.map((d, i) => (i === 1 ? (order.size(0) ?? d) : d));
}

function requireSelectable(m: ModuleScope, state: TensorArg, dims: readonly Dim[], order: readonly number[] | undefined): void {
  if (dims.length < 2) {
    m.fail({
      code: 'hidden-rank-mismatch',
      exception: 'IndexError',
      message: `${m.name}: the state is ${m.spell(state.shape)}`,
      text: `Dimension out of range (expected to be in range of [${-Math.max(1, dims.length)}, ${Math.max(1, dims.length) - 1}], but got 1)`,
    });
  }
  requireSequences(m, m.known(dims[1]), order, state);
}

/** The indices of sequences must lie in the state's batch. */
function requireSequences(m: ModuleScope, batch: number | undefined, order: readonly number[] | undefined, state?: TensorArg): void {
  const beyond = batch === undefined ? undefined : order?.find((i) => i >= batch);
  if (beyond === undefined) return;
  m.fail({
    code: 'hidden-size-mismatch',
    message: `${m.name}: the state is for ${batch} sequences, there are ${order?.length}`,
    text:
      batch === 0
        ? 'index_select(): self indexing axis dim should be positive'
        : `INDICES element is out of DATA bounds, id=${beyond} axis_dim=${batch}`,
    origins: [state?.origin],
  });
}

function requireStateDtype(m: ModuleScope, data: TensorArg, state: TensorArg): void {
  if (data.dtype === undefined || state.dtype === undefined || data.dtype === state.dtype) return;
  m.fail({
    code: 'dtype-mismatch',
    message: `${m.name}: the state is ${state.dtype}, the input ${data.dtype}`,
    text: productText(m, state.dtype, data.dtype),
    origins: [state.origin],
  });
}

/** As many rows as the batch sizes say; further ones are ignored in silence. */
function requireRows(m: ModuleScope, packed: PackedArg): void {
  const rows = packed.data.size(0);
  const n = m.known(rows);
  const wanted = total(packed);
  if (n === undefined || wanted === undefined || n === wanted || packed.sizes === undefined) return;
  const message = `${m.name}: the packed data has ${n} rows, its batch sizes sum to ${wanted}`;
  if (n > wanted) {
    m.warn({ code: 'packed-size-unchecked', exception: 'UserWarning', message, origins: [packed.data.origin] });
    return;
  }
  let start = 0;
  for (const step of packed.sizes) {
    if (start + step > n) {
      m.fail({
        code: 'shape-mismatch',
        message,
        text: m.bool('bidirectional') === false ? `start (${start}) + length (${step}) exceeds dimension size (${n}).` : undefined,
        origins: [packed.data.origin],
      });
    }
    start += step;
  }
}

/** The pair of states, permuted as the sequences are. */
interface LstmState {
  readonly tensors: readonly [TensorArg, TensorArg];
  /** Their sizes, where both ranks are known. */
  readonly sizes: readonly [readonly Dim[], readonly Dim[]] | undefined;
}

function lstmState(m: ModuleScope, packed: PackedArg, hx: Value): LstmState | undefined {
  if (hx.kind === 'none' || hx.kind === 'unknown') return undefined;
  const kind = { code: 'hidden-state-kind', exception: 'TypeError' };
  const given = hx.kind === 'tuple' || hx.kind === 'list' ? m.interp.content(hx) : undefined;
  const sorted = packed.sorted.kind === 'object';
  if (given === undefined) {
    const lone = payloadOf(hx) === undefined ? undefined : m.tensorOf(hx, 'hx');
    m.fail({
      ...kind,
      ...(sorted && lone?.dims !== undefined ? loneFault(m, lone.dims) : {}),
      message: `LSTM: the state is ${m.interp.typeName(hx)}; with packed input it must be a tuple (h, c)`,
      ...(sorted && lone === undefined && hx.kind !== 'str' ? { text: `'${m.interp.typeName(hx)}' object is not subscriptable` } : {}),
    });
  }
  if (given.rest !== undefined) return undefined;
  const count = `LSTM: the state has ${given.items.length} tensors, expected 2`;
  if (!sorted && given.items.length !== 2) m.fail({ code: kind.code, message: count, text: 'lstm expects two hidden states' });
  const [h, c] = given.items.slice(0, 2).map((v, i) => {
    const state = m.tensorOf(v, 'hx', (bad) => {
      const type = m.interp.typeName(bad);
      if (sorted) return wrongState(m, bad, 'LSTM', 'index_select');
      return m.fail({
        ...kind,
        message: `LSTM: the state holds ${type}`,
        text: `expected Tensor as element ${i} in argument 2, but got ${type}`,
      });
    });
    return { state, dims: permute(m, state, packed.sorted) };
  });
  if (h === undefined || c === undefined) {
    m.fail({ ...kind, exception: 'IndexError', message: count, text: `${hx.kind} index out of range` });
  }
  for (const { state, dims } of [h, c]) {
    if (dims === undefined || dims.length > 2) continue;
    m.fail({
      code: 'hidden-rank-mismatch',
      exception: 'IndexError',
      message: `LSTM: the state is ${m.spell(state.shape)}, expected 3 dimensions`,
      text:
        dims.length === 0
          ? 'Dimension specified as 2 but tensor has no dimensions'
          : `Dimension out of range (expected to be in range of [-${dims.length}, ${dims.length - 1}], but got 2)`,
      origins: [state.origin],
    });
  }
  return { tensors: [h.state, c.state], sizes: h.dims === undefined || c.dims === undefined ? undefined : [h.dims, c.dims] };
}

/** A lone tensor is indexed, and each row permuted. */
function loneFault(m: ModuleScope, dims: readonly Dim[]): { readonly exception?: string; readonly text?: string } {
  const first = m.known(dims[0]);
  if (dims.length < 3 && dims.length > 0) {
    const span = Math.max(1, dims.length - 1);
    return { exception: 'IndexError', text: `Dimension out of range (expected to be in range of [-${span}, ${span - 1}], but got 1)` };
  }
  if (first === 1) return { exception: 'IndexError', text: 'index 1 is out of bounds for dimension 0 with size 1' };
  return dims.length === 3
    ? { exception: 'IndexError', text: 'Dimension out of range (expected to be in range of [-2, 1], but got 2)' }
    : { exception: 'RuntimeError' };
}

/** An LSTM tells by the states whether it projects, and counts its weights by that. */
function requireWeightCount(m: ModuleScope, sizes: LayerSizes, state: LstmState, uniform: boolean): void {
  const [h, c] = state.sizes ?? [];
  if (h === undefined || c === undefined) return;
  const proj = m.known(m.dim('proj_size'));
  const same = m.facts.decide(eq(h[2] as Dim, c[2] as Dim));
  if (proj === undefined || same === 'unknown' || proj > 0 === (same === 'no')) return;
  const biased = m.bool('bias') !== false;
  const states = m.known(sizes.states);
  const each = (projected: boolean): number => (biased ? 4 : 2) + (projected ? 1 : 0);
  const count = states === undefined ? undefined : states * each(proj > 0);
  const taken = each(proj === 0);
  const odd = count !== undefined && count % taken !== 0;
  m.fail({
    code: 'hidden-size-mismatch',
    message: `LSTM: the states have sizes ${m.spell(h[2] as Dim)} and ${m.spell(c[2] as Dim)}, \`proj_size\` is ${proj}`,
    text: !odd
      ? undefined
      : proj > 0 && uniform
        ? `MatrixRef: ArrayRef size ${count} not divisible by stride ${taken}`
        : 'got an incorrect number of RNN parameters',
    origins: [(h[2] as Dim).origin ?? state.tensors[0].origin],
  });
}

function checkLstm(m: ModuleScope, packed: PackedArg, hx: Value, sizes: LayerSizes): void {
  const { data, batch } = packed;
  const dims = data.dims;
  const uniform = packed.sizes === undefined ? undefined : packed.sizes.every((n) => n === packed.sizes?.[0]);
  const dtype = m.tensor('weight_ih_l0')?.dtype;
  const vectors = uniform === true && dtype === 'float32' && (data.dtype === undefined || data.dtype === 'float32');
  const unchecked = vectors && m.known(m.dim('proj_size')) === 0;
  const state = lstmState(m, packed, hx);
  if (state !== undefined) requireWeightCount(m, sizes, state, vectors);
  const rows = m.known(dims?.[0]);
  const wantedRows = total(packed);
  if (unchecked && rows !== undefined && wantedRows !== undefined && rows !== wantedRows && dims !== undefined) {
    const rest = dims.slice(1);
    const numel = dims.reduce(mul, constant(1));
    m.fail({
      code: 'shape-mismatch',
      message: `LSTM: the packed data has ${rows} rows, its batch sizes sum to ${wantedRows}`,
      text: m.text`shape '[${packed.sizes?.length}, ${packed.sizes?.[0]}, ${rest[0]}]' is invalid for input of size ${numel}`,
      origins: [data.origin],
    });
  }
  const report = (fault: FaultParts): void => (unchecked ? m.warn({ ...fault, code: 'packed-size-unchecked' }) : m.fail(fault));
  if (data.dtype !== undefined && dtype !== undefined && data.dtype !== dtype) {
    m.fail({
      code: 'dtype-mismatch',
      message: `LSTM input: dtype is ${data.dtype}, that of the weights ${dtype}`,
      text: productText(m, data.dtype, dtype),
      origins: [data.origin],
    });
  }
  const last = data.size(-1);
  const gates = mul(constant(4), sizes.hidden);
  if (last !== undefined) {
    const height = dims === undefined ? undefined : dims.slice(0, -1).reduce(mul, constant(1));
    const fault = (): FaultParts => ({
      code: 'rnn-input-size',
      message: `LSTM input: last size is ${m.spell(last)}, \`input_size\` is ${m.spell(sizes.input)}`,
      text: m.text`mat1 and mat2 shapes cannot be multiplied (${height}x${last} and ${sizes.input}x${gates})`,
      origins: [last.origin ?? data.origin, sizes.input.origin],
      sizes: { got: last, wanted: sizes.input },
    });
    if (unchecked) {
      if (m.facts.decide(eq(last, sizes.input)) === 'no') report(fault());
    } else m.require(eq(last, sizes.input), fault);
  }
  if (dims !== undefined && dims.length !== 2) {
    report({
      code: 'rnn-input-rank',
      message: `LSTM input: the packed data is ${m.spell(data.shape)}, expected 2 dimensions`,
      text:
        dims.length === 3
          ? m.text`output with shape [${batch}, ${gates}] doesn't match the broadcast shape [${batch}, ${batch}, ${gates}]`
          : undefined,
      origins: [data.origin],
    });
  } else if (dims === undefined) m.world.requireRank(data.shape, 2);
  if (!unchecked) requireRows(m, packed);
  if (state !== undefined) checkLstmState(m, packed, state, sizes, { report, unchecked });
}

/** The text of a product of two dtypes, with or without a bias. */
function productText(m: ModuleScope, got: DType, wanted: DType, biased = m.bool('bias') !== false): string {
  return biased
    ? `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(got)} and ${scalarTypeName(wanted)}`
    : `expected m1 and m2 to have the same dtype, but got: ${cppTypeName(got)} != ${cppTypeName(wanted)}`;
}

interface Strictness {
  readonly report: (fault: FaultParts) => void;
  /** Sequences of one length go to a kernel that trusts what it is given. */
  readonly unchecked: boolean;
}

function checkLstmTypes(m: ModuleScope, packed: PackedArg, state: LstmState, unchecked: boolean): void {
  const wanted = m.tensor('weight_ih_l0')?.dtype;
  const projected = (m.known(m.dim('proj_size')) ?? 0) > 0;
  for (const [i, t] of state.tensors.entries()) {
    if (wanted === undefined || t.dtype === undefined || t.dtype === wanted) continue;
    // A cell state only meets element operations; what they make of it is multiplied at the next step or projected.
    if (i === 1 && (promote(t.dtype, wanted) === wanted || (!projected && !unchecked && (packed.sizes?.length ?? 1) < 2))) continue;
    m.fail({
      code: 'dtype-mismatch',
      message: `LSTM: state ${i} is ${t.dtype}, the weights are ${wanted}`,
      text: unchecked
        ? 'get_mkldnn_dtype: unsupported data type'
        : i === 1 && projected
          ? productText(m, t.dtype, wanted, false)
          : productText(m, t.dtype, wanted),
      origins: [t.origin],
    });
  }
}

function checkLstmState(m: ModuleScope, packed: PackedArg, state: LstmState, sizes: LayerSizes, { report, unchecked }: Strictness): void {
  checkLstmTypes(m, packed, state, unchecked);
  const [h, c] = state.sizes ?? [];
  if (h === undefined || c === undefined) return;
  const mismatch = (i: number, got: Dim, wanted: Dim, text: string | undefined): FaultParts => ({
    code: 'hidden-size-mismatch',
    message: `LSTM hidden[${i}]: ${m.spell(got)} where ${m.spell(wanted)} is expected`,
    text,
    origins: [got.origin, wanted.origin],
  });
  const check = (i: number, got: Dim, wanted: Dim, text: () => string | undefined): void => {
    const fault = (): FaultParts => mismatch(i, got, wanted, text());
    if (!unchecked) m.require(eq(got, wanted), fault);
    else if (m.facts.decide(eq(got, wanted)) === 'no') report(fault());
  };
  const layers = m.known(h[0] as Dim);
  const wantedLayers = m.known(sizes.states);
  const none = unchecked ? [h, c].findIndex((dims) => m.known(dims[0]) === 0) : -1;
  if (none >= 0) {
    const dims = [h, c][none] as readonly Dim[];
    const text = m.text`select(): index 0 out of range for tensor of size ${m.list(dims)} at dimension 0`;
    m.fail({ ...mismatch(none, dims[0] as Dim, sizes.states, text), exception: 'IndexError' });
  }
  check(0, h[0] as Dim, sizes.states, () =>
    layers !== undefined && wantedLayers !== undefined && (layers > wantedLayers || layers === 0)
      ? 'Expected more hidden states in stacked_rnn'
      : undefined,
  );
  const gates = mul(constant(4), sizes.hidden);
  check(0, h[2] as Dim, sizes.out, () => m.text`mat1 and mat2 shapes cannot be multiplied (${h[1]}x${h[2]} and ${sizes.out}x${gates})`);
  const batchText = (): string | undefined => {
    const got = m.known(h[1] as Dim);
    const wanted = m.known(packed.batch);
    const steps = packed.sizes?.length;
    if (got === undefined || wanted === undefined) return undefined;
    if (wanted !== 1) return `The size of tensor a (${got}) must match the size of tensor b (${wanted}) at non-singleton dimension 0`;
    return steps === undefined
      ? undefined
      : `Sizes of tensors must match except in dimension 1. Expected size ${steps * got} but got size ${steps} for tensor number 1 in the list.`;
  };
  const one = m.known(packed.batch) === 1 && m.bool('bidirectional') === false;
  if (one && m.known(h[1] as Dim) !== 1) m.warn(mismatch(0, h[1] as Dim, packed.batch, undefined));
  else check(0, h[1] as Dim, packed.batch, batchText);
  check(
    1,
    c[2] as Dim,
    sizes.hidden,
    () => m.text`The size of tensor a (${sizes.hidden}) must match the size of tensor b (${c[2]}) at non-singleton dimension 1`,
  );
  if (one) return;
  check(
    1,
    c[1] as Dim,
    packed.batch,
    () => m.text`The size of tensor a (${packed.batch}) must match the size of tensor b (${c[1]}) at non-singleton dimension 0`,
  );
}

function results(m: ModuleScope, packed: PackedArg, sizes: LayerSizes): Out {
  const dtype = packed.data.dtype ?? m.tensor('weight_ih_l0')?.dtype;
  const known = total(packed);
  const rows = known !== undefined ? constant(known) : (packed.data.size(0) ?? m.world.freshSize());
  const { role } = packed.data.payload;
  const order = packed.unsorted.kind === 'object' ? m.tensorOf(packed.unsorted, 'unsorted_indices') : undefined;
  requireSequences(m, m.known(packed.batch), order?.values?.toFlat());
  const batch = order?.size(0) ?? packed.batch;
  const data = tensorOut(shapeOf([rows, sizes.features]), dtype, role?.kind === 'packed-rows' ? { role } : {});
  const state = (size: Dim): Out =>
    tensorOut(shapeOf([sizes.states, batch, size]), dtype, {
      role: { kind: 'recurrent-state', layers: m.known(m.dim('num_layers')), bidirectional: m.bool('bidirectional') },
    });
  const output: Out = {
    out: 'tuple',
    items: [data, packed.batchSizes.object, packed.sorted, packed.unsorted],
    named: { name: 'PackedSequence', fields: PACKED_FIELDS, cls: m.state.classes.packed },
  };
  return tupleOut([output, sizes.kind === 'LSTM' ? tupleOut([state(sizes.out), state(sizes.hidden)]) : state(sizes.out)]);
}
