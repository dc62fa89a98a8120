/**
 * What PyTorch's messages call element types, and the requirement that two factors of a product have the same one.
 */
import type { DType } from '../kernels/dtype.ts';
import { scalarTypeName } from '../kernels/dtype.ts';
import type { TensorArg } from './arguments.ts';
import type { Context } from './context.ts';

/** `long int`, `c10::Half`: the C++ type as some messages print it. */
export function cppTypeName(dtype: DType): string {
  const names: Record<DType, string> = {
    float32: 'float',
    float64: 'double',
    float16: 'c10::Half',
    bfloat16: 'c10::BFloat16',
    int64: 'long int',
    int32: 'int',
    int16: 'short int',
    int8: 'signed char',
    uint8: 'unsigned char',
    bool: 'bool',
    complex64: 'c10::complex<float>',
    complex128: 'c10::complex<double>',
  };
  return names[dtype];
}

/** `torch.FloatTensor`; bool and complex types are named otherwise in checks of index dtypes. */
export function legacyTypeName(dtype: DType): string {
  if (dtype === 'bool') return 'CPUBoolType';
  if (dtype === 'bfloat16') return 'CPUBFloat16Type';
  if (dtype === 'complex64') return 'CPUComplexFloatType';
  if (dtype === 'complex128') return 'CPUComplexDoubleType';
  return `torch.${scalarTypeName(dtype)}Tensor`;
}

/** Both factors have one dtype, with the text of addmm (`mat1 and mat2 …`) or of mm (`expected m1 and m2 …`). */
export function requireSameFactorTypes(ctx: Context, a: TensorArg, b: TensorArg, addmm: boolean): void {
  const x = a.dtype;
  const y = b.dtype;
  if (x === undefined || y === undefined || x === y) return;
  ctx.fail({
    code: 'dtype-mismatch',
    message: `${ctx.name}: \`${a.name}\` is ${x}, \`${b.name}\` is ${y}`,
    text: addmm
      ? `mat1 and mat2 must have the same dtype, but got ${scalarTypeName(x)} and ${scalarTypeName(y)}`
      : `expected m1 and m2 to have the same dtype, but got: ${cppTypeName(x)} != ${cppTypeName(y)}`,
    origins: [a.origin, b.origin],
  });
}
