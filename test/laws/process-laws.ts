import { expect, it } from "vitest"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { hammer } from "../soak/hammer.ts"
import { renewals } from "../soak/renewals.ts"
import { revocations } from "../soak/revocations.ts"

/** What is special about a store. */
interface Expected {
  /** Whether it finds sessions by their user. @default true */
  readonly canList?: boolean
  /** How long the processes work on one session, so that a slow server too answers them often. @default 2 */
  readonly seconds?: number
}

/** What several processes do with a store that they share: the soak in seconds. `npm run soak` gives every store some minutes. */
export function processLaws(urlOf: () => string, { canList = true, seconds = 2 }: Expected = {}): void {
  it("loses nothing and revives nothing under four processes", async () => {
    const { migrate, close } = await storeFromUrl(urlOf().split("|").at(-1)!)
    await migrate()
    await close()
    const report = await hammer(urlOf(), 4, seconds)
    expect(report).toMatchObject({ lostKeys: 0, lostUpdates: 0, revivals: 0 })
    expect(report.commits).toBeGreaterThan(20)
    expect(report.updates).toBeGreaterThan(20)
  })

  it("refuses nobody and raises no alarm while four processes renew sessions", async () => {
    const report = await renewals(urlOf(), { sessions: 4, rounds: 4, requests: 16, processes: 4 })
    expect(report).toMatchObject({ renewals: 16, refused: 0, torn: 0, alarms: 0 })
  })

  if (canList)
    it("lets no session outlive a revocation, with clocks that differ, and refuses no login after it", async () => {
      const report = await revocations(urlOf(), 10)
      expect(report).toMatchObject({ survivors: 0, unspared: 0, refused: 0 })
      expect(report.stopped).toBeGreaterThan(0)
    })
}
