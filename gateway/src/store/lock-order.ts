// Statements that update several messages lock them in one order, by their ids; otherwise two of them could each hold what
// the other needs.

/** The same items, in the order in which their rows are to be locked. */
export function inLockOrder<Item>(items: readonly Item[], sidOf: (item: Item) => string): Item[] {
  return items.toSorted((left, right) => {
    const a = sidOf(left).slice(2);
    const b = sidOf(right).slice(2);
    return a < b ? -1 : a > b ? 1 : 0;
  });
}
