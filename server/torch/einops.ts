/**
 * einops: rearrange, reduce, repeat, einsum, pack, unpack, parse_shape, and the layers Rearrange and Reduce. What they do to a
 * tensor is made of PyTorch's own operations, as einops makes it (einops 0.8).
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { add, constant } from '../dims/dim.ts';
import type { Value } from '../python/values.ts';
import { EinopsPatternError, parseEinopsSide, requireName } from '../shapes/einops-pattern.ts';
import { dimsOf, product, unknownShape } from '../shapes/shape.ts';
import type { Arguments, TensorArg } from './arguments.ts';
import type { Context } from './context.ts';
import type { Transform } from './einops-transform.ts';
import { applyTransform, readTransform } from './einops-transform.ts';
import type { ModuleEntry, Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { arrayFacts } from './numpy-array.ts';
import { sequenceContent } from './types.ts';

const torchFunction = (ctx: Context, name: string, args: readonly Value[], kwargs: ReadonlyMap<string, Value> = new Map()): Value =>
  ctx.interp.call(ctx.interp.getAttr(ctx.interp.modules.import('torch'), name), args, kwargs, ctx.node);

const method = (ctx: Context, of: Value, name: string, args: readonly Value[]): Value =>
  ctx.interp.call(ctx.interp.getAttr(of, name), args, new Map(), ctx.node);

const sizes = (ctx: Context, dims: readonly Dim[]): Value => ctx.interp.tuple(dims.map((dim) => ({ kind: 'int', dim })));

/** A tensor; a list of them is stacked first. Arrays of other libraries are none. */
function inputOf(ctx: Context, given: Value): TensorArg | undefined {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'list' || value.kind === 'tuple') {
    const items = sequenceContent(value)?.items ?? [];
    if (items.some((item) => isArray(ctx, item))) return undefined;
    return ctx.tensorOf(torchFunction(ctx, 'stack', [value]), 'tensor');
  }
  if (isArray(ctx, value)) return undefined;
  return ctx.tensorOf(value, 'tensor', (other) => {
    const type = ctx.interp.typeName(other);
    const text = `Tensor type unknown to einops <class '${type}'>`;
    return ctx.fail({ code: 'not-a-tensor', exception: 'RuntimeError', text, message: `${ctx.name}: a tensor is needed, not ${type}` });
  });
}

const isArray = (ctx: Context, given: Value): boolean => {
  const value = ctx.interp.resolve(given);
  return value.kind === 'object' && arrayFacts(ctx.interp, value) !== undefined;
};

/** The sizes given by keyword; undefined where not all are known by name. */
function lengthsOf(ctx: Context, given: Value): ReadonlyMap<string, Dim> | undefined {
  const value = ctx.interp.resolve(given);
  if (value.kind !== 'dict' || value.slot.get().rest !== undefined) return undefined;
  const lengths = new Map<string, Dim>();
  for (const [key, size] of value.slot.get().entries.values()) {
    const name = ctx.interp.asString(key);
    if (name === undefined) return undefined;
    lengths.set(name, ctx.dimOf(size, name));
  }
  return lengths;
}

const anything = (): Out => tensorOut(unknownShape(), undefined);

function transformRule(ctx: Context, a: Arguments, operation: string | undefined): Out | Value {
  const x = inputOf(ctx, a.value('tensor'));
  const pattern = ctx.interp.asString(a.value('pattern'));
  const lengths = lengthsOf(ctx, a.value('axes_lengths'));
  if (x === undefined) return ctx.interp.unknown();
  const reduction = operation ?? reductionOf(ctx, a.value('reduction'));
  if (pattern === undefined || lengths === undefined || reduction === undefined) return anything();
  const t: Transform = { operation: reduction, pattern, lengths };
  return applyTransform(ctx, t, readTransform(ctx, t, x), x);
}

/** The name of a reduction, or what is called to reduce. */
function reductionOf(ctx: Context, given: Value): string | Value | undefined {
  const value = ctx.interp.resolve(given);
  if (value.kind === 'str') return value.value;
  return value.kind === 'unknown' || value.kind === 'choice' ? undefined : value;
}

const rearrange: Operation = {
  names: ['einops.rearrange'],
  signature: 'def rearrange(tensor, pattern, **axes_lengths)',
  shape: '(*a) -> (*b)',
  rule: (ctx, a) => transformRule(ctx, a, 'rearrange'),
  samples: [
    "einops.rearrange(torch.ones(2, 12, 5), 'b (h w) c -> b c h w', h=3)",
    "einops.rearrange(torch.arange(24.).view(2, 3, 4), '... a b -> b (... a)')",
    "einops.rearrange([torch.ones(2), torch.zeros(2)], 'l b -> b l 1')",
  ],
  errors: [
    ["einops.rearrange(torch.ones(2, 3), 'a b -> a c')", 'einops-pattern'],
    ["einops.rearrange(torch.ones(2, 3), 'a b c -> a b c')", 'einops-shape'],
    ["einops.rearrange(torch.ones(2, 5), 'a (b c) -> a b c', b=2)", 'einops-shape'],
  ],
  doc: 'einops.rearrange',
};

