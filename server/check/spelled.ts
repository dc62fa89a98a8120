/**
 * The shape of a value as people read it, kept in parts so that what several contexts agree on can be told from what
 * they do not. Knows values and tensors; knows no syntax.
 */
import { spell } from '../dims/dim.ts';
import type { Interpreter } from '../python/interpreter.ts';
import type { Value } from '../python/values.ts';
import type { Shape } from '../shapes/shape.ts';
import { stateOf } from '../torch/state.ts';
import { payloadOf } from '../torch/tensor.ts';

export type Spelled =
  | { readonly kind: 'tensor'; readonly sizes: readonly string[]; readonly dtype: string | null }
  | { readonly kind: 'packed'; readonly data: Spelled }
  | { readonly kind: 'tuple' | 'list'; readonly items: readonly Spelled[]; readonly open: boolean }
  /** No tensor, or not known to be one. */
  | { readonly kind: 'other' };

const OTHER: Spelled = { kind: 'other' };
const MAX_ITEMS = 64;
const MAX_DEPTH = 4;

/** Undefined where there is no tensor in the value. */
export function spelledOf(interp: Interpreter, value: Value): Spelled | undefined {
  const result = part(interp, value, 0);
  return holdsTensor(result) ? result : undefined;
}

function holdsTensor(s: Spelled): boolean {
  switch (s.kind) {
    case 'tensor':
    case 'packed':
      return true;
    case 'tuple':
    case 'list':
      return s.items.some(holdsTensor);
    default:
      return false;
  }
}

function part(interp: Interpreter, value: Value, depth: number): Spelled {
  const v = interp.resolve(value);
  switch (v.kind) {
    case 'object': {
      const tensor = payloadOf(v);
      if (tensor !== undefined) return { kind: 'tensor', sizes: sizesOf(interp, tensor.shape), dtype: tensor.dtype ?? null };
      return OTHER;
    }
    case 'tuple': {
      const { classes } = stateOf(interp);
      if (v.cls === classes.size || v.open !== undefined || depth >= MAX_DEPTH) return OTHER;
      if (v.cls === classes.packed) {
        const data = v.items[0];
        return data === undefined ? OTHER : { kind: 'packed', data: part(interp, data, depth + 1) };
      }
      return items(interp, 'tuple', v.items, v.rest?.element, depth);
    }
    case 'list': {
      if (depth >= MAX_DEPTH) return OTHER;
      const content = v.slot.get();
      return items(interp, 'list', content.items, content.rest?.element, depth);
    }
    case 'choice': {
      if (depth >= MAX_DEPTH) return OTHER;
      const yes = part(interp, v.yes, depth + 1);
      const no = part(interp, v.no, depth + 1);
      // One of two: what both agree on, if both are of one kind.
      return yes.kind === no.kind
        ? merge(yes, no)
        : yes.kind === 'other'
          ? OTHER
          : no.kind === 'other'
            ? OTHER
            : yes.kind === 'tensor'
              ? yes
              : no;
    }
    default:
      return OTHER;
  }
}

function items(interp: Interpreter, kind: 'tuple' | 'list', values: readonly Value[], rest: Value | undefined, depth: number): Spelled {
  const shown = values.slice(0, MAX_ITEMS).map((item) => part(interp, item, depth + 1));
  if (rest !== undefined) shown.push(part(interp, rest, depth + 1));
  return { kind, items: shown, open: rest !== undefined || values.length > MAX_ITEMS };
}

function sizesOf(interp: Interpreter, shape: Shape): readonly string[] {
  const { head, run, tail } = stateOf(interp).world.resolve(shape);
  const sizes = head.map(spell);
  if (run !== undefined) sizes.push('*');
  for (const size of tail) sizes.push(spell(size));
  return sizes;
}

