/**
 * torch.einsum: the equation's grammar, sizes of labels, the result's shape. Errors come in PyTorch's order: the equation,
 * operand by operand, the output, then sizes. Source: PyTorch 2.13, `einsum` in ATen/native/Linear.cpp.
 */
import { and, eq, ne } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant } from '../dims/dim.ts';
import type { DType } from '../kernels/dtype.ts';
import { einsum } from '../kernels/einsum.ts';
import type { Value } from '../python/values.ts';
import { broadcastSize } from '../shapes/broadcast.ts';
import { shapeOf, unknownShape } from '../shapes/shape.ts';
import type { Arguments, KernelArguments, TensorArg } from './arguments.ts';
import { arrayOf, NotKnown } from './arguments.ts';
import type { Context } from './context.ts';
import { batchTypes, refuseBool } from './contraction.ts';
import type { Operation, Out } from './entry.ts';
import { tensorOut } from './entry.ts';
import { commonType, computed, operandOf } from './promotion.ts';
import { payloadOf } from './tensor.ts';

const DOTS = '.';

/** Labels of one operand or the output; `.` stands for the ellipsis. */
type Labels = readonly string[];

interface Equation {
  readonly operands: readonly Labels[];
  readonly output: Labels | undefined;
}

interface Call {
  readonly equation: Equation;
  readonly values: readonly Value[];
}

function fault(ctx: Context, text: string, exception = 'RuntimeError'): never {
  return ctx.fail({ code: 'einsum-equation', exception, text: `einsum(): ${text}`, message: `einsum: ${text}` });
}

const isLetter = (c: string): boolean => /^[a-zA-Z]$/.test(c);

/** `ij,jk->ik`; without `->` the output is what stands once. */
function parseEquation(ctx: Context, text: string, count: number): Equation {
  const arrow = text.indexOf('->');
  const left = arrow < 0 ? text : text.slice(0, arrow);
  const operands: string[][] = [[]];
  let dots = false;
  for (let i = 0; i < left.length; i++) {
    const c = left[i] as string;
    const at = operands.length - 1;
    const own = operands[at] as string[];
    if (c === ' ') continue;
    if (c === '.') {
      if (dots) fault(ctx, `found '.' for operand ${at} for which an ellipsis was already found`);
      if (left.slice(i, i + 3) !== '...') fault(ctx, `found '.' for operand ${at} that is not part of any ellipsis`);
      own.push(DOTS);
      dots = true;
      i += 2;
    } else if (c === ',') {
      if (at + 1 >= count) fault(ctx, 'fewer operands were provided than specified in the equation');
      operands.push([]);
      dots = false;
    } else {
      if (!isLetter(c)) fault(ctx, `invalid subscript given at index ${i} in the equation string, subscripts must be in [a-zA-Z]`);
      own.push(c);
    }
  }
  if (operands.length < count) fault(ctx, 'more operands were provided than specified in the equation');
  return { operands, output: arrow < 0 ? undefined : parseOutput(ctx, text, arrow + 2) };
}

function parseOutput(ctx: Context, text: string, from: number): Labels {
  const labels: string[] = [];
  for (let i = from; i < text.length; i++) {
    const c = text[i] as string;
    if (c === ' ') continue;
    if (c === '.') {
      if (labels.includes(DOTS)) fault(ctx, "found '.' for output but an ellipsis (...) was already found");
      if (text.slice(i, i + 3) !== '...') fault(ctx, "found '.' for output that is not part of any ellipsis (...)");
      labels.push(DOTS);
      i += 2;
    } else {
      if (!isLetter(c)) fault(ctx, `invalid subscript given at index ${i} in the equation string, subscripts must be in [a-zA-Z]`);
      labels.push(c);
    }
  }
  return labels;
}

