/**
 * A shape: known sizes, and at most one run of sizes of unknown number between them. Plain data; knows no facts.
 */
import type { Dim } from '../dims/dim.ts';
import { constant, mul, same, spell, valueOf } from '../dims/dim.ts';

/** A run of sizes of unknown number; two runs with one id stand for the same sizes. */
export interface Run {
  readonly id: number;
  readonly name: string | undefined;
  /** The least and greatest number of sizes. */
  readonly least: number;
  readonly greatest: number;
}

/** `[...head, ...run, ...tail]`; without a run the tail is empty. */
export interface Shape {
  readonly head: readonly Dim[];
  readonly run: Run | undefined;
  readonly tail: readonly Dim[];
}

export const scalar: Shape = { head: [], run: undefined, tail: [] };

export function shapeOf(dims: readonly Dim[]): Shape {
  return { head: dims, run: undefined, tail: [] };
}

export function shapeOfNumbers(sizes: readonly number[]): Shape {
  return shapeOf(sizes.map((size) => constant(size)));
}

let runs = 0;

export function freshRun(name?: string, least = 0, greatest = Infinity): Run {
  return { id: ++runs, name, least, greatest };
}

/** A shape of which only the number of sizes may be limited. */
export function unknownShape(name?: string, least = 0, greatest = Infinity): Shape {
  return { head: [], run: freshRun(name, least, greatest), tail: [] };
}

export function withRun(head: readonly Dim[], run: Run | undefined, tail: readonly Dim[]): Shape {
  return run === undefined ? shapeOf([...head, ...tail]) : { head, run, tail };
}

/** `[...a, ...b]`, where not both have a run. */
export function concatenate(a: Shape, b: Shape): Shape {
  if (a.run === undefined) return withRun([...a.head, ...b.head], b.run, b.tail);
  if (b.run === undefined) return withRun(a.head, a.run, [...a.tail, ...b.head]);
  const least = a.run.least + a.tail.length + b.head.length + b.run.least;
  return withRun(a.head, freshRun(undefined, least, a.run.greatest + a.tail.length + b.head.length + b.run.greatest), b.tail);
}

/** `[...kept, last count sizes] -> kept`; what of the kept sizes cannot be told apart from the last ones becomes a run. */
export function withoutLast(shape: Shape, count: number): Shape {
  const { head, run, tail } = shape;
  if (run === undefined) return shapeOf(head.slice(0, Math.max(0, head.length - count)));
  if (tail.length >= count) return withRun(head, run, tail.slice(0, tail.length - count));
  const least = Math.max(0, leastRank(shape) - count);
  const kept = head.slice(0, Math.min(head.length, least));
  return withRun(kept, freshRun(undefined, least - kept.length, Math.max(least, greatestRank(shape) - count) - kept.length), []);
}

/** `[first count sizes, ...kept] -> kept`; see `withoutLast`. */
export function withoutFirst(shape: Shape, count: number): Shape {
  const { head, run, tail } = shape;
  if (run === undefined) return shapeOf(head.slice(count));
  if (head.length >= count) return withRun(head.slice(count), run, tail);
  const least = Math.max(0, leastRank(shape) - count);
  const kept = tail.slice(tail.length - Math.min(tail.length, least));
  return withRun([], freshRun(undefined, least - kept.length, Math.max(least, greatestRank(shape) - count) - kept.length), kept);
}

export function rankOf(shape: Shape): number | undefined {
  return shape.run === undefined ? shape.head.length : undefined;
}

export function leastRank(shape: Shape): number {
  return shape.head.length + shape.tail.length + (shape.run?.least ?? 0);
}

export function greatestRank(shape: Shape): number {
  return shape.head.length + shape.tail.length + (shape.run?.greatest ?? 0);
}

/** All sizes, where their number is known. */
export function dimsOf(shape: Shape): readonly Dim[] | undefined {
  return shape.run === undefined ? shape.head : undefined;
}

/** All sizes, where all are numbers. */
export function numbersOf(shape: Shape): number[] | undefined {
  if (shape.run !== undefined) return undefined;
  const numbers: number[] = [];
  for (const d of shape.head) {
    const value = valueOf(d);
    if (value === undefined) return undefined;
    numbers.push(value);
  }
  return numbers;
}

/** The number of elements, where the number of sizes is known. */
export function numelOf(shape: Shape): Dim | undefined {
  return shape.run === undefined ? product(shape.head) : undefined;
}

export function product(dims: readonly Dim[]): Dim {
  return dims.reduce(mul, constant(1));
}

/** Whether both are the same by form alone. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.run?.id !== b.run?.id || a.head.length !== b.head.length || a.tail.length !== b.tail.length) return false;
  return a.head.every((d, i) => same(d, b.head[i] as Dim)) && a.tail.every((d, i) => same(d, b.tail[i] as Dim));
}

/** `[5, B, 2*H]`; `[*, 4]` for a run, `[*batch, 4]` if it has a name. */
export function spellShape(shape: Shape): string {
  const parts = shape.head.map(spell);
  if (shape.run !== undefined) parts.push(`*${shape.run.name ?? ''}`);
  return `[${[...parts, ...shape.tail.map(spell)].join(', ')}]`;
}
