/**
 * nn.RNNCell, nn.LSTMCell, nn.GRUCell: one step. They validate little when made and everything when called.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, mul } from '../dims/dim.ts';
import type { NdArray } from '../kernels/array.ts';
import { zeros } from '../kernels/array.ts';
import { promote, scalarTypeName } from '../kernels/dtype.ts';
import { initUniform, recurrentBound } from '../kernels/initialisation.ts';
import { gruCell, lstmCell, rnnCell } from '../kernels/recurrent-cell.ts';
import { squeeze, unsqueeze } from '../kernels/views.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { concatenate, shapeOf } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf } from './arguments.ts';
import { requireDevice } from './device.ts';
import { cppTypeName } from './dtype-names.ts';
import type { ModuleEntry, Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';
import { leading } from './linear.ts';
import type { Draw, ModuleScope } from './module-context.ts';
import { refuseComplexRelu } from './recurrent.ts';
import { emptySizes } from './sizes.ts';
import { payloadOf } from './tensor.ts';

type CellKind = 'RNNCell' | 'LSTMCell' | 'GRUCell';

const GATES: Readonly<Record<CellKind, number>> = { RNNCell: 1, LSTMCell: 4, GRUCell: 3 };
const ONE = constant(1);

/** `gates * hidden_size` as Python multiplies. */
function rowsValue(m: ModuleScope, kind: CellKind, hidden: Value): Value {
  const n = GATES[kind];
  switch (hidden.kind) {
    case 'int':
    case 'bool':
    case 'unknown':
    case 'choice':
      return m.interp.int(mul(constant(n), m.dimOf(hidden, 'hidden_size')));
    case 'none':
      return m.fail({
        code: 'rnn-constructor',
        exception: 'TypeError',
        message: `${kind}: \`hidden_size\` is None`,
        text: "unsupported operand type(s) for *: 'int' and 'NoneType'",
      });
    default:
      return hidden;
  }
}

function construct(kind: CellKind): (m: ModuleScope, a: Arguments) => void {
  return (m, a) => {
    const [input, hidden] = [m.named(a.value('input_size'), 'input_size'), m.named(a.value('hidden_size'), 'hidden_size')];
    requireDevice(m, a.value('device'));
    const rows = rowsValue(m, kind, m.interp.resolve(hidden));
    const [height, width] = emptySizes(m, [rows, input]) as [Dim, Dim];
    const size = m.dimOf(hidden, 'hidden_size');
    m.set('input_size', m.interp.int(width));
    m.set('hidden_size', m.interp.int(size));
    m.set('bias', a.value('bias'));
    if (kind === 'RNNCell') m.set('nonlinearity', a.value('nonlinearity'));
    const dtype = m.dtypeArgument(a.value('dtype'));
    const draw: Draw = (shape, type) => {
      const bound = recurrentBound(m.known(size) ?? 0);
      return initUniform(zeros(shape, type), m.state.generator, -bound, bound);
    };
    m.parameter('weight_ih', [height, width], dtype, draw);
    m.parameter('weight_hh', [height, size], dtype, draw);
    for (const name of ['bias_ih', 'bias_hh']) {
      if (a.bool('bias') === false) m.noParameter(name);
      else m.parameter(name, [height], dtype, draw);
    }
  };
}

interface Cell {
  readonly kind: CellKind;
  readonly input: TensorArg;
  readonly states: readonly TensorArg[] | undefined;
  readonly batched: boolean | undefined;
}

