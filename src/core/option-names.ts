import { isThenable, shown, sortOf } from "./shown.ts"

/** The names of all options, which the compiler holds complete. */
export type OptionNames<Options> = { readonly [Name in keyof Required<Options>]: true }

/** Words of other libraries and what to write in place of each. */
export type Words = Readonly<Record<string, string>>

/**
 * Throws a `TypeError` for options that are no object, and for one that nobody would look at: it says which name was meant, or
 * what to write for a word of another library. Values are not shown.
 *
 * @param whose What takes the options, as the message names it: `memoryStore(options)`, `The option "cookie"`.
 */
export function checkNames<Options>(
  whose: string,
  options: unknown,
  names: OptionNames<Options>,
  words: Words = {},
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options) || isThenable(options))
    throw new TypeError(`${whose} takes an object of options; it got ${sortOf(options)}`)
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue
    throw new TypeError(`${whose} has no option ${shown(name)}${advice(name, Object.keys(names), words)}`)
  }
}

function advice(name: string, known: readonly string[], words: Words): string {
  const plain = plainOf(name)
  const same = known.find((each) => plainOf(each) === plain)
  if (same) return `; write "${same}"`
  const word = Object.keys(words).find((each) => plainOf(each) === plain)
  if (word) return `: ${words[word]}`
  const near = nearest(plain, known)
  return near ? `; did you mean "${near}"?` : `; it has ${known.map((each) => `"${each}"`).join(", ")}`
}

/** The name without what differs between habits of writing: `cookie_age`, `cookieAge`, `COOKIE-AGE`. */
function plainOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "")
}

/** The name that a slip of the fingers is away: a letter in three at the most, two in all. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .filter((each) => Math.abs(each.length - name.length) <= 2)
    .map((each) => ({ each, distance: distanceOf(name, plainOf(each)) }))
    .filter(({ each, distance }) => distance <= Math.min(2, Math.floor(each.length / 3)))
    .sort((one, other) => one.distance - other.distance)
  return best?.each
}

/** How many letters to put in, take out, change or swap with their neighbour (optimal string alignment). */
function distanceOf(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, n) => n)]
  for (let i = 1; i <= one.length; i++) {
    const row = [i]
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1]
      row[j] = Math.min(row[j - 1]! + 1, rows[i - 1]![j]! + 1, rows[i - 1]![j - 1]! + (isSame ? 0 : 1))
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1])
        row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1)
    }
    rows.push(row)
  }
  return rows[one.length]![other.length]!
}