const reduce: Operation = {
  names: ['einops.reduce'],
  signature: 'def reduce(tensor, pattern, reduction, **axes_lengths)',
  shape: '(*a) -> (*b)',
  rule: (ctx, a) => transformRule(ctx, a, undefined),
  samples: [
    "einops.reduce(torch.arange(24.).view(2, 3, 4), 'b t c -> b c', 'mean')",
    "einops.reduce(torch.arange(24.).view(2, 3, 4), 'b (t 3) c -> c t', 'max')",
    "einops.reduce(torch.arange(6).view(2, 3), 'a b -> ', 'prod')",
  ],
  errors: [["einops.reduce(torch.ones(2, 3), 'a b -> a c', 'sum')", 'einops-pattern']],
  doc: 'einops.reduce',
};

const repeat: Operation = {
  names: ['einops.repeat'],
  signature: 'def repeat(tensor, pattern, **axes_lengths)',
  shape: '(*a) -> (*b)',
  rule: (ctx, a) => transformRule(ctx, a, 'repeat'),
  samples: ["einops.repeat(torch.ones(2, 3), 'a b -> n a (b 2)', n=4)", "einops.repeat(torch.tensor(1.), ' -> a b', a=2, b=3)"],
  errors: [["einops.repeat(torch.ones(2, 3), 'a b -> a b c')", 'einops-pattern']],
  doc: 'einops.repeat',
};

// ---------------------------------------------------------------- einsum

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The pattern in torch.einsum's letters. */
function lettersOf(ctx: Context, pattern: string): string {
  const fault = (text: string, exception: string): never =>
    ctx.fail({ code: 'einops-pattern', exception, text, message: `"${pattern}": ${text.replace(/\n/g, ': ')}` });
  if (!pattern.includes('->')) fault("Einsum pattern must contain '->'.", 'ValueError');
  const letters = new Map<string, string>();
  const [left = '', right = ''] = pattern.split('->');
  const compact = (text: string, last: boolean): string => {
    const { groups } = parseEinopsSide(text, { underscore: true, repeats: !last });
    return groups
      .map((group) => {
        const [axis] = group;
        if (axis === undefined) return fault('Singleton () axes are not yet supported in einsum.', 'NotImplementedError');
        if (axis.name === '…' && group.length === 1) return '...';
        if (group.length > 1) return fault('Shape rearrangement is not yet supported in einsum.', 'NotImplementedError');
        if (axis.size !== undefined) return fault('Anonymous axes are not yet supported in einsum.', 'NotImplementedError');
        let letter = letters.get(axis.name);
        if (letter === undefined && last) fault(`Unknown axis ${axis.name} on right side of einsum ${pattern}.`, 'EinopsError');
        if (letter === undefined)
          letters.set(axis.name, (letter = LETTERS[letters.size] ?? fault('Too many axes in einsum.', 'RuntimeError')));
        return letter;
      })
      .join('');
  };
  try {
    const operands = left.split(',').map((text) => compact(text, false));
    return `${operands.join(',')}->${compact(right, true)}`;
  } catch (error) {
    return error instanceof EinopsPatternError ? fault(error.message, 'EinopsError') : raised(error);
  }
}

function raised(error: unknown): never {
  throw error;
}

const einsum: Operation = {
  names: ['einops.einsum'],
  signature: 'def einsum(*tensors_and_pattern)',
  shape: '(*a), (*b)… -> (*c)',
  rule: (ctx, a) => {
    const items = ctx.interp.items(a.value('tensors_and_pattern'));
    const last = items?.at(-1);
    if (items === undefined || last === undefined) return anything();
    const value = ctx.interp.resolve(last);
    const fault = (text: string): never => ctx.fail({ code: 'call-arguments', exception: 'ValueError', text, message: text });
    if (items.length < 2) fault('`einops.einsum` takes at minimum two arguments: the tensors (at least one), followed by the pattern.');
    if (value.kind === 'unknown' || value.kind === 'choice' || (value.kind === 'str' && value.value === undefined)) return anything();
    if (value.kind !== 'str' || value.value === undefined)
      return fault('The last argument passed to `einops.einsum` must be a string, representing the einsum pattern.');
    if (items.slice(0, -1).some((item) => isArray(ctx, item))) return ctx.interp.unknown();
    return torchFunction(ctx, 'einsum', [ctx.interp.str(lettersOf(ctx, value.value)), ...items.slice(0, -1)]);
  },
  samples: ["einops.einsum(torch.ones(2, 3, 4), torch.ones(4, 5), 'batch row mid, mid col -> batch row col')"],
  errors: [
    ["einops.einsum(torch.ones(2, 3), torch.ones(4, 5), 'a b, b c -> a c')", 'einsum-size'],
    ["einops.einsum(torch.ones(2, 3), 'a b')", 'einops-pattern'],
    ["einops.einsum('a b -> a', torch.ones(2, 3))", 'call-arguments'],
  ],
  doc: 'einops.einsum',
};

