/**
 * Conditions over symbolic integers and flags: what a comparison of sizes, or an unknown boolean, stands for.
 * The constructors decide what the normal form and the symbols' own bounds already decide; they know no facts.
 */
import type { Dim } from './polynomial.ts';
import { constant, difference, divideExactly, gcd, mod, neg, sub, valueOf, zero } from './polynomial.ts';

/** A boolean symbol: an argument nobody has given a value, the outcome of something unknown. */
export interface Flag {
  readonly id: number;
  /** Like no other's, and like no symbol's. */
  readonly key: string;
  readonly name: string;
}

export type Cond =
  | { readonly kind: 'const'; readonly value: boolean }
  | { readonly kind: 'flag'; readonly flag: Flag }
  /** `left = right` */
  | { readonly kind: 'eq'; readonly left: Dim; readonly right: Dim }
  /** `left <= right` */
  | { readonly kind: 'le'; readonly left: Dim; readonly right: Dim }
  | { readonly kind: 'not'; readonly of: Cond }
  | { readonly kind: 'and'; readonly of: readonly Cond[] }
  | { readonly kind: 'or'; readonly of: readonly Cond[] };

/** The three answers. `unknown` is never folded into one of the others. */
export type Decision = 'yes' | 'no' | 'unknown';

export const always: Cond = { kind: 'const', value: true };
export const never: Cond = { kind: 'const', value: false };

let flags = 0;

/** A fresh flag. */
export function flag(name: string): Flag {
  const id = ++flags;
  return { id, key: `f${id}`, name };
}

export function isFlag(of: Flag): Cond {
  return { kind: 'flag', flag: of };
}

/** What has been worked out of a condition, kept with it; no part of its meaning. */
interface Notes {
  negation: Cond | undefined;
  key: string | undefined;
  size: number | undefined;
  sizes: readonly Dim[] | undefined;
  tokens: ReadonlySet<string> | undefined;
}

export function notesOf(cond: Cond & { notes?: Notes }): Notes {
  cond.notes ??= { negation: undefined, key: undefined, size: undefined, sizes: undefined, tokens: undefined };
  return cond.notes;
}

const truth = (value: boolean): Cond => (value ? always : never);

export function eq(left: Dim, right: Dim): Cond {
  const a = valueOf(left);
  const b = valueOf(right);
  if (a !== undefined && b !== undefined) return truth(a === b);
  const apart = difference(left, right);
  const value = valueOf(apart);
  if (value !== undefined) return truth(value === 0);
  const { least, greatest } = apart.range;
  if (least > 0 || greatest < 0 || apart.offset % contentOf(apart) !== 0) return never;
  return { kind: 'eq', left, right };
}

export function le(left: Dim, right: Dim): Cond {
  const a = valueOf(left);
  const b = valueOf(right);
  if (a !== undefined && b !== undefined) return truth(a <= b);
  const { least, greatest } = difference(right, left).range;
  if (least >= 0) return always;
  if (greatest < 0) return never;
  return { kind: 'le', left, right };
}

export function ne(left: Dim, right: Dim): Cond {
  return not(eq(left, right));
}

export function lt(left: Dim, right: Dim): Cond {
  const a = valueOf(left);
  const b = valueOf(right);
  if (a !== undefined && b !== undefined) return truth(a < b);
  return not(le(right, left));
}

export function ge(left: Dim, right: Dim): Cond {
  return le(right, left);
}

export function gt(left: Dim, right: Dim): Cond {
  return lt(right, left);
}

/** `n % k == 0`. */
export function divides(k: Dim, n: Dim): Cond {
  return eq(mod(n, k), zero);
}

/** Kept with its condition, so that a condition and its negation are each built and spelled once. */
export function not(of: Cond): Cond {
  switch (of.kind) {
    case 'const':
      return truth(!of.value);
    case 'not':
      return of.of;
    default: {
      const notes = notesOf(of);
      if (notes.negation === undefined) {
        notes.negation = negationOf(of);
        if (notes.negation.kind !== 'const') notesOf(notes.negation).negation = of;
      }
      return notes.negation;
    }
  }
}