/** What two contexts agree on; the rest is `?`, or `*` where not even the number of sizes is the same. */
export function merge(a: Spelled, b: Spelled): Spelled {
  if (a.kind === 'tensor' && b.kind === 'tensor') {
    return { kind: 'tensor', sizes: mergeSizes(a.sizes, b.sizes), dtype: a.dtype === b.dtype ? a.dtype : null };
  }
  if (a.kind === 'packed' && b.kind === 'packed') return { kind: 'packed', data: merge(a.data, b.data) };
  if ((a.kind === 'tuple' && b.kind === 'tuple') || (a.kind === 'list' && b.kind === 'list')) {
    const n = Math.min(a.items.length, b.items.length);
    const items: Spelled[] = [];
    for (let i = 0; i < n; i++) items.push(merge(a.items[i] as Spelled, b.items[i] as Spelled));
    return { kind: a.kind, items, open: a.open || b.open || a.items.length !== b.items.length };
  }
  return OTHER;
}

function mergeSizes(a: readonly string[], b: readonly string[]): readonly string[] {
  const [x, y] = [a.indexOf('*'), b.indexOf('*')];
  if (x < 0 && y < 0 && a.length === b.length) return a.map((size, i) => (size === b[i] ? size : '?'));
  if (a.length === b.length && a.every((size, i) => size === b[i])) return a;
  // Where the number of sizes is known in one of them and the other may have it, it is kept.
  if (x < 0 && y >= 0 && b.length <= a.length + 1) return within(a, b, y);
  if (y < 0 && x >= 0 && a.length <= b.length + 1) return within(b, a, x);
  const head: string[] = [];
  while (head.length < Math.min(a.length, b.length) && a[head.length] === b[head.length] && a[head.length] !== '*')
    head.push(a[head.length] as string);
  const tail: string[] = [];
  const most = Math.min(a.length, b.length) - head.length;
  while (tail.length < most && a[a.length - 1 - tail.length] === b[b.length - 1 - tail.length] && a[a.length - 1 - tail.length] !== '*') {
    tail.unshift(a[a.length - 1 - tail.length] as string);
  }
  return [...head, '*', ...tail];
}

/** What sizes whose number is known have in common with sizes around a run, which is at `run`. */
function within(sizes: readonly string[], open: readonly string[], run: number): readonly string[] {
  const after = open.length - run - 1;
  return sizes.map((size, i) => {
    const fromEnd = sizes.length - i;
    const other = i < run ? open[i] : fromEnd <= after ? open[open.length - fromEnd] : undefined;
    return size === other ? size : '?';
  });
}

/** Of two shapes of one place the one of which more is known; the first where it is the same. */
export function better(own: Spelled, others: Spelled | undefined): Spelled {
  return others === undefined || others.kind !== own.kind || openness(own) <= openness(others) ? own : others;
}

/** How much of a shape is not known; a run counts for many sizes. */
export function openness(s: Spelled): number {
  switch (s.kind) {
    case 'tensor':
      return s.sizes.reduce((sum, size) => sum + (size === '*' ? 8 : size.includes('?') ? 1 : 0), 0);
    case 'packed':
      return openness(s.data);
    case 'tuple':
    case 'list':
      return s.items.reduce((sum, item) => sum + openness(item), s.open ? 8 : 0);
    case 'other':
      return 1;
  }
}

/** `[5, B, 2*H]`, `([5, 3, 20], [2, 3, 20])`, `[[5], [5]]`, `packed[15, 20]`. */
export function textOf(s: Spelled): string {
  switch (s.kind) {
    case 'tensor':
      return `[${s.sizes.join(', ')}]`;
    case 'packed':
      return `packed${textOf(s.data)}`;
    case 'tuple':
      return `(${parts(s.items, s.open)}${s.items.length === 1 && !s.open ? ',' : ''})`;
    case 'list':
      return `[${parts(s.items, s.open)}]`;
    case 'other':
      return '?';
  }
}

function parts(items: readonly Spelled[], open: boolean): string {
  const texts = items.map(textOf);
  if (open) texts.push('...');
  return texts.join(', ');
}

/** The dtype where the whole value is one tensor. */
export function dtypeOf(s: Spelled): string | null {
  return s.kind === 'tensor' ? s.dtype : s.kind === 'packed' ? dtypeOf(s.data) : null;
}
