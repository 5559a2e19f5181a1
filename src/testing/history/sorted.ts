/** Answers "which of those that begin later ends first" and the like, without looking at each. */
export interface Extremes<T> {
  /** Of the items whose key is above `key`, the one with the least value. */
  leastAbove(key: number): T | undefined
  /** Of the items whose key is below `key`, the one with the greatest value. */
  greatestBelow(key: number): T | undefined
  /** The same of those whose key is `key` or below. */
  greatestUpTo(key: number): T | undefined
}

export function extremes<T>(
  items: readonly T[],
  keyOf: (item: T) => number,
  weigh: (item: T) => number,
): Extremes<T> {
  const sorted = [...items].sort((one, other) => keyOf(one) - keyOf(other))
  const keys = sorted.map(keyOf)
  const least: T[] = []
  for (let at = sorted.length - 1; at >= 0; at--) {
    const best = least[at + 1]
    least[at] = best && weigh(best) < weigh(sorted[at]!) ? best : sorted[at]!
  }
  const greatest: T[] = []
  for (const [at, item] of sorted.entries()) {
    const best = greatest[at - 1]
    greatest[at] = best && weigh(best) > weigh(item) ? best : item
  }

  /** How many of the keys, from the least on, are counted. */
  function rank(isCounted: (known: number) => boolean): number {
    let [low, high] = [0, keys.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (isCounted(keys[middle]!)) low = middle + 1
      else high = middle
    }
    return low
  }

  return {
    leastAbove: (key) => least[rank((known) => known <= key)],
    greatestUpTo: (key) => greatest[rank((known) => known <= key) - 1],
    greatestBelow: (key) => greatest[rank((known) => known < key) - 1],
  }
}