// ---------------------------------------------------------------- pack and unpack

/** How many axes stand before and after the `*`. */
function packed(ctx: Context, pattern: string, operation: string): { readonly before: number; readonly after: number } {
  const axes = pattern.split(/\s+/).filter((word) => word !== '');
  const fault = (what: string): never => {
    const text = `${what} in ${operation}(..., "${pattern}")`;
    return ctx.fail({ code: 'einops-pattern', exception: 'EinopsError', text, message: text });
  };
  if (new Set(axes).size < axes.length) fault('Duplicates in axes names');
  const before = axes.indexOf('*');
  if (before < 0) fault('No *-axis');
  for (const axis of axes) {
    if (axis === '*') continue;
    try {
      requireName(axis);
    } catch (error) {
      if (error instanceof EinopsPatternError) fault(`Invalid axis name ${axis}`);
      throw error;
    }
  }
  return { before, after: axes.length - before - 1 };
}

const pack: Operation = {
  names: ['einops.pack'],
  signature: 'def pack(tensors, pattern)',
  shape: '(*before, *each, *after)… -> (*before, n, *after)',
  rule: (ctx, a) => {
    const pattern = ctx.interp.asString(a.value('pattern'));
    const items = ctx.interp.items(a.value('tensors'));
    if (pattern === undefined) return ctx.interp.unknown();
    const { before, after } = packed(ctx, pattern, 'pack');
    if (items === undefined || items.some((item) => isArray(ctx, item))) return ctx.interp.unknown();
    const shapes: Value[] = [];
    let open = false;
    const flat = items.map((item, i) => {
      const x = ctx.tensorOf(item, `tensors[${i}]`);
      const least = before + after;
      if (ctx.world.limitRank(x.shape, least, Number.POSITIVE_INFINITY).decision === 'no') {
        const text = ctx.text`packed tensor #${i} (enumeration starts with 0) has shape torch.Size(${x.shape}), while pattern ${pattern} assumes at least ${least} axes`;
        ctx.fail({
          code: 'einops-shape',
          exception: 'EinopsError',
          text,
          message: `pack: tensor ${i} is ${ctx.spell(x.shape)}, "${pattern}" has ${least} axes and more`,
        });
      }
      const dims = dimsOf(ctx.world.resolve(x.shape));
      open ||= dims === undefined;
      const each = dims?.slice(before, dims.length - after);
      shapes.push(each === undefined ? ctx.interp.unknown() : sizes(ctx, each));
      if (dims === undefined || each === undefined) return x.object;
      return method(ctx, x.object, 'reshape', [sizes(ctx, [...dims.slice(0, before), product(each), ...dims.slice(dims.length - after)])]);
    });
    const together = open
      ? ctx.freshTensor('packed')
      : torchFunction(ctx, 'cat', [ctx.interp.list(flat)], new Map([['dim', ctx.interp.int(before)]]));
    return ctx.interp.tuple([together, ctx.interp.list(shapes)]);
  },
  samples: ["einops.pack([torch.ones(2, 3), torch.ones(2, 4, 5, 3), torch.ones(2, 6, 3)], 'b * c')"],
  errors: [
    ["einops.pack([torch.ones(2, 3)], 'b c')", 'einops-pattern'],
    ["einops.pack([torch.ones(2, 3)], 'b * c d')", 'einops-shape'],
  ],
  doc: 'einops.pack',
};

