/**
 * Shapes of parameters as documentation gives them: in a function's or a class's docstring, or in a comment at the head of
 * a body. Reads text only.
 */
import type { Axis } from '../shapes/axis-string.ts';
import type { WrittenShape } from '../shapes/written-shape.ts';
import { shapesIn } from '../shapes/written-shape.ts';
import type { TensorPayload } from '../torch/tensor.ts';

export interface Documented {
  readonly axes: readonly Axis[];
  readonly dtype: TensorPayload['dtype'];
  /** The text itself says that it is a tensor. */
  readonly tensor: boolean;
}

const DTYPES: Readonly<Record<string, TensorPayload['dtype']>> = { long: 'int64', int64: 'int64', bool: 'bool', boolean: 'bool' };

/** `srcs: list of features [B, C, H, W]`, `masks (List[Tensor]): …`: many tensors. */
const HOLDERS = /\b(?:lists?|tuples?|sequences?|dict(?:ionar(?:y|ies))?s?|iterables?|collections?|iterators?|generators?)\b/i;

/** What the text says of each of the parameters; `ordered` are those that a list of shapes before an arrow speaks of. */
export function documentedShapes(text: string, parameters: readonly string[], ordered: readonly string[]): ReadonlyMap<string, Documented> {
  const found = new Map<string, Documented>();
  const twice = new Set<string>();
  const put = (name: string, documented: Documented): void => {
    if (found.has(name)) twice.add(name);
    else found.set(name, documented);
  };
  for (const line of text.split('\n')) {
    const arrow = line.search(/->|→|=>/);
    const inputs = arrow < 0 ? line : line.slice(0, arrow);
    // `(N, C) or (C,)`: two shapes for one thing.
    if (/\)\s*(?:or|\/|\|)\s*[([]/.test(inputs)) continue;
    const shapes = shapesIn(inputs).filter((shape) => !isContent(inputs, shape) && !isOneOfMany(inputs, shape));
    if (shapes.length === 0) continue;
    // `x: (B, T, D) if batched`: only then.
    if (/\b(?:if|when|unless|otherwise|else)\b/.test(line)) continue;
    // `threshold (float): …`
    if (/^\W*\w+\W*\(\s*(?:float|int|bool|str|callable)\b/i.test(line)) continue;
    // What is said of the items is not said of what holds them.
    if (HOLDERS.test(inputs.slice(0, shapes[0]?.start))) continue;
    const named = shapes.map((shape) => nameBefore(inputs, shape, parameters));
    const inOrder = arrow >= 0 && shapes.length === ordered.length && named.every((name, i) => name === undefined || name === ordered[i]);
    if (inOrder) {
      shapes.forEach((shape, i) => {
        put(ordered[i] as string, documentedOf(inputs, shape));
      });
    } else if (named.some((name) => name !== undefined)) {
      shapes.forEach((shape, i) => {
        const name = named[i];
        if (name !== undefined) put(name, documentedOf(inputs, shape));
      });
    } else if (shapes.length === 1 && arrow < 0) {
      const entry = entryName(inputs, parameters);
      if (entry !== undefined) put(entry, documentedOf(inputs, shapes[0] as WrittenShape));
    }
  }
  for (const name of twice) found.delete(name);
  return found;
}

/** `(N, 3) of [id, row, column]`, `batch: [text, audio]`: what is in it, not how much. */
function isContent(text: string, shape: WrittenShape): boolean {
  if (text[shape.start] !== '[') return false;
  // `in [0, 1]` is a range.
  if (/\b(?:of|in|within|range|interval|between)\s*$/.test(text.slice(0, shape.start))) return true;
  const names = text.slice(shape.start, shape.end).match(/[A-Za-z_]\w*/g) ?? [];
  return (
    names.length > 0 && !/\d/.test(text.slice(shape.start, shape.end)) && !names.some((name) => SIZE.test(name) || /^[A-Z]{3}$/.test(name))
  );
}

/** `(B, C) or B`: one of two shapes; `a list of tensors, each (1,)`: one of several tensors. */
function isOneOfMany(text: string, shape: WrittenShape): boolean {
  const before = text.slice(0, shape.start);
  return (
    /^[`'"]*\s*or\b/.test(text.slice(shape.end)) || /\bor\s*[`'"]*$|\b[Ll]ist|\b[Tt]uples? of\b|\b[Ss]equences? of\b|\beach\b/.test(before)
  );
}

/** Names of sizes are short, or say what they count. */
const SIZE =
  /^[A-Za-z]{1,2}$|_[a-z]$|batch|bsz|size|len|dim|num|n_|seq|time|step|hidden|chan|feat|width|height|vocab|head|emb|class|tok|frame|row|col|max|source|target|src|tgt|in_|out_|samp|spat|point|node|edge|patch|window|layer/i;

/** `x (B, T)`, `x: (B, T)`, ``x`: [B, T]``, `x - (B, T)`, `x is (B, T)`, `x of shape (B, T)`; `X` at the start of a sentence. */
function nameBefore(text: string, shape: WrittenShape, parameters: readonly string[]): string | undefined {
  const match = /([A-Za-z_]\w*)[`'*]*\s*(?:[:=]|--?|(?:(?:is|are|has|have|with|of|a|the|shapes?)\s+)+)?\s*`*$/.exec(
    text.slice(0, shape.start),
  );
  const name = match?.[1];
  if (name === undefined) return undefined;
  if (parameters.includes(name)) return name;
  const small = name[0]?.toLowerCase() + name.slice(1);
  return name.length > 2 && small !== name && parameters.includes(small) ? small : undefined;
}

/** The parameter that a line is the entry of: `x: the input, (B, T)`, `:param x: …`, `- x (Tensor): …`. */
function entryName(text: string, parameters: readonly string[]): string | undefined {
  const match = /^\s*(?:[-*]\s*|#+\s*|:param\s+(?:[\w.]+\s+)?|@param\s+)?[`'*]*([A-Za-z_]\w*)[`'*]*\s*(?:\([^()]*\))?\s*:/.exec(text);
  const name = match?.[1];
  return name !== undefined && parameters.includes(name) ? name : undefined;
}

function documentedOf(text: string, shape: WrittenShape): Documented {
  const after = /^\s*,?\s*(?:of\s+)?(?:torch\.)?([a-z]\w*)/.exec(text.slice(shape.end))?.[1];
  const dtype = after === undefined || !Object.hasOwn(DTYPES, after) ? undefined : DTYPES[after];
  const tensor = dtype !== undefined || /\b[Tt]ensors?\b|\b(?:float|long)\b|\bshape[ds]?\b/.test(text);
  return { axes: shape.axes, dtype, tensor };
}