function forward(kind: CellKind): (m: ModuleScope, a: Arguments) => Out {
  return (m, a) => {
    const x = a.tensor('input');
    const rank = m.requireRank(x.shape, [1, 2], (d) => ({
      code: 'rnn-input-rank',
      exception: 'ValueError',
      message: `${kind} input: ${m.spell(x.shape)} has ${d} dimensions, expected 1 or 2`,
      text: `${kind}: Expected input to be 1D or 2D, got ${d}D instead`,
      origins: [x.origin],
    }));
    let batched = rank === undefined ? undefined : rank === 2;
    const states = statesOf(m, a.value('hx'), kind, batched);
    const given = states?.[0]?.rank;
    if (batched === undefined && given !== undefined) {
      // Only an input of the state's rank goes through.
      m.world.requireRank(x.shape, given);
      batched = given === 2;
    }
    const cell: Cell = { kind, input: x, states, batched };
    checkNonlinearity(m, kind);
    checkSizes(m, cell);
    checkTypes(m, cell);
    if (kind === 'RNNCell' && m.interp.asString(m.attr('nonlinearity')) === 'relu') refuseComplexRelu(m);
    return results(m, cell);
  };
}

/** The states given; undefined for None and where nothing is known. */
function statesOf(m: ModuleScope, hx: Value, kind: CellKind, batched: boolean | undefined): readonly TensorArg[] | undefined {
  if (hx.kind === 'none' || hx.kind === 'unknown' || hx.kind === 'choice') return undefined;
  if (kind !== 'LSTMCell') {
    const h = m.tensorOf(hx, 'hx');
    requireStateRank(m, h, 'hidden', kind);
    return [h];
  }
  if (payloadOf(hx) !== undefined) return loneState(m, m.tensorOf(hx, 'hx'), batched);
  const content = m.interp.content(hx);
  if (content === undefined || content.rest !== undefined) return undefined;
  const states = content.items.map((v) => m.tensorOf(v, 'hx'));
  for (const [i, state] of states.entries()) requireStateRank(m, state, `hx[${i}]`, kind);
  if (states.length !== 2) {
    if (batched === false && states.length > 2) return states.slice(0, 2);
    m.fail({
      code: 'hidden-state-kind',
      exception: batched === false ? 'IndexError' : 'RuntimeError',
      message: `LSTMCell: the state has ${states.length} tensors, expected 2`,
      text: batched === false ? 'tuple index out of range' : 'lstm_cell expects two hidden states',
    });
  }
  return states;
}

/** A lone tensor is looked at row by row before the native function refuses it. */
function loneState(m: ModuleScope, h: TensorArg, batched: boolean | undefined): readonly TensorArg[] | undefined {
  const dims = h.dims;
  const kind = {
    code: 'hidden-state-kind',
    message: `LSTMCell: the state is one tensor ${m.spell(h.shape)}, not a pair (h, c)`,
    origins: [h.origin],
  };
  if (dims !== undefined) {
    const rowRank = dims.length - 1;
    if (dims.length === 0) m.fail({ ...kind, exception: 'TypeError', text: 'iteration over a 0-d tensor' });
    if (rowRank !== 1 && rowRank !== 2 && m.known(dims[0]) !== 0) {
      m.fail({ ...kind, exception: 'ValueError', text: `LSTMCell: Expected hx[0] to be 1D or 2D, got ${rowRank}D instead` });
    }
  }
  if (batched === false) {
    const first = m.known(dims?.[0]);
    if (first !== undefined && first < 2)
      m.fail({ ...kind, exception: 'IndexError', text: `index ${first} is out of bounds for dimension 0 with size ${first}` });
    if (dims === undefined) return undefined;
    const row = (): TensorArg => m.tensorOf(m.tensorLike(h, shapeOf(dims.slice(1))), 'hx');
    return [row(), row()];
  }
  return m.fail({ ...kind, exception: 'TypeError', text: "lstm_cell(): argument 'hx' (position 2) must be tuple of Tensors, not Tensor" });
}

function requireStateRank(m: ModuleScope, state: TensorArg, label: string, kind: CellKind): void {
  m.requireRank(state.shape, [1, 2], (d) => ({
    code: 'hidden-rank-mismatch',
    exception: 'ValueError',
    message: `${kind}: the state is ${m.spell(state.shape)}, expected 1 or 2 dimensions`,
    text: `${kind}: Expected ${label} to be 1D or 2D, got ${d}D instead`,
    origins: [state.origin],
  }));
}

