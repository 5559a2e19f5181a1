import { type OperationName, operations } from "./operations.ts"
import type { Part } from "./world.ts"
import { hasOldCookie, type PlaceName, placeNames } from "./worlds.ts"

/** Requests that meet: what is searched at once. */
export interface Case {
  readonly place: PlaceName
  readonly parts: readonly Part[]
  /** The process of each part. */
  readonly processes: readonly number[]
}

const names = Object.keys(operations) as OperationName[]

/** So many operations, in every selection, at every place, in one process and in processes of their own. */
export function* casesOf(size: number): Generator<Case> {
  for (const place of placeNames)
    for (const processes of [Array<number>(size).fill(0), [...Array(size).keys()]])
      for (const selection of selections(names, size))
        for (const parts of withOldCookies(selection, place)) yield { place, parts, processes }
}

/** A case of so many operations that chance decides; the processes too. */
export function caseBy(random: () => number, size: number): Case {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const place = pick(placeNames)
  const isOld = hasOldCookie(place)
  const parts = Array.from({ length: size }, () => ({
    name: pick(names),
    ...(isOld && { isOld: random() < 0.5 }),
  }))
  const processes = parts.map(() => Math.floor(random() * size))
  return { place, parts, processes: random() < 0.3 ? parts.map(() => 0) : processes }
}

/** The case in words. */
export function inWords({ place, parts, processes }: Case): string {
  const requests = parts.map(
    ({ name, isOld }, n) => `${processes[n]}: ${name}${isOld ? " (old cookie)" : ""}`,
  )
  return `${place} | ${requests.join("; ")}`
}

/** All selections of so many, the same one more than once among them, in the order of the list. */
function* selections<T>(from: readonly T[], size: number): Generator<readonly T[]> {
  if (size === 0) return yield []
  for (const [n, one] of from.entries())
    for (const others of selections(from.slice(n), size - 1)) yield [one, ...others]
}

/** The same requests, each with the newest cookie and with the superseded one where that still opens the session. */
function* withOldCookies(
  [name, ...others]: readonly OperationName[],
  place: PlaceName,
): Generator<readonly Part[]> {
  if (name === undefined) return yield []
  for (const rest of withOldCookies(others, place)) {
    yield [{ name }, ...rest]
    if (hasOldCookie(place) && operations[name].work) yield [{ name, isOld: true }, ...rest]
  }
}
