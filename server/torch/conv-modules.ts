/**
 * Convolution layers: Conv1d to Conv3d, their transposed and their lazy forms. What they compute stands in `convolution.ts`.
 */
import { eq, gt } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant, floorDiv, mod, mul, sub } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Value } from '../python/values.ts';
import { product } from '../shapes/shape.ts';
import { apply } from './apply.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import { convOp } from './convolution.ts';
import type { ModuleEntry } from './entry.ts';
import { drawBias, drawWeight } from './linear.ts';
import { ModuleScope } from './module-context.ts';
import { repeated, shown } from './module-options.ts';
import { padOp } from './padding.ts';
import { requireOperands } from './python-operand.ts';
import { emptySizes } from './sizes.ts';
import { sequenceContent } from './types.ts';

const zero = constant(0);

function raise(m: ModuleScope, message: string, text: string | undefined, code = 'conv-argument'): never {
  return m.fail({ code, exception: 'ValueError', message: `${m.name}: ${message}`, text });
}

/** Groups divide both numbers of channels. */
function requireGroups(m: ModuleScope, groups: Value, channels: readonly (readonly [string, Value])[]): void {
  requireOperands(m, '<=', groups, m.interp.int(0));
  for (const [, value] of channels) requireOperands(m, '%', value, groups);
  requireWhole(m, groups, channels);
  const g = m.interp.asDim(groups);
  if (g === undefined) return;
  m.require(gt(g, zero), () => ({
    code: 'conv-argument',
    exception: 'ValueError',
    message: `${m.name}: \`groups\` is ${m.spell(g)}`,
    text: 'groups must be a positive integer',
    origins: [g.origin],
  }));
  for (const [name, value] of channels) {
    const c = m.interp.asDim(value);
    if (c === undefined) continue;
    m.require(eq(mod(c, g), zero), () => ({
      code: 'conv-channels',
      exception: 'ValueError',
      message: `${m.name}: \`${name}\` ${m.spell(c)} does not divide into ${m.spell(g)} groups`,
      text: `${name} must be divisible by groups`,
      origins: [c.origin, g.origin],
    }));
  }
}

/** Channels or groups written as floats must still divide. */
function requireWhole(m: ModuleScope, groups: Value, channels: readonly (readonly [string, Value])[]): void {
  const by = m.interp.asNumber(groups);
  for (const [name, value] of channels) {
    if (groups.kind !== 'float' && value.kind !== 'float') continue;
    const count = m.interp.asNumber(value);
    if (by === undefined || count === undefined || by <= 0 || count % by === 0) continue;
    raise(m, `\`${name}\` ${count} does not divide into ${by} groups`, `${name} must be divisible by groups`, 'conv-channels');
  }
}

const WORDS: readonly string[] = ['same', 'valid'];
const MODES: readonly string[] = ['zeros', 'reflect', 'replicate', 'circular'];

function requirePadding(m: ModuleScope, padding: Value, stride: Value, mode: Value): void {
  const word = m.interp.asString(padding);
  if (word !== undefined) {
    if (!WORDS.includes(word)) {
      raise(m, `there is no padding '${word}'`, `Invalid padding string '${word}', should be one of {'same', 'valid'}`);
    }
    const steps = m.dimsOfValue(stride, 'stride');
    if (word === 'same' && steps?.some((s) => (m.known(s) ?? 1) !== 1) === true) {
      raise(m, "padding='same' goes with a stride of 1 only", "padding='same' is not supported for strided convolutions");
    }
  }
  const name = m.interp.asString(mode);
  if (name === undefined || MODES.includes(name)) return;
  raise(
    m,
    `there is no padding mode '${name}'`,
    `padding_mode must be one of {'circular', 'reflect', 'replicate', 'zeros'}, but got padding_mode='${name}'`,
  );
}

interface Form {
  readonly n: 1 | 2 | 3;
  readonly flipped: boolean;
}

