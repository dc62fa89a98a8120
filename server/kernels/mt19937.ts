// Owns the MT19937 engine as PyTorch's CPU generator runs it: one 32-bit word at a time, and uniforms made from words.

const N = 624;
const M = 397;

export class MersenneTwister {
  private words = new Uint32Array(N);
  private next = N;

  /** Only the low 32 bits of the seed matter. */
  constructor(seed: number | bigint) {
    this.seed(seed);
  }

  seed(seed: number | bigint): void {
    const words = this.words;
    words[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let j = 1; j < N; j++) {
      const before = words[j - 1] as number;
      words[j] = (Math.imul(1812433253, before ^ (before >>> 30)) + j) >>> 0;
    }
    this.next = N;
  }

  private regenerate(): void {
    const s = this.words;
    for (let k = 0; k < N; k++) {
      const v = s[k + 1 === N ? 0 : k + 1] as number;
      const y = ((s[k] as number) & 0x80000000) | (v & 0x7fffffff);
      const far = k + M < N ? k + M : k + M - N;
      s[k] = (s[far] as number) ^ (y >>> 1) ^ ((v & 1) === 1 ? 0x9908b0df : 0);
    }
    this.next = 0;
  }

  /** The next 32-bit word, unsigned. */
  word(): number {
    if (this.next === N) this.regenerate();
    let y = this.words[this.next++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** Two words as one unsigned 64-bit number; the first drawn is the high one. */
  word64(): bigint {
    const high = this.word();
    const low = this.word();
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** Uniform in [0, 1) with 24 bits: exact in float32. One word. */
  uniform24(): number {
    return (this.word() & 0xffffff) * 2 ** -24;
  }

  /** Uniform in [0, 1) with 53 bits. Two words. */
  uniform53(): number {
    const high = this.word() & 0x1fffff;
    const low = this.word();
    return (high * 4294967296 + low) * 2 ** -53;
  }

  snapshot(): { words: Uint32Array; next: number } {
    return { words: this.words.slice(), next: this.next };
  }

  restore(state: { words: Uint32Array; next: number }): void {
    this.words = state.words.slice();
    this.next = state.next;
  }
}
