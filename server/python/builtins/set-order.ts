/**
 * The order in which a set of integers is iterated: that of the slots in CPython's hash table, which its programs' output
 * shows. Sets of anything else keep the order of insertion (CPython's own order differs from run to run).
 */
import type { DictContent, Value } from '../values.ts';

const PROBES = 9;
const NUMBER = /^n-?\d{1,15}$/;

/** The members, in the order of iteration. */
export function setItems(content: DictContent): readonly Value[] {
  const entries = [...content.entries];
  if (entries.length < 2 || !entries.every(([key]) => NUMBER.test(key))) return entries.map(([, [item]]) => item);
  let table = new Table(8);
  for (const [key, [item]] of entries) {
    table.insert(hashOf(key), item);
    if (table.used * 5 >= (table.size - 1) * 3) table = table.grown(table.used > 50_000 ? table.used * 2 : table.used * 4);
  }
  return table.items();
}

/** The hash as an unsigned 64-bit number. */
function hashOf(key: string): bigint {
  const n = BigInt(key.slice(1));
  return BigInt.asUintN(64, n === -1n ? -2n : n);
}

class Table {
  readonly size: number;
  used = 0;
  private readonly slots: ({ readonly hash: bigint; readonly item: Value } | undefined)[];

  constructor(size: number) {
    this.size = size;
    this.slots = new Array(size);
  }

  insert(hash: bigint, item: Value): void {
    const mask = BigInt(this.size - 1);
    let perturb = hash;
    let at = Number(hash & mask);
    for (;;) {
      const probes = at + PROBES < this.size ? PROBES : 0;
      for (let i = at; i <= at + probes; i++) {
        if (this.slots[i] !== undefined) continue;
        this.slots[i] = { hash, item };
        this.used++;
        return;
      }
      perturb >>= 5n;
      at = Number((BigInt(at) * 5n + 1n + perturb) & mask);
    }
  }

  /** The same members in a table with more than `least` slots. */
  grown(least: number): Table {
    let size = 8;
    while (size <= least) size *= 2;
    const table = new Table(size);
    for (const slot of this.slots) if (slot !== undefined) table.insert(slot.hash, slot.item);
    return table;
  }

  items(): readonly Value[] {
    return this.slots.filter((slot) => slot !== undefined).map((slot) => slot.item);
  }
}
