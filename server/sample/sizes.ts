/**
 * Choosing sample sizes: small, different from each other, and of the kind their names suggest. Several schemes are
 * offered; the first that the program runs with is taken.
 */
import type { Plan } from './plan.ts';

/** Usual numbers for usual names; small ones, so that a run is quick and its output short. */
const USUAL: readonly (readonly [RegExp, number])[] = [
  [/^(b|n|bs|batch|batch_size|bsz|n_batch)$/i, 3],
  [/^(t|l|s|seq|seq_len|seq_length|length|time|steps|src_len|timesteps|max_len)$/i, 5],
  [/(vocab|num_embeddings|n_tokens|num_tokens|ntoken)/i, 20],
  [/(n_?heads?|num_heads|heads)/i, 2],
  [/(num_layers|n_layers|nlayers|depth|layers)/i, 2],
  [/(hidden|hid)/i, 8],
  [/(emb|d_model|model_dim|dim)/i, 16],
  [/(num_classes|n_classes|classes|output|out|n_actions|tags|labels)/i, 4],
  [/(kernel|ksize)/i, 3],
  [/(stride|dilation|groups|expansion)/i, 1],
  [/(pad)/i, 1],
  [/(channel|in_ch|out_ch|^c$|^ch$)/i, 3],
  [/(height|width|^h$|^w$|img|image|resolution)/i, 32],
  [/(input|in_|features|feat)/i, 6],
  [/(dropout|^p$)/i, 0],
];

const SPARE = [4, 6, 7, 9, 10, 11, 12, 13];

export type Assignment = ReadonlyMap<number, number>;

/** Assignments to try, the nicest first. `set` are the user's own by name. */
export function* assignments(plan: Plan, set: Readonly<Record<string, number>>): Iterable<Assignment> {
  yield scheme(plan, set, (name, i) => usual(name) ?? (SPARE[i % SPARE.length] as number));
  for (const unit of [8, 16, 32, 64, 4, 2]) {
    yield scheme(plan, set, (name, i) => (isUsualSmall(name) ? (usual(name) as number) : unit * (1 + (i % 3))));
    yield scheme(plan, set, (name) => (isUsualSmall(name) ? (usual(name) as number) : unit));
  }
  for (const all of [28, 64, 128, 224, 1]) yield scheme(plan, set, (name) => (isUsualSmall(name) ? (usual(name) as number) : all));
}

function scheme(plan: Plan, set: Readonly<Record<string, number>>, choose: (name: string, index: number) => number): Assignment {
  const sizes = new Map<number, number>();
  const used = new Map<string, number>();
  let index = 0;
  for (const [id, { name, least, greatest }] of plan.symbols) {
    const plain = name.slice(name.lastIndexOf('.') + 1);
    const own = set[name] ?? set[plain];
    let size = own ?? (name !== '?' ? used.get(name) : undefined) ?? choose(plain, index++);
    if (own === undefined) size = Math.min(Math.max(size, least), greatest);
    used.set(name, size);
    sizes.set(id, size);
  }
  return sizes;
}

function usual(name: string): number | undefined {
  return USUAL.find(([pattern]) => pattern.test(name))?.[1];
}

function isUsualSmall(name: string): boolean {
  const n = usual(name);
  return n !== undefined && n <= 5;
}
