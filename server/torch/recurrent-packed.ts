/**
 * nn.RNN, nn.LSTM and nn.GRU on packed sequences. RNN and GRU check what they are given; LSTM does not, so what is wrong
 * shows in its kernels' errors, or not at all: with sequences of one length it computes garbage, which is worth a warning.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul } from '../dims/dim.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
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
import { requireDtype, requireInputSize, requireState } from './recurrent.ts';
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
  const state = hx.kind === 'none' || hx.kind === 'unknown' ? undefined : m.tensorOf(hx, 'hx');
  if (state !== undefined && packed.sorted.kind !== 'none') requirePermutable(m, state, packed);
  requireDtype(m, data);
  m.requireRank(data.shape, [2], (d) => ({
    code: 'rnn-input-rank',
    message: `${m.name} input: the packed data is ${m.spell(data.shape)}, expected 2 dimensions`,
    text: `input must have 2 dimensions, got ${d}`,
    origins: [data.origin],
  }));
  requireInputSize(m, data, sizes);
  const got = state?.dims;
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
}

/** `hx.index_select(1, sorted_indices)` */
function requirePermutable(m: ModuleScope, state: TensorArg, packed: PackedArg): void {
  const dims = state.dims;
  const order = payloadOf(packed.sorted)?.values?.toFlat();
  if (dims === undefined) return;
  if (dims.length < 2) {
    m.fail({
      code: 'hidden-rank-mismatch',
      exception: 'IndexError',
      message: `${m.name}: the state is ${m.spell(state.shape)}`,
      text: `Dimension out of range (expected to be in range of [${-Math.max(1, dims.length)}, ${Math.max(1, dims.length) - 1}], but got 1)`,
    });
  }
  const batch = m.known(dims[1]);
  const beyond = batch === undefined ? undefined : order?.find((i) => i >= batch);
  if (beyond === undefined) return;
  m.fail({
    code: 'hidden-size-mismatch',
    message: `${m.name}: the state is for ${batch} sequences, there are ${order?.length}`,
    text: `INDICES element is out of DATA bounds, id=${beyond} axis_dim=${batch}`,
    origins: [state.origin],
  });
}

