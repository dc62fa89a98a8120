/**
 * Element functions of two tensors: entries made from the table of forms, and the rule that operators share with them.
 */
import { eq } from '../dims/cond.ts';
import type { Dim } from '../dims/dim.ts';
import { constant, same, valueOf } from '../dims/dim.ts';
import { inPlace } from '../kernels/inplace.ts';
import type { Shape } from '../shapes/shape.ts';
import { dimsOf } from '../shapes/shape.ts';
import type { Arguments, KernelArguments } from './arguments.ts';
import type { BinaryForm } from './binary-forms.ts';
import { BINARY_FORMS, computingType } from './binary-forms.ts';
import type { Context } from './context.ts';
import { broadcastShape, operandArray, presentValue, scaleBounds, shiftBounds, withoutOut, writeInPlace } from './elementwise.ts';
import type { Operation, Out, TensorOut } from './entry.ts';
import { tensorOut } from './entry.ts';
import type { Operand } from './promotion.ts';
import { computed, floatingType, operandOf, refuseType, requireCast } from './promotion.ts';
import type { TypeTag } from './state.ts';
import type { Bounds } from './tensor.ts';

/** `[*a], [*b] -> broadcast`, with the checks of types in PyTorch's order. */
export function binaryRule(ctx: Context, form: BinaryForm, x: Operand, y: Operand): TensorOut {
  const common = computingType(x, y);
  form.first?.(ctx, x, y, common);
  const shape = broadcastShape(ctx, [x, y]);
  refuseType(ctx, common === 'complex32' && form.name === 'true_divide' ? { c: 'div_cpu' } : (form.refuses ?? {}), common);
  if (form.divides === true) refuseZero(ctx, common, y, shape);
  if (form.name === 'sub' || form.name === 'eq') warnOuter(ctx, x, y, shape);
  return tensorOut(shape, computed(resultTag(form, common)), { layout: layoutOf(x, y), bounds: boundsOf(ctx, form.name, x, y, common) });
}

/** The same, written into the first operand. */
export function binaryInPlace(ctx: Context, form: BinaryForm, x: Operand, y: Operand): Out {
  const common = computingType(x, y);
  form.first?.(ctx, x, y, common);
  const self = x.tensor;
  if (self === undefined) return tensorOut(broadcastShape(ctx, [x, y]), undefined);
  const out = writeInPlace(ctx, self, broadcastShape(ctx, [x, y]));
  if (form.type !== 'bool') requireCast(ctx, resultTag(form, common), self.dtype);
  refuseType(ctx, form.refuses ?? {}, common);
  if (form.divides === true) refuseZero(ctx, common, y, x.shape);
  return out;
}

function resultTag(form: BinaryForm, common: TypeTag | undefined): TypeTag | undefined {
  switch (form.type) {
    case 'bool':
      return 'bool';
    case 'float':
      return floatingType(common);
    case 'double':
      return common === undefined ? undefined : common.startsWith('complex') ? 'complex128' : 'float64';
    case 'promoted':
      return common;
  }
}

function layoutOf(x: Operand, y: Operand): 'contiguous' | 'unknown' {
  const plain = (o: Operand): boolean => o.level === 2 || o.tensor?.payload.layout === 'contiguous';
  return plain(x) && plain(y) ? 'contiguous' : 'unknown';
}

/** Integers raise where a divisor is known to be 0. */
export function refuseZero(ctx: Context, type: TypeTag | undefined, y: Operand, shape: Shape): void {
  if (type === undefined || !/^u?int/.test(type)) return;
  const zero = y.level === 2 ? ctx.interp.asNumber(y.value) === 0 : y.tensor?.values?.toFlat().includes(0) === true;
  const numel = dimsOf(ctx.world.resolve(shape));
  if (!zero || numel === undefined || numel.some((d) => ctx.facts.decide(eq(d, constant(0))) !== 'no')) return;
  ctx.fail({ code: 'zero-division', text: 'ZeroDivisionError', message: `${ctx.name}: an integer tensor is divided by 0` });
}

const isOne = (d: Dim | undefined): boolean => d !== undefined && valueOf(d) === 1;