/** Options in the order of the constructor, which differs between the two kinds. */
const OPTIONS = (flipped: boolean): string =>
  flipped
    ? "kernel_size, stride=1, padding=0, output_padding=0, groups=1, bias=True, dilation=1, padding_mode='zeros', device=None, dtype=None"
    : "kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True, padding_mode='zeros', device=None, dtype=None";

/** Checks and keeps the options; the channels are checked by the caller's list. */
function keepOptions(m: ModuleScope, a: Arguments, { n, flipped }: Form, channels: readonly (readonly [string, Value])[]): void {
  const list = (name: string): Value => repeated(m, a.value(name), n, name);
  const mode = a.value('padding_mode');
  const given = a.value('padding');
  const kernel = list('kernel_size');
  const stride = list('stride');
  const padding = given.kind === 'str' && !flipped ? given : list('padding');
  const dilation = list('dilation');
  const word = m.interp.asString(mode);
  if (flipped && word !== undefined && word !== 'zeros') {
    raise(
      m,
      `padding mode '${word}' is not one of a transposed convolution`,
      `Only "zeros" padding mode is supported for ${m.self.cls.name}`,
    );
  }
  requireGroups(m, a.value('groups'), channels);
  requirePadding(m, padding, stride, mode);
  m.set('kernel_size', kernel);
  m.set('stride', stride);
  m.set('padding', padding);
  m.set('dilation', dilation);
  m.set('output_padding', flipped ? list('output_padding') : m.interp.tuple(Array.from({ length: n }, () => m.interp.int(0))));
  m.set('transposed', m.interp.bool(flipped));
  m.set('groups', m.named(a.value('groups'), 'groups'));
  m.set('padding_mode', mode);
}

/** Weight and bias, once both numbers of channels are known. */
function makeParameters(m: ModuleScope, { flipped }: Form, dtype: DType | undefined, bias: boolean | undefined, unknownBias?: Value): void {
  const { interp } = m;
  const sizes = sequenceContent(m.attr('kernel_size'));
  const kernel = sizes?.rest === undefined ? sizes?.items : undefined;
  const [input, output, groups] = [m.attr('in_channels'), m.attr('out_channels'), m.interp.asDim(m.attr('groups'))];
  const divided = (value: Value): Value => {
    if (m.attr('groups').kind === 'float') return interp.float();
    const d = interp.asDim(value);
    return d === undefined || groups === undefined || value.kind !== 'int' ? value : interp.int(floorDiv(d, groups));
  };
  if (kernel === undefined) {
    m.set('weight', interp.unknown('weight'));
    m.set('bias', bias === false ? interp.none : interp.unknown('bias'));
    return;
  }
  const dims = emptySizes(m, flipped ? [input, divided(output), ...kernel] : [output, divided(input), ...kernel]);
  m.parameter('weight', dims, dtype, drawWeight(m));
  if (bias === false) {
    m.noParameter('bias');
    return;
  }
  const fanIn = (): number => m.known(product(dims.slice(1))) ?? 0;
  const made = m.parameter('bias', [m.dimOf(output, 'out_channels')], dtype, drawBias(m, fanIn));
  if (bias === undefined && unknownBias !== undefined) m.set('bias', interp.choice(interp.truth(unknownBias), made, interp.none));
}

function construct(m: ModuleScope, a: Arguments, form: Form): void {
  const input = m.named(a.value('in_channels'), 'in_channels');
  const output = m.named(a.value('out_channels'), 'out_channels');
  keepOptions(m, a, form, [
    ['in_channels', input],
    ['out_channels', output],
  ]);
  m.set('in_channels', asSize(m, input, 'in_channels'));
  m.set('out_channels', asSize(m, output, 'out_channels'));
  makeParameters(m, form, m.dtypeArgument(a.value('dtype')), a.bool('bias'), a.value('bias'));
}

/** An unknown number of channels is a symbol from here on. */
function asSize(m: ModuleScope, value: Value, name: string): Value {
  return m.interp.resolve(value).kind === 'unknown' ? m.named(m.interp.int(m.dimOf(value, name)), name) : value;
}