const unpack: Operation = {
  names: ['einops.unpack'],
  signature: 'def unpack(tensor, packed_shapes, pattern)',
  shape: '(*before, n, *after) -> (*before, *each, *after)…',
  rule: (ctx, a) => {
    const pattern = ctx.interp.asString(a.value('pattern'));
    if (pattern === undefined || isArray(ctx, a.value('tensor'))) return ctx.interp.unknown();
    const { before, after } = packed(ctx, pattern, 'unpack');
    const x = a.tensor('tensor');
    const rank = before + after + 1;
    ctx.requireRank(x.shape, [rank], () => ({
      code: 'einops-shape',
      exception: 'EinopsError',
      text: ctx.text`unpack(..., ${pattern}) received input of wrong dim with shape torch.Size(${x.shape})`,
      message: `unpack: "${pattern}" has ${rank} axes, the input is ${ctx.spell(x.shape)}`,
      origins: [x.origin],
    }));
    const shapes = ctx.interp.items(a.value('packed_shapes'))?.map((shape) => knownSizes(ctx, shape));
    if (shapes === undefined) return ctx.interp.unknown();
    const own = dimsOf(ctx.world.resolve(x.shape));
    const parts = shapes.map((shape) => (shape === undefined || shape.some((d) => ctx.known(d) === -1) ? undefined : product(shape)));
    if (own === undefined || parts.includes(undefined)) return ctx.interp.list(parts.map(() => ctx.freshTensor('unpacked')));
    const length = own[before] as Dim;
    ctx.require(eq(length, (parts as Dim[]).reduce(add, constant(0))), () => ({
      code: 'einops-shape',
      exception: 'EinopsError',
      text: undefined,
      message: `unpack: an axis of ${ctx.spell(length)} is no ${shapes.map((shape) => ctx.spell(shape ?? [])).join(', ')} together`,
      origins: [x.origin],
    }));
    const split = method(ctx, x.object, 'split', [sizes(ctx, parts as Dim[]), ctx.interp.int(before)]);
    const pieces = ctx.interp.items(split) ?? [];
    return ctx.interp.list(
      pieces.map((piece, i) =>
        method(ctx, piece, 'reshape', [sizes(ctx, [...own.slice(0, before), ...(shapes[i] ?? []), ...own.slice(before + 1)])]),
      ),
    );
  },
  samples: ["einops.unpack(torch.ones(2, 11, 3), [(), (2, 2), (6,)], 'b * c')"],
  errors: [
    ["einops.unpack(torch.ones(2, 10, 3), [(), (2, 2), (6,)], 'b * c')", 'einops-shape'],
    ["einops.unpack(torch.ones(2, 10), [(10,)], 'b * c')", 'einops-shape'],
  ],
  doc: 'einops.unpack',
};

function knownSizes(ctx: Context, given: Value): readonly Dim[] | undefined {
  const value = ctx.interp.resolve(given);
  return value.kind === 'unknown' || value.kind === 'choice' ? undefined : ctx.dimsOfValue(value, 'packed_shapes');
}

export const EINOPS: readonly Operation[] = [rearrange, reduce, repeat, einsum, pack, unpack];

// ---------------------------------------------------------------- layers

const layer = (name: string, reduces: boolean): ModuleEntry => ({
  name: `einops.layers.torch.${name}`,
  init: `def ${name}.__init__(self, pattern, ${reduces ? 'reduction, ' : ''}**axes_lengths)`,
  construct: (m, a) => {
    m.set('pattern', a.value('pattern'));
    if (reduces) m.set('reduction', a.value('reduction'));
    m.set('axes_lengths', a.value('axes_lengths'));
    const t = transformOf(m, reduces);
    if (t !== undefined) readTransform(m, t);
  },
  forward: `def ${name}.forward(self, input)`,
  shape: '(*a) -> (*b)',
  call: (m, a) => {
    const x = inputOf(m, a.value('input'));
    const t = transformOf(m, reduces);
    if (x === undefined) return m.interp.unknown();
    return t === undefined ? anything() : applyTransform(m, t, readTransform(m, t), x);
  },
  extraRepr: (m) => {
    const lengths = [...(lengthsOf(m, m.attr('axes_lengths')) ?? [])].map(([key, d]) => `${key}=${m.spell(d)}`);
    const own = [m.attr('pattern'), ...(reduces ? [m.attr('reduction')] : [])].map((value) => m.interp.repr(value) ?? '?');
    return [...own, ...lengths].join(', ');
  },
  samples: [
    reduces
      ? "einops.layers.torch.Reduce('b c (h 2) (w 2) -> b c h w', 'max')(torch.ones(2, 3, 4, 6))"
      : "einops.layers.torch.Rearrange('b c (h p) w -> b (h w) (p c)', p=2)(torch.ones(2, 3, 4, 6))",
  ],
  errors: [
    reduces
      ? ["einops.layers.torch.Reduce('b c -> b d', 'max')", 'einops-pattern']
      : ["einops.layers.torch.Rearrange('b c -> b c d')", 'einops-pattern'],
  ],
  doc: `einops.${name}`,
});

function transformOf(m: Parameters<NonNullable<ModuleEntry['construct']>>[0], reduces: boolean): Transform | undefined {
  const pattern = m.interp.asString(m.attr('pattern'));
  const lengths = lengthsOf(m, m.attr('axes_lengths'));
  const operation = reduces ? reductionOf(m, m.attr('reduction')) : 'rearrange';
  return pattern === undefined || lengths === undefined || operation === undefined ? undefined : { pattern, lengths, operation };
}

export const EINOPS_MODULES: readonly ModuleEntry[] = [layer('Rearrange', false), layer('Reduce', true)];
