/** A table that most of its owners never fill: it takes a place of its own when something is put in. */
export class LateMap<K, V> implements Iterable<[K, V]> {
  private map: Map<K, V> | undefined;

  get size(): number {
    return this.map === undefined ? 0 : this.map.size;
  }

  get(key: K): V | undefined {
    return this.map?.get(key);
  }

  has(key: K): boolean {
    return this.map?.has(key) === true;
  }

  set(key: K, value: V): void {
    this.map ??= new Map();
    this.map.set(key, value);
  }

  delete(key: K): boolean {
    return this.map?.delete(key) === true;
  }

  keys(): IterableIterator<K> {
    return (this.map ?? new Map<K, V>()).keys();
  }

  entries(): IterableIterator<[K, V]> {
    return (this.map ?? new Map<K, V>()).entries();
  }

  [Symbol.iterator](): IterableIterator<[K, V]> {
    return this.entries();
  }
}
