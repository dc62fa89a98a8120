/**
 * Rules that are nothing but a line in the shape notation: the tensor arguments are matched against its left side and
 * its right side is the result.
 */
import { instantiate, matchShape, parseNotation } from '../shapes/notation.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import type { Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';

/** Applies a rule in the notation; sizes that are not in a tensor argument are read from the integer argument of that name. */
export function notated(ctx: Context, notation: string, args: Arguments): Out {
  const rule = parseNotation(notation);
  const env = new Map();
  const params = args.bound.signature.params.filter((p) => p.type === 'Tensor');
  rule.inputs.forEach((pattern, i) => {
    const param = params[i];
    if (param === undefined) return;
    const tensor = args.optionalTensor(param.name);
    if (tensor === undefined) return;
    const problem = matchShape(ctx.world, pattern, tensor.shape, env);
    if (problem !== undefined) {
      ctx.fail({
        code: 'shape-mismatch',
        message: `${ctx.name}: \`${param.name}\` is ${ctx.spell(tensor.shape)}, expected ${pattern.text}`,
      });
    }
  });
  const outputs = rule.outputs.map((pattern) => tensorOut(instantiate(pattern, env)));
  return outputs.length === 1 ? (outputs[0] as Out) : tupleOut(outputs);
}