function checkNonlinearity(m: ModuleScope, kind: CellKind): void {
  if (kind !== 'RNNCell') return;
  const value = m.attr('nonlinearity');
  const name = m.interp.asString(value);
  const open = value.kind === 'unknown' || value.kind === 'choice' || (value.kind === 'str' && name === undefined);
  if (open || name === 'tanh' || name === 'relu') return;
  const shown = name ?? m.interp.repr(value) ?? m.interp.typeName(value);
  m.fail({
    code: 'rnn-constructor',
    message: `RNNCell: \`nonlinearity\` is ${name === undefined ? shown : `'${name}'`}, not 'tanh' or 'relu'`,
    text: `Unknown nonlinearity: ${shown}`,
  });
}

function checkSizes(m: ModuleScope, cell: Cell): void {
  const { input: x, batched } = cell;
  const wanted = m.dim('input_size');
  const last = x.size(-1);
  if (last !== undefined) {
    m.require(eq(last, wanted), () => ({
      code: 'rnn-input-size',
      message: `${cell.kind} input: last size is ${m.spell(last)}, \`input_size\` is ${m.spell(wanted)}`,
      text: m.text`input has inconsistent input_size: got ${last} expected ${wanted}`,
      origins: [last.origin ?? x.origin, wanted.origin],
      sizes: { got: last, wanted },
    }));
  }
  if (batched === undefined || cell.states === undefined) return;
  const batch = batched ? x.size(0) : ONE;
  for (const [i, state] of cell.states.entries()) checkState(m, cell, state, i, batch);
  for (const [i, state] of cell.states.entries()) checkFlat(m, cell, state, i);
}

function checkState(m: ModuleScope, cell: Cell, state: TensorArg, i: number, batch: Dim | undefined): void {
  const own = state.dims;
  if (own === undefined || batch === undefined) return;
  // An unbatched input makes the state one rank higher, whatever its rank was.
  const dims = cell.batched === true ? own : [ONE, ...own];
  const hidden = m.dim('hidden_size');
  const first = dims[0] as Dim;
  m.require(eq(batch, first), () => ({
    code: 'hidden-size-mismatch',
    message: `${cell.kind}: the input has batch size ${m.spell(batch)}, state ${i} has ${m.spell(first)}`,
    text: m.text`Input batch size ${batch} doesn't match hidden${i} batch size ${first}`,
    origins: [batch.origin ?? cell.input.origin, first.origin ?? state.origin],
  }));
  const size = dims[1];
  if (size === undefined) {
    m.fail({
      code: 'hidden-rank-mismatch',
      exception: 'IndexError',
      message: `${cell.kind}: the input is batched, the state ${m.spell(state.shape)} is not`,
      text: 'Dimension out of range (expected to be in range of [-1, 0], but got 1)',
      origins: [state.origin],
    });
  }
  m.require(eq(size, hidden), () => ({
    code: 'hidden-size-mismatch',
    message: `${cell.kind}: state ${i} has size ${m.spell(size)}, \`hidden_size\` is ${m.spell(hidden)}`,
    text: m.text`hidden${i} has inconsistent hidden_size: got ${size}, expected ${hidden}`,
    origins: [size.origin ?? state.origin, hidden.origin],
  }));
}

/** A batched state of an unbatched input passes the checks as a 3-D one and reads beyond it, or fails in a product of flattened rows. */
function checkFlat(m: ModuleScope, cell: Cell, state: TensorArg, i: number): void {
  const own = state.dims;
  if (own === undefined || own.length < 2 || cell.batched === true) return;
  const dims = [ONE, ...own];
  const hidden = m.dim('hidden_size');
  if (cell.kind === 'LSTMCell' && i === 1) {
    requireBroadcast(m, state, dims[2] as Dim, hidden);
    return;
  }
  m.fail({
    code: 'hidden-rank-mismatch',
    message: `${cell.kind}: the input is unbatched, the state ${m.spell(state.shape)} is not`,
    text: flatText(m, cell, dims, hidden),
    origins: [state.origin],
  });
}