function requireStateDtype(m: ModuleScope, data: TensorArg, state: TensorArg): void {
  if (data.dtype === undefined || state.dtype === undefined || data.dtype === state.dtype) return;
  m.fail({
    code: 'dtype-mismatch',
    message: `${m.name}: the state is ${state.dtype}, the input ${data.dtype}`,
    text:
      m.bool('bias') === false
        ? `expected m1 and m2 to have the same dtype, but got: ${cppTypeName(state.dtype)} != ${cppTypeName(data.dtype)}`
        : `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(state.dtype)} and ${scalarTypeName(data.dtype)}`,
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

function checkLstm(m: ModuleScope, packed: PackedArg, hx: Value, sizes: LayerSizes): void {
  const { data, batch } = packed;
  const dims = data.dims;
  const uniform = packed.sizes === undefined ? undefined : packed.sizes.every((n) => n === packed.sizes?.[0]);
  const dtype = m.tensor('weight_ih_l0')?.dtype;
  const unchecked =
    uniform === true && m.known(m.dim('proj_size')) === 0 && dtype === 'float32' && (data.dtype === undefined || data.dtype === 'float32');
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
      text:
        m.bool('bias') === false
          ? `expected m1 and m2 to have the same dtype, but got: ${cppTypeName(data.dtype)} != ${cppTypeName(dtype)}`
          : `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(data.dtype)} and ${scalarTypeName(dtype)}`,
      origins: [data.origin],
    });
  }
  const last = data.size(-1);
  const gates = mul(constant(4), sizes.hidden);
  if (last !== undefined) {
    const fault = (): FaultParts => ({
      code: 'rnn-input-size',
      message: `LSTM input: last size is ${m.spell(last)}, \`input_size\` is ${m.spell(sizes.input)}`,
      text: m.text`mat1 and mat2 shapes cannot be multiplied (${dims?.length === 2 ? dims[0] : undefined}x${last} and ${sizes.input}x${gates})`,
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
  checkLstmState(m, packed, hx, sizes, report, unchecked);
}

function checkLstmState(
  m: ModuleScope,
  packed: PackedArg,
  hx: Value,
  sizes: LayerSizes,
  report: (fault: FaultParts) => void,
  unchecked: boolean,
): void {
  if (hx.kind === 'none' || hx.kind === 'unknown') return;
  const given = hx.kind === 'tuple' || hx.kind === 'list' ? m.interp.content(hx) : undefined;
  if (given === undefined) {
    m.fail({
      code: 'hidden-state-kind',
      exception: 'TypeError',
      message: `LSTM: the state is ${m.interp.typeName(hx)}; with packed input it must be a tuple (h, c)`,
    });
  }
  if (given.rest !== undefined) return;
  if (given.items.length !== 2) {
    m.fail({
      code: 'hidden-state-kind',
      message: `LSTM: the state has ${given.items.length} tensors, expected 2`,
      text: 'lstm expects two hidden states',
    });
  }
  const states = given.items.map((v) => m.tensorOf(v, 'hx'));
  const ranks = states.map((t) => t.rank);
  if (ranks.some((r) => r !== undefined && r !== 3)) {
    const [h] = states as [TensorArg];
    m.fail({
      code: 'hidden-rank-mismatch',
      exception: 'IndexError',
      message: `LSTM: the state is ${m.spell(h.shape)}, expected 3 dimensions`,
      text: ranks[0] === 2 ? 'Dimension out of range (expected to be in range of [-2, 1], but got 2)' : undefined,
      origins: [h.origin],
    });
  }
  const [h, c] = states.map((t) => t.dims) as [readonly Dim[] | undefined, readonly Dim[] | undefined];
  if (h === undefined || c === undefined) return;
  const mismatch = (i: number, got: Dim, wanted: Dim, text: string | undefined): FaultParts => ({
    code: 'hidden-size-mismatch',
    message: `LSTM hidden[${i}]: ${m.spell(got)} where ${m.spell(wanted)} is expected`,
    text,
    origins: [got.origin, wanted.origin],
  });
  const check = (got: Dim, wanted: Dim, fault: () => FaultParts): void => {
    if (!unchecked) m.require(eq(got, wanted), fault);
    else if (m.facts.decide(eq(got, wanted)) === 'no') report(fault());
  };
  const layers = m.known(h[0] as Dim);
  const wantedLayers = m.known(sizes.states);
  check(h[0] as Dim, sizes.states, () =>
    mismatch(
      0,
      h[0] as Dim,
      sizes.states,
      layers !== undefined && wantedLayers !== undefined && layers > wantedLayers
        ? 'Expected more hidden states in stacked_rnn'
        : undefined,
    ),
  );
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
  else check(h[1] as Dim, packed.batch, () => mismatch(0, h[1] as Dim, packed.batch, batchText()));
  check(h[2] as Dim, sizes.out, () => mismatch(0, h[2] as Dim, sizes.out, undefined));
  check(c[2] as Dim, sizes.hidden, () =>
    mismatch(1, c[2] as Dim, sizes.hidden, m.known(h[2]) === m.known(c[2]) ? undefined : 'got an incorrect number of RNN parameters'),
  );
}

function results(m: ModuleScope, packed: PackedArg, sizes: LayerSizes): Out {
  const dtype = packed.data.dtype ?? m.tensor('weight_ih_l0')?.dtype;
  const known = total(packed);
  const rows = known !== undefined ? constant(known) : (packed.data.size(0) ?? m.world.freshSize());
  const { role } = packed.data.payload;
  const data = tensorOut(shapeOf([rows, sizes.features]), dtype, role?.kind === 'packed-rows' ? { role } : {});
  const state = (size: Dim): Out =>
    tensorOut(shapeOf([sizes.states, packed.batch, size]), dtype, {
      role: { kind: 'recurrent-state', layers: m.known(m.dim('num_layers')), bidirectional: m.bool('bidirectional') },
    });
  const output: Out = {
    out: 'tuple',
    items: [data, packed.batchSizes.object, packed.sorted, packed.unsorted],
    named: { name: 'PackedSequence', fields: PACKED_FIELDS, cls: m.state.classes.packed },
  };
  return tupleOut([output, sizes.kind === 'LSTM' ? tupleOut([state(sizes.out), state(sizes.hidden)]) : state(sizes.out)]);
}
