/**
 * The distributions of Python's `random`, by the algorithms that CPython uses, so that the same seed gives the same numbers.
 * Sources: Kinderman & Monahan 1977 (normal), Cheng 1977 and Fishman (gamma), as named in CPython's documentation.
 */
import type { MersenneTwister } from './mersenne.ts';

const NORMAL_MAGIC = (4 * Math.exp(-0.5)) / Math.sqrt(2);
const LOG4 = Math.log(4);
const GAMMA_MAGIC = 1 + Math.log(4.5);

export class Distributions {
  private readonly twister: MersenneTwister;
  /** The second of a pair of normal numbers. */
  private next: number | undefined;

  constructor(twister: MersenneTwister) {
    this.twister = twister;
  }

  reset(): void {
    this.next = undefined;
  }

  private random(): number {
    return this.twister.random();
  }

  uniform(a: number, b: number): number {
    return a + (b - a) * this.random();
  }

  triangular(low: number, high: number, mode: number): number {
    let u = this.random();
    let c = Number.isNaN(mode) ? 0.5 : high === low ? Number.NaN : (mode - low) / (high - low);
    if (Number.isNaN(c)) return low;
    let [from, to] = [low, high];
    if (u > c) {
      u = 1 - u;
      c = 1 - c;
      [from, to] = [to, from];
    }
    return from + (to - from) * Math.sqrt(u * c);
  }

  gauss(mu: number, sigma: number): number {
    let z = this.next;
    this.next = undefined;
    if (z === undefined) {
      const angle = this.random() * 2 * Math.PI;
      const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
      z = Math.cos(angle) * radius;
      this.next = Math.sin(angle) * radius;
    }
    return mu + z * sigma;
  }

  normal(mu: number, sigma: number): number {
    for (;;) {
      const u1 = this.random();
      const u2 = 1 - this.random();
      const z = (NORMAL_MAGIC * (u1 - 0.5)) / u2;
      if ((z * z) / 4 <= -Math.log(u2)) return mu + z * sigma;
    }
  }

  exponential(rate: number): number {
    return -Math.log(1 - this.random()) / rate;
  }

  pareto(alpha: number): number {
    return (1 - this.random()) ** (-1 / alpha);
  }

  weibull(alpha: number, beta: number): number {
    return alpha * (-Math.log(1 - this.random())) ** (1 / beta);
  }

  gamma(alpha: number, beta: number): number {
    if (alpha > 1) return this.gammaAboveOne(alpha) * beta;
    if (alpha === 1) return -Math.log(1 - this.random()) * beta;
    for (;;) {
      const b = (Math.E + alpha) / Math.E;
      const p = b * this.random();
      const x = p <= 1 ? p ** (1 / alpha) : -Math.log((b - p) / alpha);
      const u = this.random();
      if (p > 1 ? u <= x ** (alpha - 1) : u <= Math.exp(-x)) return x * beta;
    }
  }

  private gammaAboveOne(alpha: number): number {
    const a = Math.sqrt(2 * alpha - 1);
    const b = alpha - LOG4;
    const c = alpha + a;
    for (;;) {
      const u1 = this.random();
      if (u1 <= 1e-7 || u1 >= 0.9999999) continue;
      const u2 = 1 - this.random();
      const v = Math.log(u1 / (1 - u1)) / a;
      const x = alpha * Math.exp(v);
      const z = u1 * u1 * u2;
      const r = b + c * v - x;
      if (r + GAMMA_MAGIC - 4.5 * z >= 0 || r >= Math.log(z)) return x;
    }
  }

  beta(alpha: number, beta: number): number {
    const y = this.gamma(alpha, 1);
    return y === 0 ? 0 : y / (y + this.gamma(beta, 1));
  }
}
