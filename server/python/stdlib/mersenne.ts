/**
 * The random generator of Python's `random`: MT19937, seeded as CPython seeds it. Knows numbers only.
 */

const N = 624;
const M = 397;

export class MersenneTwister {
  private readonly state = new Uint32Array(N);
  private index = N;

  /** CPython: the seed's absolute value in 32-bit words, least first. */
  seed(value: bigint): void {
    const words: number[] = [];
    for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
    this.seedByArray(words.length === 0 ? [0] : words);
  }

  private seedByNumber(value: number): void {
    const { state } = this;
    state[0] = value >>> 0;
    for (let i = 1; i < N; i++) {
      const before = (state[i - 1] as number) ^ ((state[i - 1] as number) >>> 30);
      state[i] = Math.imul(before, 1812433253) + i;
    }
    this.index = N;
  }

  private seedByArray(key: readonly number[]): void {
    const { state } = this;
    this.seedByNumber(19650218);
    let i = 1;
    let j = 0;
    const mixed = (at: number) => (state[at - 1] as number) ^ ((state[at - 1] as number) >>> 30);
    const wrap = () => {
      if (i < N) return;
      state[0] = state[N - 1] as number;
      i = 1;
    };
    for (let k = Math.max(N, key.length); k > 0; k--) {
      state[i] = ((state[i] as number) ^ Math.imul(mixed(i), 1664525)) + (key[j] as number) + j;
      i++;
      j = (j + 1) % key.length;
      wrap();
    }
    for (let k = N - 1; k > 0; k--) {
      state[i] = ((state[i] as number) ^ Math.imul(mixed(i), 1566083941)) - i;
      i++;
      wrap();
    }
    state[0] = 0x80000000;
  }

  private generate(): void {
    const { state } = this;
    for (let i = 0; i < N; i++) {
      const y = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % N] as number) & 0x7fffffff);
      state[i] = (state[(i + M) % N] as number) ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.index = 0;
  }

  /** 32 random bits. */
  next32(): number {
    if (this.index >= N) this.generate();
    let y = this.state[this.index++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** A double in [0, 1) with 53 random bits. */
  random(): number {
    const a = this.next32() >>> 5;
    const b = this.next32() >>> 6;
    return (a * 67108864 + b) / 9007199254740992;
  }

  /** An integer of `k` random bits. */
  bits(k: number): bigint {
    if (k <= 32) return k === 0 ? 0n : BigInt(this.next32() >>> (32 - k));
    let result = 0n;
    for (let done = 0, left = k; left > 0; done += 32, left -= 32) {
      const word = left < 32 ? this.next32() >>> (32 - left) : this.next32();
      result |= BigInt(word) << BigInt(done);
    }
    return result;
  }

  /** An integer below `n`, without bias. */
  below(n: bigint): bigint {
    const k = n.toString(2).length;
    let r = this.bits(k);
    while (r >= n) r = this.bits(k);
    return r;
  }

  /** The words and the position, as `random.getstate()` gives them. */
  snapshot(): { readonly words: Uint32Array; readonly index: number } {
    return { words: this.state.slice(), index: this.index };
  }

  restore(snapshot: { readonly words: Uint32Array; readonly index: number }): void {
    this.state.set(snapshot.words);
    this.index = snapshot.index;
  }
}