/** `einsum(x, [0, 1], y, [1, 2], [0, 2])`; undefined where a list is not known. */
function parseSublists(ctx: Context, args: readonly Value[]): Call | undefined {
  const lists = (value: Value): Labels | undefined => {
    const items = ctx.interp.items(value);
    if (items === undefined) return undefined;
    const labels: string[] = [];
    for (const given of items) {
      const item = ctx.interp.resolve(given);
      if (item.kind === 'ellipsis') {
        labels.push(DOTS);
        continue;
      }
      const n = ctx.interp.asNumber(item);
      if (n === undefined) return undefined;
      if (n < 0 || n >= 52) fault(ctx, 'subscript in subscript list is not within the valid range [0, 52)', 'ValueError');
      labels.push(String.fromCharCode(n < 26 ? 65 + n : 97 + n - 26));
    }
    return labels;
  };
  const values: Value[] = [];
  const operands: Labels[] = [];
  const pairs = args.length - (args.length % 2);
  for (let i = 0; i < pairs; i += 2) {
    const labels = lists(args[i + 1] as Value);
    if (labels === undefined) return undefined;
    values.push(args[i] as Value);
    operands.push(labels);
  }
  const output = args.length % 2 === 1 ? lists(args[args.length - 1] as Value) : undefined;
  if (args.length % 2 === 1 && output === undefined) return undefined;
  return { equation: { operands, output }, values };
}

/** The call's operands and labels; undefined where the equation is not known. */
function readCall(ctx: Context, args: readonly Value[]): Call | undefined {
  if (args.length < 2) {
    fault(ctx, 'must specify the equation string and at least one operand, or at least one operand and its subscripts list', 'ValueError');
  }
  const first = ctx.interp.resolve(args[0] as Value);
  if (payloadOf(first) !== undefined) return parseSublists(ctx, args);
  if (first.kind !== 'str' && first.kind !== 'unknown' && first.kind !== 'choice') {
    const type = ctx.interp.typeName(first);
    const text = `einsum(): argument 'equation' (position 1) must be str, not ${type}`;
    ctx.fail({ code: 'call-arguments', exception: 'TypeError', text, message: text });
  }
  let values: readonly Value[] = args.slice(1);
  const only = values.length === 1 ? ctx.interp.resolve(values[0] as Value) : undefined;
  if (only?.kind === 'list' || only?.kind === 'tuple') {
    const items = ctx.interp.items(only);
    if (items === undefined) return undefined;
    values = items;
  }
  const text = ctx.interp.asString(first);
  if (text === undefined) return undefined;
  values.forEach((given, i) => {
    const value = ctx.interp.resolve(given);
    if (payloadOf(value) !== undefined || value.kind === 'unknown' || value.kind === 'choice' || value.kind === 'object') return;
    const message = `expected Tensor as element ${i} in argument 1, but got ${ctx.interp.typeName(value)}`;
    ctx.fail({ code: 'not-a-tensor', exception: 'TypeError', text: message, message: `einsum: ${message}` });
  });
  return { equation: parseEquation(ctx, text, values.length), values };
}

const one = constant(1);

/** How many sizes each ellipsis stands for; undefined where a rank is not known. */
function hiddenRanks(ctx: Context, operands: readonly Labels[], tensors: readonly TensorArg[]): (number | undefined)[] {
  return operands.map((labels, i) => {
    const x = tensors[i] as TensorArg;
    const named = labels.filter((l) => l !== DOTS).length;
    const dots = labels.includes(DOTS);
    const held = dots ? ctx.world.limitRank(x.shape, named, Infinity) : ctx.world.requireRank(x.shape, named);
    if (held.decision === 'no') {
      const tail = dots
        ? `is more than the number of dimensions (${x.rank}) for operand ${i}`
        : `does not match the number of dimensions (${x.rank}) for operand ${i} and no ellipsis was given`;
      const text = `einsum(): the number of subscripts in the equation (${named}) ${tail}`;
      ctx.fail({
        code: 'einsum-rank',
        text: x.rank === undefined ? undefined : text,
        message: `einsum: operand ${i} is ${ctx.spell(x.shape)}, the equation has ${named} subscripts for it`,
        origins: [x.origin],
      });
    }
    return x.rank === undefined ? undefined : x.rank - named;
  });
}

interface Sizes {
  readonly of: Map<string, Dim>;
}

