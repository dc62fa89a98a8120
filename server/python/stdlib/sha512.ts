/**
 * SHA-512 of a byte string (FIPS 180-4), which Python needs to seed its generator from text. Knows bytes only.
 */

const MASK = (1n << 64n) - 1n;

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((p) => n % p !== 0)) found.push(n);
  return found;
}

/** The first 64 bits of the fraction of the square or cube root of `n`. */
function rootFraction(n: number, degree: 2 | 3): bigint {
  const target = BigInt(n) << BigInt(64 * degree);
  let low = 0n;
  let high = 1n << 80n;
  while (low < high) {
    const middle = (low + high + 1n) >> 1n;
    if (middle ** BigInt(degree) <= target) low = middle;
    else high = middle - 1n;
  }
  return low & MASK;
}

let constants: { readonly start: readonly bigint[]; readonly rounds: readonly bigint[] } | undefined;

/** 64 bytes, one character a byte. */
export function sha512(bytes: string): string {
  constants ??= { start: primes(8).map((p) => rootFraction(p, 2)), rounds: primes(80).map((p) => rootFraction(p, 3)) };
  const padded = `${bytes}\x80${'\0'.repeat((239 - (bytes.length % 128)) % 128)}`;
  const length = BigInt(bytes.length * 8);
  let message = padded;
  for (let i = 15; i >= 0; i--) message += String.fromCharCode(Number((length >> BigInt(8 * i)) & 255n));
  const rotate = (x: bigint, n: bigint) => ((x >> n) | (x << (64n - n))) & MASK;
  const hash = [...constants.start];
  for (let at = 0; at < message.length; at += 128) {
    const w: bigint[] = [];
    for (let i = 0; i < 16; i++) {
      let word = 0n;
      for (let j = 0; j < 8; j++) word = (word << 8n) | BigInt(message.charCodeAt(at + i * 8 + j));
      w.push(word);
    }
    for (let i = 16; i < 80; i++) {
      const x = w[i - 15] as bigint;
      const y = w[i - 2] as bigint;
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
      w.push(((w[i - 16] as bigint) + s0 + (w[i - 7] as bigint) + s1) & MASK);
    }
    let [a, b, c, d, e, f, g, h] = hash as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const t1 = (h + s1 + ((e & f) ^ (~e & MASK & g)) + (constants.rounds[i] as bigint) + (w[i] as bigint)) & MASK;
      const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) & MASK;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) & MASK, c, b, a, (t1 + t2) & MASK];
    }
    [a, b, c, d, e, f, g, h].forEach((x, i) => {
      hash[i] = ((hash[i] as bigint) + x) & MASK;
    });
  }
  return hash
    .map((x) => Array.from({ length: 8 }, (_, i) => String.fromCharCode(Number((x >> BigInt(56 - 8 * i)) & 255n))).join(''))
    .join('');
}
