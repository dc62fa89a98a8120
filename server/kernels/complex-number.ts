// Owns arithmetic of single complex numbers as [re, im] pairs, following C99 Annex G where it matters little else.

export type Pair = readonly [number, number];

export function cMul(a: Pair, b: Pair): Pair {
  return [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
}

export function cDiv(a: Pair, b: Pair): Pair {
  if (Math.abs(b[0]) >= Math.abs(b[1])) {
    const r = b[1] / b[0];
    const d = b[0] + b[1] * r;
    return [(a[0] + a[1] * r) / d, (a[1] - a[0] * r) / d];
  }
  const r = b[0] / b[1];
  const d = b[0] * r + b[1];
  return [(a[0] * r + a[1]) / d, (a[1] * r - a[0]) / d];
}

export function cAdd(a: Pair, b: Pair): Pair {
  return [a[0] + b[0], a[1] + b[1]];
}

export function cSub(a: Pair, b: Pair): Pair {
  return [a[0] - b[0], a[1] - b[1]];
}

export function cNeg(a: Pair): Pair {
  return [-a[0], -a[1]];
}

export function cConj(a: Pair): Pair {
  return [a[0], -a[1]];
}

export function cScale(a: Pair, k: number): Pair {
  return [a[0] * k, a[1] * k];
}

export function cAbs(a: Pair): number {
  return Math.hypot(a[0], a[1]);
}

export function cExp(a: Pair): Pair {
  const e = Math.exp(a[0]);
  return [e * Math.cos(a[1]), e * Math.sin(a[1])];
}

export function cLog(a: Pair): Pair {
  return [Math.log(cAbs(a)), Math.atan2(a[1], a[0])];
}

export function cSqrt(a: Pair): Pair {
  const m = cAbs(a);
  if (m === 0) return [0, a[1]];
  const r = Math.sqrt((m + Math.abs(a[0])) / 2);
  if (a[0] >= 0) return [r, a[1] / (2 * r)];
  return [Math.abs(a[1]) / (2 * r), a[1] < 0 || Object.is(a[1], -0) ? -r : r];
}

export function cPow(a: Pair, b: Pair): Pair {
  if (b[0] === 0 && b[1] === 0) return [1, 0];
  if (a[0] === 0 && a[1] === 0) return [0, 0];
  return cExp(cMul(b, cLog(a)));
}

export function cSin(a: Pair): Pair {
  return [Math.sin(a[0]) * Math.cosh(a[1]), Math.cos(a[0]) * Math.sinh(a[1])];
}

export function cCos(a: Pair): Pair {
  return [Math.cos(a[0]) * Math.cosh(a[1]), -Math.sin(a[0]) * Math.sinh(a[1])];
}

export function cSinh(a: Pair): Pair {
  return [Math.sinh(a[0]) * Math.cos(a[1]), Math.cosh(a[0]) * Math.sin(a[1])];
}

export function cCosh(a: Pair): Pair {
  return [Math.cosh(a[0]) * Math.cos(a[1]), Math.sinh(a[0]) * Math.sin(a[1])];
}

export function cTanh(a: Pair): Pair {
  if (Math.abs(a[0]) > 20) return [Math.sign(a[0]), 0];
  const d = Math.cosh(2 * a[0]) + Math.cos(2 * a[1]);
  return [Math.sinh(2 * a[0]) / d, Math.sin(2 * a[1]) / d];
}

export function cTan(a: Pair): Pair {
  const [re, im] = cTanh([-a[1], a[0]]);
  return [im, -re];
}

/** The logarithm of 1 + z. */
export function cLog1p(a: Pair): Pair {
  return [0.5 * Math.log1p(2 * a[0] + a[0] * a[0] + a[1] * a[1]), Math.atan2(a[1], 1 + a[0])];
}

/** e^z - 1, held exact near 0. */
export function cExpm1(a: Pair): Pair {
  const half = Math.sin(a[1] / 2);
  return [Math.expm1(a[0]) * Math.cos(a[1]) - 2 * half * half, Math.exp(a[0]) * Math.sin(a[1])];
}

/** Inverse hyperbolic sine, by log(z + sqrt(z^2 + 1)) on the half where nothing cancels. */
export function cAsinh(a: Pair): Pair {
  if (a[0] < 0 || Object.is(a[0], -0)) return cNeg(cAsinh(cNeg(a)));
  return cLog(cAdd(a, cSqrt(cAdd(cMul(a, a), [1, 0]))));
}

export function cAsin(a: Pair): Pair {
  const [re, im] = cAsinh([-a[1], a[0]]);
  return [im, -re];
}

export function cAcos(a: Pair): Pair {
  const [re, im] = cAsin(a);
  return [Math.PI / 2 - re, -im];
}

export function cAcosh(a: Pair): Pair {
  const [re, im] = cAcos(a);
  return im <= 0 ? [-im, re] : [im, -re];
}

export function cAtanh(a: Pair): Pair {
  return cScale(cSub(cLog1p(a), cLog1p(cNeg(a))), 0.5);
}

export function cAtan(a: Pair): Pair {
  const [re, im] = cAtanh([-a[1], a[0]]);
  return [im, -re];
}

export function cSigmoid(a: Pair): Pair {
  return cDiv([1, 0], cAdd([1, 0], cExp(cNeg(a))));
}