function unite(ctx: Context, sizes: Sizes, label: string, d: Dim, text: (seen: Dim) => string | undefined, x: TensorArg): void {
  const seen = sizes.of.get(label);
  if (seen === undefined) {
    sizes.of.set(label, d);
    return;
  }
  const size = broadcastSize(ctx.world, seen, d);
  if (size === undefined) {
    ctx.fail({
      code: 'einsum-size',
      text: text(seen),
      message: `einsum: ${label.startsWith(DOTS) ? 'a dimension of the ellipsis' : `\`${label}\``} is ${ctx.spell(seen)} and ${ctx.spell(d)}`,
      origins: [seen.origin, d.origin ?? x.origin],
    });
  }
  sizes.of.set(label, size);
}

function einsumRule(ctx: Context, a: Arguments): Out {
  const items = ctx.interp.items(a.value('args'));
  const call = items === undefined ? undefined : readCall(ctx, items);
  if (call === undefined) return tensorOut(unknownShape(), undefined);
  const tensors = call.values.map((v, i) => ctx.tensorOf(v, `operands[${i}]`));
  const { operands, output } = call.equation;
  const hidden = hiddenRanks(ctx, operands, tensors);
  const order = outputLabels(ctx, operands, output);
  const sizes: Sizes = { of: new Map() };
  const ellipsis = hidden.includes(undefined) ? undefined : Math.max(0, ...(hidden as number[]));
  operands.forEach((labels, i) => {
    const x = tensors[i] as TensorArg;
    const first = new Map<string, Dim>();
    let past = false;
    labels.forEach((label, at) => {
      if (label === DOTS) {
        past = true;
        const count = hidden[i];
        if (count === undefined || ellipsis === undefined) return;
        for (let j = 0; j < count; j++) {
          const place = ellipsis - count + j;
          const d = x.size(at + j) as Dim;
          const text = (seen: Dim) =>
            ctx.text`einsum(): dimension ${at + j} covered by ellipsis in operand ${i}has size ${d} which does not broadcast with previously seen ellipsis with size ${seen} for the respective dimension`;
          unite(ctx, sizes, `${DOTS}${place}`, d, text, x);
        }
        return;
      }
      const d = x.size(past ? at - labels.length : at);
      if (d === undefined) return;
      const repeated = first.get(label);
      if (repeated !== undefined) {
        ctx.require(eq(repeated, d), () => ({
          code: 'einsum-size',
          text: ctx.text`einsum(): subscript ${label} is repeated for operand ${i} but the sizes don't match, ${d} != ${repeated}`,
          message: `einsum: \`${label}\` stands twice in operand ${i}, as ${ctx.spell(repeated)} and ${ctx.spell(d)}`,
          origins: [repeated.origin, d.origin ?? x.origin],
        }));
        return;
      }
      first.set(label, d);
      const text = (seen: Dim) =>
        ctx.text`einsum(): subscript ${label} has size ${d} for operand ${i} which does not broadcast with previously seen size ${seen}`;
      unite(ctx, sizes, label, d, text, x);
    });
  });
  const dtype = resultType(ctx, operands, tensors, order);
  if (order.includes(DOTS) && ellipsis === undefined) {
    const at = order.indexOf(DOTS);
    const part = (labels: Labels): Dim[] => labels.map((l) => sizes.of.get(l) ?? one);
    return tensorOut({ head: part(order.slice(0, at)), run: unknownShape().run, tail: part(order.slice(at + 1)) }, dtype, {
      layout: 'unknown',
    });
  }
  const dims = order.flatMap((label) =>
    label === DOTS
      ? Array.from({ length: ellipsis ?? 0 }, (_, j) => sizes.of.get(`${DOTS}${j}`) ?? one)
      : [sizes.of.get(label) ?? ctx.world.freshSize()],
  );
  // A product's dimensions may have been put into another order.
  return tensorOut(shapeOf(dims), dtype, { layout: 'unknown' });
}