/** A cell state meets element operations only, so one of higher rank may go through. */
function requireBroadcast(m: ModuleScope, state: TensorArg, last: Dim, hidden: Dim): void {
  const [got, wanted] = [m.known(last), m.known(hidden)];
  if (got === undefined || wanted === undefined || got === wanted || got === 1 || wanted === 1) return;
  m.fail({
    code: 'hidden-rank-mismatch',
    message: `LSTMCell: the input is unbatched, the state ${m.spell(state.shape)} is not`,
    text: `The size of tensor a (${wanted}) must match the size of tensor b (${got}) at non-singleton dimension 2`,
    origins: [state.origin],
  });
}

/** The results' shape, which a cell state of higher rank makes its own. */
function resultShape(m: ModuleScope, cell: Cell, hidden: Dim): Shape {
  const wide = cell.batched === false ? cell.states?.[1]?.dims : undefined;
  if (wide === undefined || wide.length < 2) return concatenate(leading(cell.input.shape), shapeOf([hidden]));
  return shapeOf([wide[0] as Dim, m.known(wide[1]) === 1 ? hidden : (wide[1] as Dim)]);
}

function flatText(m: ModuleScope, cell: Cell, dims: readonly Dim[], hidden: Dim): string | undefined {
  const last = dims[2] as Dim;
  // A state of the right last size reaches the element operations, except in a cell of size 1, where PyTorch crashes.
  if (m.facts.decide(eq(last, hidden)) === 'yes') {
    const gates = mul(constant(GATES[cell.kind]), hidden);
    if (cell.kind === 'RNNCell' || m.known(hidden) === 1) return undefined;
    return m.text`The size of tensor a (${gates}) must match the size of tensor b (${hidden}) at non-singleton dimension 2`;
  }
  return m.text`mat1 and mat2 shapes cannot be multiplied (${mul(dims[0] as Dim, dims[1] as Dim)}x${last} and ${hidden}x${mul(constant(GATES[cell.kind]), hidden)})`;
}

/** The input meets the weights first, then the states do. */
function checkTypes(m: ModuleScope, cell: Cell): void {
  const wanted = m.tensor('weight_ih')?.dtype;
  if (wanted === undefined) return;
  for (const t of [cell.input, ...(cell.states?.slice(0, 1) ?? [])]) {
    if (t.dtype === undefined || t.dtype === wanted) continue;
    m.fail({
      code: 'dtype-mismatch',
      message: `${cell.kind}: \`${t.name}\` is ${t.dtype}, the weights are ${wanted}`,
      text:
        m.bool('bias') === false
          ? `expected m1 and m2 to have the same dtype, but got: ${cppTypeName(t.dtype)} != ${cppTypeName(wanted)}`
          : `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(t.dtype)} and ${scalarTypeName(wanted)}`,
      origins: [t.origin],
    });
  }
}

function results(m: ModuleScope, cell: Cell): Out {
  const hidden = m.dim('hidden_size');
  const own = m.tensor('weight_ih')?.dtype ?? cell.input.dtype;
  // A cell state of another type is not refused; the results take the wider one.
  const state = cell.states?.[1]?.dtype;
  const dtype = own === undefined || cell.states?.[1] === undefined ? own : state === undefined ? undefined : promote(own, state);
  const shape = resultShape(m, cell, hidden);
  const one = (): Out => tensorOut(shape, dtype);
  return cell.kind === 'LSTMCell' ? tupleOut([one(), one()]) : one();
}

