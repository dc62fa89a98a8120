/** Finding a place among spans that stand in the order of the text. */

/** The number of the last span that starts at or before an offset, -1 before the first. */
export function indexAt(spans: readonly { readonly start: number }[], offset: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle] as { readonly start: number }).start <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