// ---------------------------------------------------------------- calls

function plainCall(m: ModuleScope, a: Arguments, n: number): Value {
  const { interp } = m;
  const own = interp.findAttr(m.self, CONVOLVE);
  // A subclass may convolve in a way of its own.
  if (own?.kind === 'method' && own.func.kind === 'function') return interp.call(own, [a.value('input'), m.attr('weight'), m.attr('bias')]);
  return convolve(m, a.value('input'), m.attr('weight'), m.attr('bias'), n);
}

/** The method that `forward` calls with the input, the weight and the bias. */
const CONVOLVE = '_conv_forward';

function convolve(m: ModuleScope, input: Value, weight: Value, bias: Value, n: number): Value {
  const { interp } = m;
  const op = convOp(n, false);
  const word = interp.asString(m.attr('padding_mode'));
  const rest = [weight, bias, m.attr('stride')];
  const last = [m.attr('dilation'), m.attr('groups')];
  if (word === undefined || word === 'zeros') return apply(m, op, [input, ...rest, m.attr('padding'), ...last]);
  const none = interp.tuple(Array.from({ length: n }, () => interp.int(0)));
  const pads = reversedPads(m, n);
  if (pads === undefined) return apply(m, op, [input, ...rest, m.attr('padding'), ...last]);
  const padded = apply(m, padOp, [input, interp.tuple(pads.map((d) => interp.int(d))), interp.str(word)]);
  return apply(m, op, [padded, ...rest, none, ...last]);
}

function convolver(interp: Interpreter, name: string, n: number): Value {
  return interp.native(`${name}.${CONVOLVE}`, (call) => {
    const [self, input, weight, bias] = call.args.map((value) => interp.resolve(value));
    if (self?.kind !== 'object' || input === undefined || weight === undefined) return interp.unknown();
    return convolve(new ModuleScope(interp, name, call.node, self), input, weight, bias ?? interp.none, n);
  });
}

/** The padding as F.pad takes it: from the last axis, both sides. */
function reversedPads(m: ModuleScope, n: number): Dim[] | undefined {
  const word = m.interp.asString(m.attr('padding'));
  if (word === undefined)
    return m
      .dimsOfValue(m.attr('padding'), 'padding')
      ?.flatMap((d) => [d, d])
      .reverse();
  if (word === 'valid') return Array.from({ length: 2 * n }, () => zero);
  const [kernel, dilation] = [m.dimsOfValue(m.attr('kernel_size'), 'kernel_size'), m.dimsOfValue(m.attr('dilation'), 'dilation')];
  if (kernel === undefined || dilation === undefined || kernel.length !== dilation.length) return undefined;
  return kernel
    .map((k, i) => {
      const total = mul(dilation[i] as Dim, sub(k, constant(1)));
      const left = floorDiv(total, constant(2));
      return [left, sub(total, left)] as const;
    })
    .reverse()
    .flat();
}

function transposedCall(m: ModuleScope, a: Arguments, n: number): Value {
  const x = a.tensor('input', a.isNone('output_size') ? m.notTensor(`conv_transpose${n}d`, 'input', 1) : undefined);
  const wanted = a.value('output_size');
  const more = wanted.kind === 'none' ? m.attr('output_padding') : outputPadding(m, x, wanted, n);
  return apply(m, convOp(n, true), [
    x.object,
    m.attr('weight'),
    m.attr('bias'),
    m.attr('stride'),
    m.attr('padding'),
    more,
    m.attr('groups'),
    m.attr('dilation'),
  ]);
}

