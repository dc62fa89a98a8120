// Owns the order in which the standard C++ library leaves equal elements when it selects the first few: PyTorch's topk says which
// of several equal elements is taken, and that is this order. (libstdc++: partial_sort by a heap, nth_element by quickselect.)

/** Whether the first element goes before the second. */
export type Before = (a: number, b: number) => boolean;

function pushHeap(v: number[], first: number, hole: number, top: number, value: number, before: Before): void {
  let at = hole;
  let parent = (at - 1) >> 1;
  while (at > top && before(v[first + parent] as number, value)) {
    v[first + at] = v[first + parent] as number;
    at = parent;
    parent = (at - 1) >> 1;
  }
  v[first + at] = value;
}

function adjustHeap(v: number[], first: number, start: number, length: number, value: number, before: Before): void {
  let hole = start;
  let child = start;
  while (child < (length - 1) >> 1) {
    child = 2 * (child + 1);
    if (before(v[first + child] as number, v[first + child - 1] as number)) child--;
    v[first + hole] = v[first + child] as number;
    hole = child;
  }
  if ((length & 1) === 0 && child === (length - 2) >> 1) {
    child = 2 * (child + 1);
    v[first + hole] = v[first + child - 1] as number;
    hole = child - 1;
  }
  pushHeap(v, first, hole, start, value, before);
}

function makeHeap(v: number[], first: number, last: number, before: Before): void {
  const length = last - first;
  if (length < 2) return;
  for (let parent = (length - 2) >> 1; ; parent--) {
    adjustHeap(v, first, parent, length, v[first + parent] as number, before);
    if (parent === 0) return;
  }
}

function popHeap(v: number[], first: number, last: number, result: number, before: Before): void {
  const value = v[result] as number;
  v[result] = v[first] as number;
  adjustHeap(v, first, 0, last - first, value, before);
}

function heapSelect(v: number[], first: number, middle: number, last: number, before: Before): void {
  makeHeap(v, first, middle, before);
  for (let i = middle; i < last; i++) if (before(v[i] as number, v[first] as number)) popHeap(v, first, middle, i, before);
}

function sortHeap(v: number[], first: number, end: number, before: Before): void {
  for (let last = end; last - first > 1; last--) popHeap(v, first, last - 1, last - 1, before);
}

/** std::partial_sort: the first `middle` in order. */
function partialSort(v: number[], middle: number, before: Before): void {
  heapSelect(v, 0, middle, v.length, before);
  sortHeap(v, 0, middle, before);
}

function swap(v: number[], i: number, j: number): void {
  const kept = v[i] as number;
  v[i] = v[j] as number;
  v[j] = kept;
}

/** The median of three goes to `result`. */
function medianToFirst(v: number[], result: number, a: number, b: number, c: number, before: Before): void {
  const less = (i: number, j: number): boolean => before(v[i] as number, v[j] as number);
  if (less(a, b)) swap(v, result, less(b, c) ? b : less(a, c) ? c : a);
  else swap(v, result, less(a, c) ? a : less(b, c) ? c : b);
}

function partition(v: number[], from: number, to: number, pivot: number, before: Before): number {
  let first = from;
  let last = to;
  for (;;) {
    while (before(v[first] as number, v[pivot] as number)) first++;
    last--;
    while (before(v[pivot] as number, v[last] as number)) last--;
    if (first >= last) return first;
    swap(v, first, last);
    first++;
  }
}

function partitionPivot(v: number[], first: number, last: number, before: Before): number {
  const middle = first + ((last - first) >> 1);
  medianToFirst(v, first, first + 1, middle, last - 1, before);
  return partition(v, first + 1, last, first, before);
}

function insertionSort(v: number[], first: number, last: number, before: Before): void {
  for (let i = first + 1; i < last; i++) {
    const value = v[i] as number;
    if (before(value, v[first] as number)) {
      for (let j = i; j > first; j--) v[j] = v[j - 1] as number;
      v[first] = value;
    } else unguardedInsert(v, i, before);
  }
}

function unguardedInsert(v: number[], at: number, before: Before): void {
  const value = v[at] as number;
  let i = at;
  while (before(value, v[i - 1] as number)) {
    v[i] = v[i - 1] as number;
    i--;
  }
  v[i] = value;
}

const depthOf = (n: number): number => 2 * Math.floor(Math.log2(Math.max(1, n)));

/** std::nth_element: what is before `nth` in order stands in front of it, in the order that quickselect leaves. */
function nthElement(v: number[], nth: number, before: Before): void {
  let first = 0;
  let last = v.length;
  if (first === last || nth === last) return;
  let depth = depthOf(last - first);
  while (last - first > 3) {
    if (depth === 0) {
      heapSelect(v, first, nth + 1, last, before);
      swap(v, first, nth);
      return;
    }
    depth--;
    const cut = partitionPivot(v, first, last, before);
    if (cut <= nth) first = cut;
    else last = cut;
  }
  insertionSort(v, first, last, before);
}

/** std::sort of the first `end`: quicksort down to pieces of 16, then one insertion sort. */
function introSort(v: number[], end: number, before: Before): void {
  if (end < 2) return;
  introLoop(v, 0, end, depthOf(end), before);
  if (end > 16) {
    insertionSort(v, 0, 16, before);
    for (let i = 16; i < end; i++) unguardedInsert(v, i, before);
  } else insertionSort(v, 0, end, before);
}

function introLoop(v: number[], first: number, end: number, limit: number, before: Before): void {
  let last = end;
  let depth = limit;
  while (last - first > 16) {
    if (depth === 0) {
      heapSelect(v, first, last, last, before);
      sortHeap(v, first, last, before);
      return;
    }
    depth--;
    const cut = partitionPivot(v, first, last, before);
    introLoop(v, cut, last, depth, before);
    last = cut;
  }
}

/** The first `k` of a row as PyTorch's CPU topk picks them: a partial sort where few are wanted, else a selection that is sorted. */
export function selectFirst(n: number, k: number, before: Before, sorted = true): number[] {
  const v = Array.from({ length: n }, (_, i) => i);
  if (k * 64 <= n) partialSort(v, k, before);
  else {
    nthElement(v, k - 1, before);
    if (sorted) introSort(v, k - 1, before);
  }
  return v.slice(0, k);
}

/** A whole row as std::sort orders it, which keeps equal elements in their order up to 16 of them only. */
export function sortedOrder(n: number, before: Before): number[] {
  const v = Array.from({ length: n }, (_, i) => i);
  introSort(v, n, before);
  return v;
}

/** Where PyTorch's own quickselect, of `kthvalue`, finds the element of rank `k` (from 0). */
export function quickSelect(n: number, k: number, before: Before): number {
  const v = Array.from({ length: n }, (_, i) => i);
  const after = (i: number, j: number): boolean => before(v[j] as number, v[i] as number);
  let left = 0;
  let right = n - 1;
  while (right > left) {
    if (right === left + 1) {
      if (after(left, right)) swap(v, left, right);
      break;
    }
    swap(v, left + ((right - left) >> 1), left + 1);
    if (after(left + 1, right)) swap(v, left + 1, right);
    if (after(left, right)) swap(v, left, right);
    if (after(left + 1, left)) swap(v, left + 1, left);
    let i = left + 1;
    let j = right;
    for (;;) {
      do i++;
      while (after(left, i));
      do j--;
      while (after(j, left));
      if (j < i) break;
      swap(v, i, j);
    }
    swap(v, left, j);
    if (j <= k) left = i;
    if (j >= k) right = j - 1;
  }
  return v[k] as number;
}
