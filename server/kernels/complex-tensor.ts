// Owns complex tensors made of two real ones: real and imaginary parts, absolute values and angles.

import type { NdArray } from './array.ts';
import { fromBuffer } from './array.ts';
import { record, rename } from './autograd.ts';
import { binary } from './binary.ts';
import { broadcastShapes, sameShape } from './broadcast.ts';
import { allocate, complexType } from './dtype.ts';
import { unary } from './unary.ts';
import { expand } from './views.ts';

/** abs * (cos(angle) + i sin(angle)). */
export function polar(abs: NdArray, angle: NdArray): NdArray {
  return rename(complexOf(binary('mul', abs, unary('cos', angle)), binary('mul', abs, unary('sin', angle))), 'PolarBackward0');
}

/** A complex array from its real and imaginary parts (torch.complex). */
export function complexOf(real: NdArray, imaginary: NdArray): NdArray {
  const whole = broadcastShapes(real.shape, imaginary.shape);
  const [re, im] = [real, imaginary].map((part) => (sameShape(part.shape, whole) ? part : expand(part, whole))) as [NdArray, NdArray];
  const dtype = complexType(re.dtype);
  const data = allocate(dtype, re.numel);
  const r = re.dense();
  const j = im.dense();
  for (let i = 0; i < r.length; i++) {
    data[2 * i] = r[i] as number;
    data[2 * i + 1] = j[i] as number;
  }
  return record('ComplexBackward0', [re, im], fromBuffer(data, re.shape, dtype), (g) => {
    const parts = [0, 1].map((k) => {
      const out = allocate(re.dtype, re.numel);
      const src = g.dense();
      for (let i = 0; i < out.length; i++) out[i] = src[2 * i + k] as number;
      return fromBuffer(out, re.shape, re.dtype);
    });
    return parts;
  });
}