/** What is missing to the size asked for: `[output_size - least size]`. */
function outputPadding(m: ModuleScope, x: TensorArg, wanted: Value, n: number): Value {
  const { interp } = m;
  const unknown = (): Value => interp.tuple(Array.from({ length: n }, () => interp.freshInt('output_padding', { least: 0 })));
  let sizes = m.dimsOfValue(wanted, 'output_size');
  const rank = x.rank;
  const options = ['stride', 'padding', 'dilation', 'kernel_size'].map((name) => m.dimsOfValue(m.attr(name), name));
  if (sizes === undefined || rank === undefined || options.some((o) => o?.length !== n)) return unknown();
  const lead = rank === n + 2 ? 2 : 1;
  if (sizes.length === lead + n) sizes = sizes.slice(lead);
  if (sizes.length !== n) {
    raise(
      m,
      `\`output_size\` has ${sizes.length} numbers`,
      `ConvTranspose${n}D: for ${rank}D input, output_size must have ${n} or ${lead + n} elements (got ${sizes.length})`,
    );
  }
  const [stride, padding, dilation, kernel] = options as readonly (readonly Dim[])[];
  const one = constant(1);
  const least = sizes.map((_, i) => {
    const s = sub(mul(sub(x.size(i - n) ?? one, one), stride?.[i] as Dim), mul(constant(2), padding?.[i] as Dim));
    return add(add(s, mul(dilation?.[i] as Dim, sub(kernel?.[i] as Dim, one))), one);
  });
  const extra = sizes.map((s, i) => sub(s, least[i] as Dim));
  const most = least.map((d, i) => sub(add(d, stride?.[i] as Dim), one));
  extra.forEach((d, i) => {
    const [n0, n1] = [m.known(d), m.known(stride?.[i])];
    if (n0 === undefined || n1 === undefined || (n0 >= 0 && n0 < n1)) return;
    const range = [m.list(least), m.list(most)];
    const space = m.list((x.dims as readonly Dim[]).slice(2));
    raise(
      m,
      `an output of ${m.spell(sizes)} is not between ${m.spell(least)} and ${m.spell(most)}`,
      m.text`requested an output size of ${interp.repr(wanted)}, but valid sizes range from ${range[0]} to ${range[1]} (for an input of torch.Size(${space}))`,
    );
  });
  return interp.tuple(extra.map((d) => interp.int(d)));
}

// ---------------------------------------------------------------- entries

function describe(m: ModuleScope): string {
  const all = (name: string, n: number): boolean => m.dimsOfValue(m.attr(name), name)?.every((d) => m.known(d) === n) === true;
  let text = `${shown(m, 'in_channels')}, ${shown(m, 'out_channels')}, kernel_size=${shown(m, 'kernel_size')}, stride=${shown(m, 'stride')}`;
  const padding = m.attr('padding');
  if (padding.kind === 'str') text += `, padding=${m.interp.asString(padding) ?? '?'}`;
  else if (!all('padding', 0)) text += `, padding=${shown(m, 'padding')}`;
  if (!all('dilation', 1)) text += `, dilation=${shown(m, 'dilation')}`;
  if (!all('output_padding', 0)) text += `, output_padding=${shown(m, 'output_padding')}`;
  if (m.known(m.interp.asDim(m.attr('groups'))) !== 1) text += `, groups=${shown(m, 'groups')}`;
  if (m.attr('bias').kind === 'none') text += ', bias=False';
  const mode = m.interp.asString(m.attr('padding_mode'));
  return mode === 'zeros' ? text : `${text}, padding_mode=${mode ?? '?'}`;
}

const SPACE = ', 6, 7, 8';