/** `(N, 1) - (N,)` is `(N, N)`: a prediction that needs gradients against targets that do not. */
function warnOuter(ctx: Context, x: Operand, y: Operand, shape: Shape): void {
  const [a, b] = [x.tensor?.dims, y.tensor?.dims];
  if (a === undefined || b === undefined || dimsOf(shape)?.length !== 2) return;
  const [column, row] = a.length === 2 ? [x, y] : [y, x];
  const [wide, flat] = a.length === 2 ? [a, b] : [b, a];
  const [n] = flat;
  if (wide.length !== 2 || flat.length !== 1 || n === undefined || !isOne(wide[1]) || isOne(n) || !same(wide[0] as Dim, n)) return;
  if (column.tensor?.payload.requiresGrad !== true || row.tensor?.payload.requiresGrad !== false) return;
  const size = ctx.spell(n);
  ctx.warn({
    code: 'broadcast-outer',
    message: `${ctx.name}: [${size}, 1] against [${size}] is [${size}, ${size}], each against each`,
    origins: [column.tensor.origin, row.tensor.origin],
  });
}

/** Where an integer tensor's values lie is kept through what indices are made with. */
function boundsOf(ctx: Context, name: string, x: Operand, y: Operand, type: TypeTag | undefined): Bounds | undefined {
  if (type === undefined || !/^u?int/.test(type)) return undefined;
  const n = y.level === 2 && y.dtype === 'int64' ? ctx.interp.asDim(y.value) : undefined;
  if (n === undefined) return undefined;
  const known = ctx.known(n);
  switch (name) {
    case 'add':
      return shiftBounds(x.tensor?.bounds, n);
    case 'sub':
      return known === undefined ? undefined : shiftBounds(x.tensor?.bounds, constant(-known));
    case 'mul':
      return known === undefined || known < 0 ? undefined : scaleBounds(x.tensor?.bounds, n);
    case 'remainder':
      return known === undefined || known <= 0 ? undefined : { least: constant(0), greatest: constant(known - 1) };
    default:
      return undefined;
  }
}

// ---------------------------------------------------------------- entries

function signatures(form: BinaryForm, name: string): string | readonly string[] {
  const second = form.second ?? 'other';
  const tail = `${form.alpha === true ? '*, Number alpha = 1, ' : '*, '}Tensor out = None)`;
  switch (form.numbers) {
    case 'both': {
      const both = `${name}(Tensor|Number input, Tensor|Number ${second}, ${tail}`;
      if (form.numberListed === true) return [both, `${name}(Tensor input, Number ${second})`];
      return form.alpha === true ? [both, `deprecated ${name}(Tensor input, Number alpha, Tensor ${second}, *, Tensor out = None)`] : both;
    }
    case 'none':
      return `${name}(Tensor input, Tensor ${second}, ${tail}`;
    case 'second':
      return [`${name}(Tensor input, Tensor ${second}, ${tail}`, `${name}(Tensor input, Number ${second}, ${tail}`];
    case 'either':
      return [
        `${name}(Tensor input, Tensor ${second}, ${tail}`,
        form.numberFirstPlain === true ? `${name}(Number self, Tensor ${second})` : `${name}(Number self, Tensor ${second}, ${tail}`,
        `${name}(Tensor input, Number ${second}, ${tail}`,
      ];
  }
}

function methods(form: BinaryForm, name: string): string | readonly string[] {
  const second = form.second ?? 'other';
  const alpha = form.alpha === true ? ', *, Number alpha = 1' : '';
  if (form.numbers === 'none') return `${name}(Tensor ${second})`;
  if (form.numbers === 'both') {
    const both = `${name}(Tensor|Number ${second}${alpha})`;
    if (form.numberListed === true) return [both, `${name}(Number ${second})`];
    return form.alpha === true ? [both, `deprecated ${name}(Number alpha, Tensor ${second})`] : both;
  }
  return [`${name}(Tensor ${second}${alpha})`, `${name}(Number ${second}${alpha})`];
}

