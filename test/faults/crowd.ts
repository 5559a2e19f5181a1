import { expect } from "vitest"
import type { Sessions } from "../../src/index.ts"
import { loopClock } from "../fixtures/loop-clock.ts"

export type Counted = { n?: number }

/** How long one call of the store may take in these tests, in milliseconds. */
export const TIMEOUT = 1000

/** What a site did to its visitors. */
export interface Suffered {
  /** How many acknowledged clicks were not there any more at the visitor's next look. */
  readonly lost: number
  readonly acknowledged: number
  readonly failed: number
  /** How long nobody's click was acknowledged, in milliseconds. */
  readonly outage: number
}

/** What a fault can wait for, to strike at the worst moment. */
export interface Watch {
  /** Everyone was served five times more. */
  allServed(): Promise<void>
  /** Somebody's click failed. */
  anyFailed(): Promise<void>
}

/**
 * Visitors click all the while: some before the fault, until one of them fails, and, after the mending,
 * until each was served again. Every failure must be `ERR_SESSION_STORE`, and come within the timeouts. A fault
 * that is not `isNoticed` need not make any click fail.
 */
export async function suffer(
  sessions: Sessions<Counted>,
  fault: (watch: Watch) => unknown,
  mending: () => unknown = () => {},
  { visitors = 8, isNoticed = true }: { readonly visitors?: number; readonly isNoticed?: boolean } = {},
): Promise<Suffered> {
  const errors: unknown[] = []
  const served = Array.from({ length: visitors }, () => 0)
  const watching = new Set<() => void>()
  let lost = 0
  let slowest = 0
  using clock = loopClock()
  let outage = 0
  let lastServed = performance.now()
  let isOver = false

  async function visit(who: number): Promise<void> {
    let cookie = ""
    let acknowledged = 0
    while (!isOver) {
      const start = clock.now()
      try {
        const session = await sessions.open({ cookie }).load()
        const kept = session.data.n ?? 0
        lost += Math.max(0, acknowledged - kept)
        acknowledged = Math.min(acknowledged, kept)
        session.data.n = kept + 1
        const { headers } = await sessions.commit(session)
        cookie = cookieOf({ headers }) || cookie
        acknowledged = kept + 1
        served[who]!++
        outage = Math.max(outage, performance.now() - lastServed)
        lastServed = performance.now()
      } catch (error) {
        errors.push(error)
        await new Promise((resolve) => setTimeout(resolve, 20)) // as a person would take a breath
      }
      slowest = Math.max(slowest, clock.now() - start)
      for (const look of watching) look()
    }
  }

  function until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return
        watching.delete(look)
        resolve()
      }
      watching.add(look)
      look()
    })
  }

  async function allServed(): Promise<void> {
    const before = [...served]
    await until(() => served.every((count, who) => count >= before[who]! + 5))
  }

  const visits = served.map((_, who) => visit(who))
  try {
    await allServed()
    const anyFailed = (): Promise<void> => until(() => errors.length > 0)
    await fault({ allServed, anyFailed })
    if (isNoticed) await anyFailed()
    await mending()
    await allServed()
  } finally {
    isOver = true
    await Promise.all(visits)
  }
  for (const error of errors) expect(error).toMatchObject({ code: "ERR_SESSION_STORE", statusCode: 503 })
  // A click is a read and a write, or a conflict and one more of each.
  expect(slowest).toBeLessThan(4 * TIMEOUT + 500)
  const acknowledged = served.reduce((sum, count) => sum + count, 0)
  return { lost, acknowledged, failed: errors.length, outage: Math.round(outage) }
}

/** The cookie of a new session that has counted one click. */
export async function newCookie(sessions: Sessions<Counted>): Promise<string> {
  const session = await sessions.open({}).load()
  session.data.n = 1
  return cookieOf(await sessions.commit(session))
}

export function cookieOf({
  headers,
}: {
  readonly headers: readonly (readonly [name: string, value: string])[]
}): string {
  return headers.find(([name]) => name === "set-cookie")?.[1].split(";", 1)[0] ?? ""
}