function convModule(form: Form): ModuleEntry {
  const { n, flipped } = form;
  const name = `Conv${flipped ? 'Transpose' : ''}${n}d`;
  const x = `torch.rand(2, 4${SPACE.slice(0, 3 * n)})`;
  return {
    name: `nn.${name}`,
    init: `def ${name}.__init__(self, in_channels, out_channels, ${OPTIONS(flipped)})`,
    construct: (m, a) => construct(m, a, form),
    forward: `def ${name}.forward(self, input${flipped ? ', output_size=None' : ''})`,
    shape: '(N?, in_channels, *space) -> (N?, out_channels, *space)',
    call: (m, a) => (flipped ? transposedCall(m, a, n) : plainCall(m, a, n)),
    ...(flipped ? {} : { attributes: (interp: Interpreter) => ({ [CONVOLVE]: convolver(interp, name, n) }) }),
    extraRepr: describe,
    samples: [
      `nn.${name}(4, 6, 3)(${x})`,
      `nn.${name}(4, 6, 3, stride=2, padding=1, groups=2, bias=False)(${x})`,
      ...(flipped
        ? [`nn.${name}(4, 6, 3, stride=2, output_padding=1)(${x})`]
        : [`nn.${name}(4, 6, 3, padding='same', padding_mode='circular')(${x})`]),
    ],
    errors: [
      [`nn.${name}(5, 6, 3)(${x})`, 'conv-channels'],
      [`nn.${name}(4, 6, 3, groups=3)`, 'conv-channels'],
      [`nn.${name}(4, 6, 3)(torch.rand(2))`, 'rank-mismatch'],
    ],
    doc: `nn.${name}`,
  };
}

/** Takes the number of input channels from its first input. */
function lazyModule(form: Form): ModuleEntry {
  const { n, flipped } = form;
  const name = `LazyConv${flipped ? 'Transpose' : ''}${n}d`;
  return {
    name: `nn.${name}`,
    base: `nn.${name.slice(4)}`,
    init: `def ${name}.__init__(self, out_channels, ${OPTIONS(flipped)})`,
    construct: (m, a) => {
      keepOptions(m, a, form, []);
      emptySizes(m, [m.interp.int(0), m.interp.int(0), ...(sequenceContent(m.attr('kernel_size'))?.items ?? [])]);
      m.set('in_channels', m.interp.int(0));
      m.set('out_channels', asSize(m, m.named(a.value('out_channels'), 'out_channels'), 'out_channels'));
      m.set('lazy_dtype', a.value('dtype'));
      m.lazyParameter('weight');
      if (a.bool('bias') === false) m.noParameter('bias');
      else m.lazyParameter('bias');
    },
    forward: `def ${name.slice(4)}.forward(self, input${flipped ? ', output_size=None' : ''})`,
    shape: '(N?, in_channels, *space) -> (N?, out_channels, *space)',
    call: (m, a) => {
      if (m.uninitialised('weight')) initialise(m, a, form);
      m.initialised(name);
      return flipped ? transposedCall(m, a, n) : plainCall(m, a, n);
    },
    samples: [`nn.${name}(6, 3)(torch.rand(2, 4${SPACE.slice(0, 3 * n)}))`],
    errors: [[`nn.${name}(6, 3)(torch.rand(2))`, 'rank-mismatch']],
    doc: `nn.${name}`,
  };
}

function initialise(m: ModuleScope, a: Arguments, form: Form): void {
  const { n } = form;
  const x = a.tensor('input');
  m.requireRank(x.shape, [n + 1, n + 2], () => ({
    code: 'rank-mismatch',
    message: `${m.name}: the input is ${m.spell(x.shape)}; ${n + 1}-D (unbatched) or ${n + 2}-D is needed`,
    text: m.text`Expected ${n + 1}D (unbatched) or ${n + 2}D (batched) input to ${m.self.cls.name}, but got input of size: torch.Size(${x.shape})`,
    origins: [x.origin],
  }));
  const channels = x.size(-n - 1) ?? m.world.freshSize();
  m.set('in_channels', m.named(m.interp.int(channels), 'in_channels'));
  requireGroups(m, m.attr('groups'), [['in_channels', m.attr('in_channels')]]);
  makeParameters(m, form, m.dtypeArgument(m.attr('lazy_dtype')), m.attr('bias').kind !== 'none');
}

const FORMS: readonly Form[] = [false, true].flatMap((flipped) => ([1, 2, 3] as const).map((n) => ({ n, flipped })));

export const CONV_MODULES: readonly ModuleEntry[] = [...FORMS.map(convModule), ...FORMS.map(lazyModule)];
