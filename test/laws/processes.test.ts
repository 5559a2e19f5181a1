import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { storeFromUrl } from "../../src/stores/url.ts"
import { describeStore } from "../services/service.ts"
import type { ServiceName, StoreName } from "../services/stores.ts"
import { hammer } from "../soak/hammer.ts"
import { renewals } from "../soak/renewals.ts"
import { revocations } from "../soak/revocations.ts"
import { soaked } from "../soak/stores.ts"

const directory = mkdtempSync(join(tmpdir(), "holdfast-soak-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

// The soak in seconds; `npm run soak` gives every store some minutes.
for (const [name, urlOf] of Object.entries(soaked))
  describeStore(name as StoreName, (services) => {
    it("loses nothing and revives nothing under four processes", async () => {
      const url = urlOf(services as Record<ServiceName, string>, directory)
      const { migrate, close } = await storeFromUrl(url.split("|").at(-1)!)
      await migrate?.()
      await close()
      const report = await hammer(url, 4, 2)
      expect(report).toMatchObject({ lostKeys: 0, lostUpdates: 0, revivals: 0 })
      expect(report.commits).toBeGreaterThan(20)
      expect(report.updates).toBeGreaterThan(20)
    })

    it("refuses nobody and raises no alarm while four processes renew sessions", async () => {
      const url = urlOf(services as Record<ServiceName, string>, directory)
      const report = await renewals(url, { sessions: 4, rounds: 4, requests: 16, processes: 4 })
      expect(report).toMatchObject({ renewals: 16, refused: 0, torn: 0, alarms: 0 })
    })

    if (name !== "memcached")
      it("lets no session outlive a revocation, with clocks that differ, and refuses no login after it", async () => {
        const report = await revocations(urlOf(services as Record<ServiceName, string>, directory), 10)
        expect(report).toMatchObject({ survivors: 0, unspared: 0, refused: 0 })
        expect(report.stopped).toBeGreaterThan(0)
      })
  })
