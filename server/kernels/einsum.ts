// Owns torch.einsum: parsing of the equation and its evaluation as pairwise batched products, with gradients.

import type { NdArray } from './array.ts';
import { binary } from './binary.ts';
import { KernelError } from './dtype.ts';
import { product } from './matmul.ts';
import { sum } from './reduce.ts';
import { diagonal, expand, permute, reshape, unsqueeze } from './views.ts';

interface Labelled {
  readonly array: NdArray;
  readonly labels: readonly string[];
}

function fail(text: string): never {
  throw new KernelError(`einsum(): ${text}`, 'RuntimeError');
}

/** Splits 'ij...' into labels; the ellipsis becomes labels '…k' counted from the right. */
function labelsOf(text: string, rank: number): string[] {
  const parts = text.split('...');
  if (parts.length > 2) fail('found multiple ellipses');
  const named = parts.join('').length;
  const left = [...(parts[0] as string)];
  if (parts.length === 1) return left;
  const hidden = rank - named;
  if (hidden < 0) fail(`the number of subscripts in the equation (${named}) is more than the number of dimensions (${rank}) for operand`);
  const dots = Array.from({ length: hidden }, (_, i) => `.${hidden - i}`);
  return [...left, ...dots, ...(parts[1] as string)];
}

/** Takes diagonals of repeated labels. */
function withoutRepeats(x: Labelled): Labelled {
  for (let i = 0; i < x.labels.length; i++) {
    const j = x.labels.indexOf(x.labels[i] as string, i + 1);
    if (j < 0) continue;
    const labels = [...x.labels.filter((_, k) => k !== i && k !== j), x.labels[i] as string];
    return withoutRepeats({ array: diagonal(x.array, 0, i, j), labels });
  }
  return x;
}

function sumOut(x: Labelled, keep: ReadonlySet<string>): Labelled {
  const drop = x.labels.map((l, i) => (keep.has(l) ? -1 : i)).filter((i) => i >= 0);
  if (drop.length === 0) return x;
  return { array: sum(x.array, drop), labels: x.labels.filter((l) => keep.has(l)) };
}

function arrange(x: Labelled, order: readonly string[]): NdArray {
  let array = x.array;
  const labels = x.labels.slice();
  for (const l of order)
    if (!labels.includes(l)) {
      array = unsqueeze(array, array.rank);
      labels.push(l);
    }
  const dims = order.map((l) => labels.indexOf(l));
  return dims.every((d, i) => d === i) ? array : permute(array, dims);
}

/** Contracts two operands, keeping the labels in `keep`. */
function pair(a: Labelled, b: Labelled, keep: ReadonlySet<string>): Labelled {
  const inA = new Set(a.labels);
  const inB = new Set(b.labels);
  const x = sumOut(a, new Set([...keep, ...inB]));
  const y = sumOut(b, new Set([...keep, ...inA]));
  const batch = x.labels.filter((l) => inB.has(l) && keep.has(l));
  const shared = x.labels.filter((l) => inB.has(l) && !keep.has(l));
  const left = x.labels.filter((l) => !inB.has(l));
  const right = y.labels.filter((l) => !inA.has(l));
  const size = (l: string): number =>
    [x, y].reduce((n, o) => {
      const own = o.labels.includes(l) ? (o.array.shape[o.labels.indexOf(l)] as number) : 1;
      return own === 1 ? n : own;
    }, 1);
  if (shared.length === 0) {
    const order = [...batch, ...left, ...right];
    return { array: binary('mul', arrange(x, order), arrange(y, order)), labels: order };
  }
  const count = (ls: readonly string[]): number => ls.reduce((n, l) => n * size(l), 1);
  const wide = (o: Labelled, order: readonly string[]): NdArray => expand(arrange(o, order), order.map(size));
  const xa = reshape(wide(x, [...batch, ...left, ...shared]), [count(batch), count(left), count(shared)]);
  const yb = reshape(wide(y, [...batch, ...shared, ...right]), [count(batch), count(shared), count(right)]);
  const order = [...batch, ...left, ...right];
  return { array: reshape(product(xa, yb, 'BmmBackward0'), order.map(size)), labels: order };
}

/** torch.einsum. Operands contract from left to right; sizes are taken as checked. */
export function einsum(equation: string, operands: readonly NdArray[]): NdArray {
  const text = equation.replaceAll(' ', '');
  const [inputs, target] = text.split('->') as [string, string | undefined];
  const terms = inputs.split(',');
  if (terms.length !== operands.length) fail(`more operands were provided than specified in the equation`);
  let values = operands.map((array, i) => withoutRepeats({ array, labels: labelsOf(terms[i] as string, array.rank) }));
  const raw = operands.flatMap((array, i) => labelsOf(terms[i] as string, array.rank));
  const dots = [...new Set(raw.filter((l) => l.startsWith('.')))].sort((p, q) => Number(q.slice(1)) - Number(p.slice(1)));
  const letters = [...new Set(raw.filter((l) => !l.startsWith('.')))];
  const once = letters.filter((l) => raw.indexOf(l) === raw.lastIndexOf(l)).sort();
  const output =
    target === undefined
      ? [...dots, ...once]
      : target.includes('...')
        ? [...(target.split('...')[0] as string), ...dots, ...(target.split('...')[1] as string)]
        : [...target];
  if (values.length === 1) values = [sumOut(values[0] as Labelled, new Set(output))];
  while (values.length > 1) {
    const [a, b, ...rest] = values as [Labelled, Labelled, ...Labelled[]];
    const keep = new Set([...output, ...rest.flatMap((r) => r.labels)]);
    values = [pair(a, b, keep), ...rest];
  }
  const last = sumOut(values[0] as Labelled, new Set(output));
  return arrange(last, output);
}
