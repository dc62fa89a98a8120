/**
 * Rules that are nothing but a line in the shape notation: the tensor arguments are matched against its left side and
 * its right side is the result.
 */
import type { Env } from '../shapes/notation.ts';
import { applySignature } from '../shapes/notation.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import type { Out } from './entry.ts';
import { tensorOut, tupleOut } from './entry.ts';

/** Applies a rule in the notation to the tensor parameters in order; a None is an absent input. */
export function notated(ctx: Context, notation: string, args: Arguments): Out {
  const params = args.bound.signature.params.filter((p) => p.type === 'Tensor' && p.name !== 'out');
  if (args.exists('self')) params.unshift({ ...(params[0] ?? args.bound.signature.params[0]), name: 'self' } as (typeof params)[number]);
  const tensors = params.map((p) => args.optionalTensor(p.name));
  const env: Env = new Map();
  const result = applySignature(
    ctx.world,
    notation,
    tensors.map((t) => t?.shape),
    env,
  );
  if ('match' in result) {
    const tensor = tensors[result.input];
    ctx.fail({
      code: result.match.kind === 'rank' ? 'rank-mismatch' : 'shape-mismatch',
      message: `${ctx.name}: \`${tensor?.name}\` is ${tensor === undefined ? 'absent' : ctx.spell(tensor.shape)}, the rule is ${notation}`,
    });
  }
  const outputs = result.shapes.map((shape) => tensorOut(shape));
  return outputs.length === 1 ? (outputs[0] as Out) : tupleOut(outputs);
}