function negationOf(of: Exclude<Cond, { kind: 'const' | 'not' }>): Cond {
  switch (of.kind) {
    case 'and':
      return or(...of.of.map(not));
    case 'or':
      return and(...of.of.map(not));
    default:
      return { kind: 'not', of };
  }
}

export function and(...of: readonly Cond[]): Cond {
  return join('and', of);
}

export function or(...of: readonly Cond[]): Cond {
  return join('or', of);
}

function join(kind: 'and' | 'or', of: readonly Cond[]): Cond {
  const absorbing = kind === 'or';
  const parts = new Parts();
  for (const part of of) {
    if (part.kind === 'const') {
      if (part.value === absorbing) return part;
      continue;
    }
    if (part.kind !== kind) parts.add(part);
    else for (const piece of part.of) parts.add(piece);
  }
  const { list } = parts;
  for (const part of list) if (parts.find(condKey(not(part))) >= 0) return truth(absorbing);
  return list.length === 0 ? truth(!absorbing) : list.length === 1 ? (list[0] as Cond) : { kind, of: list };
}

/** So many conditions are looked through one by one. */
const FEW = 8;

/** Conditions in order, each once; of two that mean the same the later one's words are kept. */
class Parts {
  readonly list: Cond[] = [];
  private places: Map<string, number> | undefined;

  find(key: string): number {
    if (this.places !== undefined) return this.places.get(key) ?? -1;
    return this.list.findIndex((part) => condKey(part) === key);
  }

  add(part: Cond): void {
    const key = condKey(part);
    const at = this.find(key);
    if (at >= 0) {
      this.list[at] = part;
      return;
    }
    if (this.list.length === FEW) this.places = new Map(this.list.map((each, i) => [condKey(each), i]));
    this.places?.set(key, this.list.length);
    this.list.push(part);
  }
}

/** The greatest number that divides every coefficient but the offset. */
export function contentOf(d: Dim): number {
  let content = 0;
  for (const term of d.terms) content = gcd(content, term.coefficient);
  return content;
}

/** `d = 0` in canonical form: content taken out, first coefficient positive. */
export function primitiveOf(d: Dim): Dim {
  const content = gcd(contentOf(d), d.offset);
  const first = d.terms[0]?.coefficient ?? d.offset;
  const reduced = content > 1 ? (divideExactly(d, constant(content)) ?? d) : d;
  return first < 0 ? neg(reduced) : reduced;
}

/** `0 <= d` in canonical form: content taken out, the offset tightened to an integer. */
function atLeastZero(d: Dim): Dim {
  const content = contentOf(d);
  if (content <= 1) return d;
  const slack = d.offset - Math.floor(d.offset / content) * content;
  return divideExactly(sub(d, constant(slack)), constant(content)) ?? d;
}

/**
 * Conditions of more parts are decided as they stand, not by cases, and disjunctions of more are not kept as facts: each
 * costs a look whenever something in it is learned, and what takes so many branches to say is rarely decided by it.
 */
export const LARGEST = 64;

/** How many comparisons and flags a condition is made of. */
export function sizeOf(of: Cond): number {
  if (of.kind !== 'and' && of.kind !== 'or') return 1;
  const notes = notesOf(of);
  notes.size ??= of.of.reduce((sum, part) => sum + sizeOf(part), 0);
  return notes.size;
}

/** The canonical text: equal only for conditions with the same meaning. */
export function condKey(of: Cond): string {
  const notes = notesOf(of);
  notes.key ??= writeKey(of);
  return notes.key;
}

function writeKey(of: Cond): string {
  switch (of.kind) {
    case 'const':
      return of.value ? 'T' : 'F';
    case 'flag':
      return of.flag.key;
    case 'eq':
      return `0=${primitiveOf(difference(of.left, of.right)).key}`;
    case 'le':
      return `0<${atLeastZero(difference(of.right, of.left)).key}`;
    case 'not':
      if (of.of.kind === 'le') return `0<${atLeastZero(difference(difference(of.of.left, of.of.right), constant(1))).key}`;
      return `!(${condKey(of.of)})`;
    default:
      return `${of.kind}(${of.of.map(condKey).sort().join(',')})`;
  }
}

export function sameCond(a: Cond, b: Cond): boolean {
  return a === b || condKey(a) === condKey(b);
}

export { spellCond } from './spell.ts';
