/**
 * Ranges of integers, with infinite ends: the arithmetic behind bounds. Knows numbers only, no symbols.
 * Every operation gives a range that holds all results; ends that a float cannot hold exactly are widened.
 */

export interface Interval {
  readonly least: number;
  readonly greatest: number;
}

export const everything: Interval = { least: -Infinity, greatest: Infinity };
const LIMIT = Number.MAX_SAFE_INTEGER;

export function interval(least: number, greatest: number): Interval {
  return {
    least: least < -LIMIT ? -Infinity : least > LIMIT ? LIMIT : least + 0,
    greatest: greatest > LIMIT ? Infinity : greatest < -LIMIT ? -LIMIT : greatest + 0,
  };
}

export function isEmpty(range: Interval): boolean {
  return range.least > range.greatest;
}

/** Whether zero lies outside. */
export function excludesZero(range: Interval): boolean {
  return range.least > 0 || range.greatest < 0;
}

export function intersect(a: Interval, b: Interval): Interval {
  return { least: Math.max(a.least, b.least), greatest: Math.min(a.greatest, b.greatest) };
}

/** The smallest range that holds both; an empty range adds nothing. */
export function hull(a: Interval, b: Interval): Interval {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return { least: Math.min(a.least, b.least), greatest: Math.max(a.greatest, b.greatest) };
}

export function addIntervals(a: Interval, b: Interval): Interval {
  return interval(a.least + b.least, a.greatest + b.greatest);
}

const times = (x: number, y: number): number => (x === 0 || y === 0 ? 0 : x * y);

export function multiplyIntervals(a: Interval, b: Interval): Interval {
  const p = times(a.least, b.least);
  const q = times(a.least, b.greatest);
  const r = times(a.greatest, b.least);
  const s = times(a.greatest, b.greatest);
  return interval(Math.min(p, q, r, s), Math.max(p, q, r, s));
}

export function scaleInterval(a: Interval, factor: number): Interval {
  if (factor === 0) return { least: 0, greatest: 0 };
  const x = times(a.least, factor);
  const y = times(a.greatest, factor);
  return factor > 0 ? interval(x, y) : interval(y, x);
}

export function raiseInterval(a: Interval, power: number): Interval {
  let result: Interval = { least: 1, greatest: 1 };
  for (let i = 0; i < power; i++) result = multiplyIntervals(result, a);
  if (power % 2 === 0) return { least: Math.max(0, result.least), greatest: result.greatest };
  return result;
}

/** Floor of a quotient of interval ends, where the divisor is not zero. */
function floorOfEnds(x: number, y: number): number {
  if (Number.isFinite(x) && Number.isFinite(y)) return Math.floor(x / y);
  if (Number.isFinite(y)) return y > 0 ? x : -x;
  if (!Number.isFinite(x)) return x > 0 === y > 0 ? 0 : -Infinity;
  return x === 0 || x > 0 === y > 0 ? 0 : -1;
}

function dividePositive(a: Interval, b: Interval): Interval {
  const ends = [
    floorOfEnds(a.least, b.least),
    floorOfEnds(a.least, b.greatest),
    floorOfEnds(a.greatest, b.least),
    floorOfEnds(a.greatest, b.greatest),
  ];
  return interval(Math.min(...ends), Math.max(...ends));
}

const negate = (a: Interval): Interval => ({ least: 0 - a.greatest, greatest: 0 - a.least });

/** Division that rounds down; a divisor of zero has no result and adds nothing. */
export function floorDivideIntervals(a: Interval, b: Interval): Interval {
  const positive = intersect(b, { least: 1, greatest: Infinity });
  const negative = intersect(b, { least: -Infinity, greatest: -1 });
  let result: Interval | undefined;
  if (!isEmpty(positive)) result = dividePositive(a, positive);
  if (!isEmpty(negative)) {
    const other = dividePositive(negate(a), negate(negative));
    result = result === undefined ? other : hull(result, other);
  }
  return result ?? everything;
}

/** The remainder of that division: it has the sign of the divisor. */
export function moduloIntervals(a: Interval, b: Interval): Interval {
  let result: Interval | undefined;
  if (b.greatest > 0) {
    const top = a.least >= 0 ? Math.min(a.greatest, b.greatest - 1) : b.greatest - 1;
    result = { least: 0, greatest: Math.max(0, top) };
  }
  if (b.least < 0) {
    const bottom = a.greatest <= 0 ? Math.max(a.least, b.least + 1) : b.least + 1;
    const other = { least: Math.min(0, bottom), greatest: 0 };
    result = result === undefined ? other : hull(result, other);
  }
  return result ?? everything;
}
