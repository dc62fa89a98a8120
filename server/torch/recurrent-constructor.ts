/**
 * Constructing nn.RNN, nn.LSTM and nn.GRU: the checks of RNNBase in its order, attributes, and parameters in the order in
 * which they are registered and drawn.
 */
import { gt, le, lt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { choose, constant, mul } from '../dims/dim.ts';
import { zeros } from '../kernels/array.ts';
import { initUniform, recurrentBound } from '../kernels/initialisation.ts';
import type { Value } from '../python/values.ts';
import type { Arguments } from './arguments.ts';
import type { Draw, ModuleScope } from './module-context.ts';

export type RecurrentKind = 'RNN' | 'LSTM' | 'GRU';

/** Blocks of rows in a weight: one for each gate. */
export const GATES: Readonly<Record<RecurrentKind, number>> = { RNN: 1, LSTM: 4, GRU: 3 };

/** More layers than this are not laid out one by one while checking. */
const MOST_LAYERS = 64;

const ZERO = constant(0);
const SIGNATURE_MODE: Readonly<Record<RecurrentKind, string>> = { RNN: 'RNN_TANH', LSTM: 'LSTM', GRU: 'GRU' };

interface RawCall {
  readonly args: readonly Value[];
  readonly kwargs: ReadonlyMap<string, Value>;
}

/** What `RNN.__init__`, `LSTM.__init__` and `GRU.__init__` do before they call RNNBase. */
export function adaptRecurrent(
  kind: RecurrentKind,
): (m: ModuleScope, args: readonly Value[], kwargs: ReadonlyMap<string, Value>) => RawCall {
  return (m, given, keywords) => {
    const args = [...given];
    const kwargs = new Map(keywords);
    if (kind !== 'LSTM' && kwargs.has('proj_size')) {
      invalid(m, 'ValueError', 'proj_size argument is only supported for LSTM, not RNN or GRU', '`proj_size` is for LSTM only');
    }
    let mode = SIGNATURE_MODE[kind];
    if (kind === 'RNN') {
      const chosen = args.length > 4 ? args.splice(4, 1)[0] : kwargs.get('nonlinearity');
      kwargs.delete('nonlinearity');
      const value = chosen === undefined ? m.interp.str('tanh') : m.interp.resolve(chosen);
      const name = m.interp.asString(value);
      if (name === 'relu') mode = 'RNN_RELU';
      else if (name !== 'tanh' && value.kind !== 'unknown' && value.kind !== 'choice' && !(value.kind === 'str' && name === undefined)) {
        const shown = name ?? m.interp.repr(value) ?? m.interp.typeName(value);
        invalid(
          m,
          'ValueError',
          `Unknown nonlinearity '${shown}'. Select from 'tanh' or 'relu'.`,
          `\`nonlinearity\` is ${shown}, not 'tanh' or 'relu'`,
        );
      }
      m.set('nonlinearity', value);
    }
    return { args: [args[0] as Value, m.interp.str(mode), ...args.slice(1)], kwargs };
  };
}

export const RNN_BASE_INIT =
  'def RNNBase.__init__(self, mode, input_size, hidden_size, num_layers=1, bias=True, batch_first=False, dropout=0.0, bidirectional=False, proj_size=0, device=None, dtype=None)';

function invalid(m: ModuleScope, exception: string, text: string | undefined, message: string): never {
  m.fail({ code: 'rnn-constructor', exception, text, message: `${m.name}: ${message}` });
}

const isOpen = (v: Value): boolean => v.kind === 'unknown' || v.kind === 'choice';

export function constructRecurrent(kind: RecurrentKind): (m: ModuleScope, a: Arguments) => void {
  return (m, a) => {
    const type = (name: string): string => m.interp.typeName(a.value(name));
    checkDropout(m, a);
    for (const name of ['bias', 'batch_first']) {
      const v = a.value(name);
      if (v.kind !== 'bool' && !isOpen(v))
        invalid(m, 'TypeError', `${name} should be of type bool, got: ${type(name)}`, `\`${name}\` is ${type(name)}, not bool`);
    }
    const input = positive(m, a, 'input_size');
    const hidden = positive(m, a, 'hidden_size');
    const layers = layersOf(m, a);
    const given = a.value('proj_size');
    if (['list', 'tuple', 'str', 'none', 'dict'].includes(given.kind)) {
      const text = `'<' not supported between instances of '${m.interp.typeName(given)}' and 'int'`;
      invalid(m, 'TypeError', text, `\`proj_size\` is ${m.interp.typeName(given)}, not int`);
    }
    const proj = sizeArgument(m, a, 'proj_size');
    m.require(le(ZERO, proj), () => ({
      code: 'rnn-constructor',
      exception: 'ValueError',
      message: `${m.name}: \`proj_size\` is ${m.spell(proj)}`,
      text: 'proj_size should be a positive integer or zero to disable projections',
    }));
    m.require(lt(proj, hidden), () => ({
      code: 'rnn-constructor',
      exception: 'ValueError',
      message: `${m.name}: \`proj_size\` is ${m.spell(proj)}, not less than \`hidden_size\`, ${m.spell(hidden)}`,
      text: 'proj_size has to be smaller than hidden_size',
      origins: [proj.origin, hidden.origin],
    }));
    if (type('num_layers') === 'float')
      invalid(m, 'TypeError', "'float' object cannot be interpreted as an integer", '`num_layers` is a float');
    m.set('mode', a.value('mode'));
    m.set('input_size', m.interp.int(input));
    m.set('hidden_size', m.interp.int(hidden));
    m.set('num_layers', m.interp.int(layers));
    m.set('bias', a.value('bias'));
    m.set('batch_first', a.value('batch_first'));
    m.set('dropout', floatOf(m, a.value('dropout')));
    m.set('bidirectional', m.interp.bool(a.cond('bidirectional')));
    m.set('proj_size', m.interp.int(proj));
    refuseBoolSizes(m, a, kind);
    registerWeights(m, a, kind, { input, hidden, layers, proj });
  };
}

function floatOf(m: ModuleScope, v: Value): Value {
  const n = m.interp.asNumber(v);
  return v.kind === 'unknown' ? v : m.interp.float(n);
}

function checkDropout(m: ModuleScope, a: Arguments): void {
  const v = a.value('dropout');
  if (isOpen(v)) return;
  const range = 'dropout should be a number in range [0, 1] representing the probability of an element being zeroed';
  const type = m.interp.typeName(v);
  if (v.kind === 'str') {
    if (v.value !== undefined && (v.value.trim() === '' || Number.isNaN(Number(v.value)))) {
      invalid(m, 'ValueError', `could not convert string to float: ${m.interp.repr(v)}`, '`dropout` is a string');
    }
    invalid(m, 'ValueError', range, '`dropout` is a string');
  }
  if (v.kind !== 'float' && v.kind !== 'int' && v.kind !== 'bool') {
    invalid(m, 'TypeError', `float() argument must be a string or a real number, not '${type}'`, `\`dropout\` is ${type}, not a number`);
  }
  const p = m.interp.asNumber(v);
  if (v.kind === 'bool' || (p !== undefined && (p < 0 || p > 1))) invalid(m, 'ValueError', range, `\`dropout\` is ${p}, not a probability`);
  const layers = m.interp.asInt(a.value('num_layers'));
  if (p !== undefined && p > 0 && layers === 1) {
    m.warn({
      code: 'rnn-dropout-single-layer',
      exception: 'UserWarning',
      message: `${m.name}: dropout=${m.interp.repr(v)} acts between layers, but there is one`,
      text: `dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater than 1, but got dropout=${m.interp.repr(v)} and num_layers=1`,
    });
  }
}

function sizeArgument(m: ModuleScope, a: Arguments, name: string): Dim {
  const dim = m.dimOf(m.named(a.value(name), name), name);
  return dim;
}

/** A size that must be an int greater than zero. */
function positive(m: ModuleScope, a: Arguments, name: 'input_size' | 'hidden_size'): Dim {
  const v = a.value(name);
  if (v.kind !== 'int' && v.kind !== 'bool' && !isOpen(v)) {
    const type = m.interp.typeName(v);
    invalid(m, 'TypeError', `${name} should be of type int, got: ${type}`, `\`${name}\` is ${type}, not int`);
  }
  const dim = sizeArgument(m, a, name);
  m.require(gt(dim, ZERO), () => ({
    code: 'rnn-constructor',
    exception: 'ValueError',
    message: `${m.name}: \`${name}\` is ${m.spell(dim)}`,
    text: `${name} must be greater than zero`,
    origins: [dim.origin],
  }));
  return dim;
}

function layersOf(m: ModuleScope, a: Arguments): Dim {
  const v = a.value('num_layers');
  if (v.kind !== 'int' && v.kind !== 'bool' && v.kind !== 'float' && !isOpen(v)) {
    const type = m.interp.typeName(v);
    invalid(m, 'TypeError', `'<=' not supported between instances of '${type}' and 'int'`, `\`num_layers\` is ${type}, not int`);
  }
  const n = v.kind === 'float' ? constant(Math.floor(v.value ?? 1)) : sizeArgument(m, a, 'num_layers');
  const zero = v.kind === 'float' ? (v.value ?? 1) <= 0 : undefined;
  const fault = () => ({
    code: 'rnn-constructor',
    exception: 'ValueError',
    message: `${m.name}: \`num_layers\` is ${m.spell(n)}`,
    text: 'num_layers must be greater than zero',
    origins: [n.origin],
  });
  if (zero === true) m.fail(fault());
  if (zero === undefined) m.require(gt(n, ZERO), fault);
  return n;
}

/** True is an int to the checks, but as the first size not to torch.empty. */
function refuseBoolSizes(m: ModuleScope, a: Arguments, kind: RecurrentKind): void {
  if (kind !== 'RNN' || a.value('hidden_size').kind !== 'bool') return;
  const text = "empty(): argument 'size' (position 1) must be tuple of ints, but found element of type bool at pos 0";
  invalid(m, 'TypeError', text, 'a size is a bool, not an int');
}

interface Sizes {
  readonly input: Dim;
  readonly hidden: Dim;
  readonly layers: Dim;
  readonly proj: Dim;
}

/** `hidden_size`, or `proj_size` where there is a projection. */
export function outputSize(hidden: Dim, proj: Dim): Dim {
  return choose(gt(proj, ZERO), proj, hidden);
}

function registerWeights(m: ModuleScope, a: Arguments, kind: RecurrentKind, { input, hidden, layers, proj }: Sizes): void {
  const dtype = m.dtypeArgument(a.value('dtype'));
  const rows = mul(constant(GATES[kind]), hidden);
  const out = outputSize(hidden, proj);
  const projected = m.facts.decide(gt(proj, ZERO));
  const both = m.facts.decide(a.cond('bidirectional'));
  const directions = choose(a.cond('bidirectional'), constant(2), constant(1));
  const biased = m.facts.decide(a.cond('bias'));
  const count = Math.min(m.known(layers) ?? 1, m.interp.mode === 'run' ? Number.POSITIVE_INFINITY : MOST_LAYERS);
  const draw: Draw = (shape, type) => {
    const bound = recurrentBound(m.known(hidden) ?? 0);
    return initUniform(zeros(shape, type), m.state.generator, -bound, bound);
  };
  for (let layer = 0; layer < count; layer++) {
    for (const suffix of both === 'no' ? [''] : ['', '_reverse']) {
      const inner = layer === 0 ? input : mul(out, directions);
      const name = (part: string): string => `${part}_l${layer}${suffix}`;
      m.parameter(name('weight_ih'), [rows, inner], dtype, draw);
      m.parameter(name('weight_hh'), [rows, out], dtype, draw);
      if (biased !== 'no') {
        m.parameter(name('bias_ih'), [rows], dtype, draw);
        m.parameter(name('bias_hh'), [rows], dtype, draw);
      }
      if (projected === 'yes') m.parameter(name('weight_hr'), [proj, hidden], dtype, draw);
    }
  }
}

/** `4, 5, num_layers=2, batch_first=True`: what differs from the defaults. */
export function describeRecurrent(m: ModuleScope): string {
  const { interp } = m;
  const shown = [interp.repr(m.attr('input_size')), interp.repr(m.attr('hidden_size'))].map((t) => t ?? '?');
  const add = (name: string, usual: number | boolean): void => {
    const v = m.attr(name);
    const n = interp.asNumber(v);
    if (n !== undefined && n !== Number(usual)) shown.push(`${name}=${interp.repr(v)}`);
  };
  add('proj_size', 0);
  add('num_layers', 1);
  const bias = m.attr('bias');
  if (bias.kind === 'bool' && interp.decide(bias.cond) === 'no') shown.push('bias=False');
  add('batch_first', false);
  add('dropout', 0);
  add('bidirectional', false);
  return shown.join(', ');
}