/** The output's labels: as given, or those that stand once, upper case first, after the ellipsis. */
function outputLabels(ctx: Context, operands: readonly Labels[], output: Labels | undefined): Labels {
  const counts = new Map<string, number>();
  for (const label of operands.flat()) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (output === undefined) {
    const once = [...counts].filter(([label, n]) => label !== DOTS && n === 1).map(([label]) => label);
    return [...(counts.has(DOTS) ? [DOTS] : []), ...once.sort((x, y) => x.charCodeAt(0) - y.charCodeAt(0))];
  }
  const seen = new Set<string>();
  for (const label of output) {
    if (label === DOTS) continue;
    if (seen.has(label)) fault(ctx, `output subscript ${label} appears more than once in the output`);
    if (!counts.has(label)) fault(ctx, `output subscript ${label} does not appear in the equation for any input operand`);
    seen.add(label);
  }
  return output;
}

/** Two operands that share a summed label are multiplied as matrices, which does not promote. */
function resultType(ctx: Context, operands: readonly Labels[], tensors: readonly TensorArg[], order: Labels): DType | undefined {
  if (tensors.length === 2) {
    const [x, y] = tensors as [TensorArg, TensorArg];
    const [left, right] = operands as [Labels, Labels];
    const contracted = left.filter((l) => l !== DOTS && right.includes(l) && !order.includes(l));
    const summed = contracted.some((l) => {
      const [p, q] = [sizeOfLabel(x, left, l), sizeOfLabel(y, right, l)];
      return p !== undefined && q !== undefined && ctx.facts.decide(and(ne(p, one), ne(q, one))) === 'yes';
    });
    if (summed) {
      const [a, b] = [x.dtype, y.dtype];
      if (a !== undefined && b !== undefined && a !== b) {
        ctx.fail({
          code: 'dtype-mismatch',
          text: batchTypes(a, b),
          message: `einsum: the operands are ${a} and ${b}`,
          origins: [x.origin, y.origin],
        });
      }
      refuseBool(ctx, a, 'bmm');
      return a ?? b;
    }
  }
  return computed(commonType(tensors.map((t) => operandOf(ctx, t.object, t.name))));
}

function sizeOfLabel(x: TensorArg, labels: Labels, label: string): Dim | undefined {
  const at = labels.indexOf(label);
  const dots = labels.indexOf(DOTS);
  return x.size(dots >= 0 && dots < at ? at - labels.length : at);
}

/** The equation in letters, as the kernel takes it. */
function spelled({ operands, output }: Equation): string {
  const word = (labels: Labels): string => labels.map((l) => (l === DOTS ? '...' : l)).join('');
  return operands.map(word).join(',') + (output === undefined ? '' : `->${word(output)}`);
}

function einsumKernel(k: KernelArguments, ctx: Context) {
  const items = ctx.interp.items(k.value('args'));
  const call = items === undefined ? undefined : readCall(ctx, items);
  if (call === undefined) throw new NotKnown();
  return einsum(
    spelled(call.equation),
    call.values.map((v) => arrayOf(ctx.interp.resolve(v))),
  );
}

export const EINSUM: readonly Operation[] = [
  {
    names: ['torch.einsum'],
    signature: 'def einsum(*args)',
    shape: '(*a), (*b)… -> (*c)',
    rule: einsumRule,
    kernel: einsumKernel,
    samples: [
      "torch.einsum('ij,jk->ik', torch.ones(2, 3), torch.ones(3, 4))",
      "torch.einsum('...ij,jk', torch.ones(5, 2, 3), torch.ones(3, 4))",
      "torch.einsum('bhid,bhjd->bhij', torch.ones(2, 4, 5, 6), torch.ones(2, 4, 7, 6))",
      'torch.einsum(torch.ones(2, 3), [0, 1], [1, 0])',
      "torch.einsum('ii->i', torch.ones(3, 3))",
    ],
    errors: [
      ["torch.einsum('ij,jk->ik', torch.ones(2, 3), torch.ones(4, 4))", 'einsum-size'],
      ["torch.einsum('ij->ik', torch.ones(2, 3))", 'einsum-equation'],
      ["torch.einsum('ijk->i', torch.ones(2, 3))", 'einsum-rank'],
    ],
    doc: 'torch.einsum',
  },
];
