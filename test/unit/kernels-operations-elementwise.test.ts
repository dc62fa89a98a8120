// Element functions and activations against PyTorch's own results, gradients and names.

import * as activation from '../../server/kernels/activation.ts';
import type { NdArray } from '../../server/kernels/array.ts';
import * as autograd from '../../server/kernels/autograd.ts';
import * as binary from '../../server/kernels/binary.ts';
import { complexOf } from '../../server/kernels/complex-tensor.ts';
import * as join from '../../server/kernels/join.ts';
import * as ternary from '../../server/kernels/ternary.ts';
import * as unary from '../../server/kernels/unary.ts';
import * as views from '../../server/kernels/views.ts';
import { Family, num } from './operation-cases.ts';

const family = new Family();
const { add } = family;

for (const name of unary.UNARY_NAMES) {
  const arg = /acosh/.test(name)
    ? 'y+1'
    : /^(log|sqrt|rsqrt|lgamma|digamma|log2|log10)/.test(name)
      ? 'y'
      : /^(asin|acos|atanh|erfinv)$/.test(name)
        ? 'x.detach().tanh().requires_grad_()*0.9'
        : 'x';
  add(`torch.${name}(${arg})`, (e) =>
    unary.unary(
      name,
      arg === 'x'
        ? e.x
        : arg === 'y'
          ? e.y
          : arg === 'y+1'
            ? binary.binary('add', e.y, num(1, 'int'))
            : binary.binary('mul', autograd.requireGrad(unary.unary('tanh', views.detach(e.x))), num(0.9)),
    ),
  );
  if (!/erf|lgamma|digamma|i0|sinc|2rad|2deg|log2|log10|log1p|exp2|expm1|^a|frac|round|floor|ceil|trunc|relu|sign$/.test(name))
    add(`torch.${name}(z)`, (e) => unary.unary(name, e.z));
}
for (const [py, f] of [
  ['x+y', 'add'],
  ['x-y', 'sub'],
  ['x*y', 'mul'],
  ['x/y', 'div'],
  ['y**x', 'pow'],
  ['torch.remainder(x,y)', 'remainder'],
  ['torch.fmod(x,y)', 'fmod'],
  ['torch.maximum(x,y)', 'maximum'],
  ['torch.minimum(x,y)', 'minimum'],
  ['torch.fmax(x,y)', 'fmax'],
  ['torch.fmin(x,y)', 'fmin'],
  ['torch.atan2(x,y)', 'atan2'],
  ['torch.hypot(x,y)', 'hypot'],
  ['torch.copysign(x,y)', 'copysign'],
  ['torch.logaddexp(x,y)', 'logaddexp'],
  ['torch.logaddexp2(x,y)', 'logaddexp2'],
  ['torch.xlogy(x,y)', 'xlogy'],
  ['torch.ldexp(x,y)', 'ldexp'],
] as const)
  add(py, (e) => binary.binary(f, f === 'pow' ? e.y : e.x, f === 'pow' ? e.x : e.y));