/** The operands of an entry; as a method the first is `input` whatever the overload. */
function operandsOf(ctx: Context, a: Arguments, form: BinaryForm): readonly [Operand, Operand] {
  const first = a.exists('input') ? 'input' : 'self';
  const second = form.second ?? 'other';
  const value = first === 'input' ? a.value(first) : undefined;
  const x = value?.kind === 'unknown' && form.numbers !== 'both' ? tensorOperand(ctx, a, first) : operandOf(ctx, a.value(first), first);
  const y = form.numbers === 'none' ? tensorOperand(ctx, a, second) : operandOf(ctx, a.value(second), second);
  return [x, y];
}

function tensorOperand(ctx: Context, a: Arguments, name: string): Operand {
  return operandOf(ctx, a.tensor(name).object, name);
}

function alphaOf(k: KernelArguments): number {
  return k.rule.exists('alpha') ? k.number('alpha') : 1;
}

/** `alpha` must be of a kind that the result takes. */
function checkAlpha(ctx: Context, a: Arguments, x: Operand, y: Operand): void {
  if (!a.exists('alpha') || !a.given('alpha')) return;
  const kind = presentValue(a, 'alpha')?.kind;
  const type = computingType(x, y);
  if (type === undefined) return;
  if (kind === 'bool' && type !== 'bool') {
    ctx.fail({
      code: 'invalid-argument',
      text: 'Boolean alpha only supported for Boolean results.',
      message: `${ctx.name}: \`alpha\` is a bool, the result is not`,
    });
  }
  if (kind === 'float' && /^(u?int|bool)/.test(type)) {
    ctx.fail({
      code: 'invalid-argument',
      text: 'For integral input tensors, argument alpha must not be a floating point number.',
      message: `${ctx.name}: \`alpha\` is a float, the tensors are integers`,
    });
  }
}

function entriesOf(form: BinaryForm): Operation[] {
  const second = form.second ?? 'other';
  const integers = form.refuses?.f !== undefined ? ', dtype=torch.int64' : '';
  const sample = (call: string): string => `${call}(torch.ones(2, 3${integers}), torch.ones(3${integers}))`;
  const made: Operation[] = [];
  for (const name of [form.name, ...(form.aliases ?? [])]) {
    made.push({
      names: [`torch.${name}`, `Tensor.${name}`, ...(form.special === true ? [`torch.special.${name}`] : [])],
      signature: signatures(form, name),
      method: methods(form, name),
      shape: '(*a), (*b) -> (*c)',
      rule: (ctx, a) => {
        const [x, y] = operandsOf(ctx, a, form);
        checkAlpha(ctx, a, x, y);
        return binaryRule(ctx, form, x, y);
      },
      kernel: (k) => {
        withoutOut(k);
        return form.kernel(operandArray(k, k.rule.exists('input') ? 'input' : 'self'), operandArray(k, second), alphaOf(k));
      },
      samples: [sample(`torch.${name}`)],
      errors: [[`torch.${name}(torch.ones(3${integers}), torch.ones(4${integers}))`, 'broadcast-mismatch']],
      doc: `torch.${name}`,
    });
    if (form.inPlace === false) continue;
    made.push({
      names: [`Tensor.${name}_`],
      signature: methods(form, `${name}_`),
      shape: '(*a), (*b) -> (*a)',
      rule: (ctx, a) => {
        const x = operandOf(ctx, a.tensor('self').object, 'self');
        const y = operandOf(ctx, a.value(second), second);
        checkAlpha(ctx, a, x, y);
        return binaryInPlace(ctx, form, x, y);
      },
      kernel: (k) => inPlace(k.array('self'), (old) => form.kernel(old, operandArray(k, second), alphaOf(k))),
      samples: [`torch.ones(2, 3${integers}).${name}_(torch.ones(3${integers}))`],
      errors: [[`torch.ones(3${integers}).${name}_(torch.ones(2, 3${integers}))`, 'broadcast-mismatch']],
      doc: `torch.Tensor.${name}_`,
    });
  }
  return made;
}

export const BINARY: readonly Operation[] = BINARY_FORMS.flatMap(entriesOf);