function kernel(kind: CellKind): (k: KernelArguments, m: ModuleScope) => NdArray | readonly NdArray[] {
  return (k, m) => {
    const input = k.array('input');
    const batched = input.rank === 2;
    const x = batched ? input : unsqueeze(input, 0);
    const hx = k.value('hx');
    const weight = (name: string): NdArray => arrayOf(m.attr(name));
    const bias = (name: string): NdArray | undefined => (m.attr(name).kind === 'none' ? undefined : weight(name));
    const p = {
      weightIh: weight('weight_ih'),
      weightHh: weight('weight_hh'),
      biasIh: bias('bias_ih'),
      biasHh: bias('bias_hh'),
      weightHr: undefined,
    };
    const size = p.weightHh.shape[1] as number;
    const start = (): NdArray => zeros([x.shape[0] as number, size], x.dtype);
    const state = (v: Value): NdArray => (batched ? arrayOf(v) : unsqueeze(arrayOf(v), 0));
    const finish = (a: NdArray): NdArray => (batched ? a : squeeze(a, 0));
    if (kind === 'LSTMCell') {
      const given = hx.kind === 'none' ? [] : (m.interp.content(hx)?.items ?? []).map((v) => state(m.interp.resolve(v)));
      const { hidden, cell } = lstmCell(x, given[0] ?? start(), given[1] ?? start(), p);
      return [finish(hidden), finish(cell)];
    }
    const h = hx.kind === 'none' ? start() : state(hx);
    if (kind === 'GRUCell') return finish(gruCell(x, h, p));
    return finish(rnnCell(x, h, p, m.interp.asString(m.attr('nonlinearity')) === 'relu' ? 'relu' : 'tanh'));
  };
}

const cell = (kind: CellKind): ModuleEntry => ({
  name: `nn.${kind}`,
  base: 'nn.RNNCellBase',
  init: `def ${kind}.__init__(self, input_size, hidden_size, bias=True${kind === 'RNNCell' ? ", nonlinearity='tanh'" : ''}, device=None, dtype=None)`,
  construct: construct(kind),
  forward: `def ${kind}.forward(self, input, hx=None)`,
  shape:
    kind === 'LSTMCell'
      ? '(N?, input_size), (N?, hidden_size)?, (N?, hidden_size)? -> (N?, hidden_size), (N?, hidden_size)'
      : '(N?, input_size), (N?, hidden_size)? -> (N?, hidden_size)',
  call: forward(kind),
  kernel: kernel(kind),
  samples: [`nn.${kind}(4, 5)(torch.randn(3, 4))`, `nn.${kind}(4, 5, bias=False)(torch.randn(4))`],
  errors: [
    [`nn.${kind}(4, 5)(torch.randn(3, 6))`, 'rnn-input-size'],
    [`nn.${kind}(4, 5)(torch.randn(2, 3, 4))`, 'rnn-input-rank'],
    [`nn.${kind}(4, -5)`, 'negative-size'],
  ],
  doc: `nn.${kind}`,
});

const base: ModuleEntry = {
  name: 'nn.RNNCellBase',
  shape: '(N?, input_size) -> (N?, hidden_size)',
  extraRepr: (m) => {
    const shown = [m.interp.repr(m.attr('input_size')), m.interp.repr(m.attr('hidden_size'))].map((t) => t ?? '?');
    const bias = m.attr('bias');
    if (bias.kind !== 'bool' || m.interp.decide(bias.cond) === 'no') shown.push(`bias=${m.interp.repr(bias)}`);
    const nonlinearity = m.self.attrs.get('nonlinearity');
    const name = nonlinearity === undefined ? 'tanh' : m.interp.asString(nonlinearity);
    if (name !== undefined && name !== 'tanh') shown.push(`nonlinearity=${name}`);
    return shown.join(', ');
  },
  samples: [],
  doc: 'nn.RNNCell',
};

export const RECURRENT_CELLS: readonly ModuleEntry[] = [base, cell('RNNCell'), cell('LSTMCell'), cell('GRUCell')];