for (const f of ['add', 'sub', 'mul', 'div', 'pow'] as const) {
  const op = { add: '+', sub: '-', mul: '*', div: '/', pow: '**' }[f];
  add(`y${op}2`, (e) => binary.binary(f, e.y, num(2, 'int')));
  add(`y${op}0.3`, (e) => binary.binary(f, e.y, num(0.3)));
  add(`i${op}2`, (e) => binary.binary(f, e.i, num(2, 'int')));
  add(`i${op}1.5`, (e) => binary.binary(f, e.i, num(1.5)));
  add(`b${op}(v*v+1)`, (e) => binary.binary(f, e.b, binary.binary('add', binary.binary('mul', e.v, e.v), num(1, 'int'))));
  if (f !== 'pow') add(`z${op}z.flip(0)`, (e) => binary.binary(f, e.z, join.flip(e.z, [0])));
}
add('2**x', (e) => binary.binary('pow', num(2, 'int'), e.x));
add('x%2', (e) => binary.binary('remainder', e.x, num(2, 'int')));
add('i//2', (e) => binary.binary('floor_divide', e.i, num(2, 'int')));
add('x.detach()//0.3', (e) => binary.binary('floor_divide', views.detach(e.x), num(0.3)));
add('i%3', (e) => binary.binary('remainder', e.i, num(3, 'int')));
add('-i//3', (e) => binary.binary('floor_divide', unary.unary('neg', e.i), num(3, 'int')));
add('-i%3', (e) => binary.binary('remainder', unary.unary('neg', e.i), num(3, 'int')));
add('i&3', (e) => binary.binary('bitwise_and', e.i, num(3, 'int')));
add('i<<2', (e) => binary.binary('shift_left', e.i, num(2, 'int')));
add('torch.gcd(i,i+2)', (e) => binary.binary('gcd', e.i, binary.binary('add', e.i, num(2, 'int'))));
add('torch.div(x,y,rounding_mode="trunc")', (e) => binary.binary('trunc_divide', e.x, e.y));
add('torch.div(x,y,rounding_mode="floor")', (e) => binary.binary('floored_divide', e.x, e.y, { name: 'DivBackward2' }));
add('x>y', (e) => binary.compare('gt', e.x, e.y));
add('i==1', (e) => binary.compare('eq', e.i, num(1, 'int')));
add('torch.logical_and(x>0,i)', (e) => binary.compare('logical_and', binary.compare('gt', e.x, num(0, 'int')), e.i));
add('torch.isclose(x,x+1e-9)', (e) => binary.isClose(e.x, binary.binary('add', e.x, num(1e-9))));
add('torch.where(x>0,x,y)', (e) => ternary.where(binary.compare('gt', e.x, num(0, 'int')), e.x, e.y));
add('x.clamp(-0.5,0.5)', (e) => ternary.clamp(e.x, -0.5, 0.5));
add('x.clamp(min=y)', (e) => ternary.clampArrays(e.x, e.y, undefined));
add('x.clamp(y-2,y)', (e) => ternary.clampArrays(e.x, binary.binary('sub', e.y, num(2, 'int')), e.y));
add('torch.lerp(x,y,0.3)', (e) => ternary.lerp(e.x, e.y, num(0.3)));
add('torch.lerp(x,y,y)', (e) => ternary.lerp(e.x, e.y, e.y));
add('torch.addcmul(x,y,y,value=0.5)', (e) => ternary.addcmul(e.x, e.y, e.y, 0.5));
add('torch.addcdiv(x,x,y,value=0.5)', (e) => ternary.addcdiv(e.x, e.x, e.y, 0.5));
add('torch.add(x,y,alpha=0.3)', (e) => ternary.addScaled(e.x, e.y, 0.3));
add('torch.sub(x,y,alpha=2)', (e) => ternary.addScaled(e.x, e.y, -2, 'SubBackward0'));
add('torch.polar(y,x)', (e) => ternary.polar(e.y, e.x));
add('x.abs()', (e) => unary.abs(e.x));
add('z.abs()', (e) => unary.abs(e.z));
add('z.angle()', (e) => unary.angle(e.z));
add('z.conj().resolve_conj()', (e) => unary.conj(e.z));
add('torch.complex(x,y)', (e) => complexOf(e.x, e.y));
add('z.real', (e) => views.complexPart(e.z, 0));
add('z.imag', (e) => views.complexPart(e.z, 1));
add('torch.view_as_real(z)', (e) => views.viewAsReal(e.z));
add('torch.nan_to_num(x)', (e) => unary.nanToNum(e.x));
add('torch.logit(y.sigmoid())', (e) => unary.logit(unary.unary('sigmoid', e.y)));
add('torch.round(x,decimals=2)', (e) => unary.roundDecimals(e.x, 2));
add('~(x>0)', (e) => unary.bitwiseNot(binary.compare('gt', e.x, num(0, 'int'))));
add('~i', (e) => unary.bitwiseNot(e.i));
add('x.isfinite()', (e) => unary.testEach('isfinite', e.x));
for (const [py, f] of [
  ['leaky_relu(x)', activation.leakyRelu],
  ['elu(x)', activation.elu],
  ['selu(x)', activation.selu],
  ['celu(x)', activation.celu],
  ['gelu(x)', activation.gelu],
  ['silu(x)', activation.silu],
  ['mish(x)', activation.mish],
  ['softplus(x)', activation.softplus],
  ['logsigmoid(x)', activation.logSigmoid],
  ['hardtanh(x)', activation.hardtanh],
  ['relu6(x)', activation.relu6],
  ['hardsigmoid(x)', activation.hardsigmoid],
  ['hardswish(x)', activation.hardswish],
  ['hardshrink(x)', activation.hardshrink],
  ['softshrink(x)', activation.softshrink],
  ['softsign(x)', activation.softsign],
  ['tanhshrink(x)', activation.tanhshrink],
  ['glu(x)', activation.glu],
] as [string, (a: NdArray) => NdArray][])
  add('F.' + py, (e) => f(e.x));
add('F.threshold(x,0.1,20)', (e) => activation.threshold(e.x, 0.1, 20));
add('F.prelu(b,v[:3])', (e) => activation.prelu(e.b, views.slice(e.v, 0, 0, 3)));

family.done('elementwise', 150);
