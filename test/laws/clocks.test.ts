import { afterEach, expect, it, vi } from "vitest"
import { createSessions, type Session } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { describeStore } from "../services/service.ts"
import { cookieOf } from "./concurrency.ts"

const MINUTES = 60_000

afterEach(() => {
  vi.useRealTimers()
})

// Two machines with one server between them, whose clock decides.
for (const name of ["postgres", "mariadb", "redis"] as const)
  describeStore(name, (urls) => {
    it.each([
      10, -10,
    ])("keeps a session of five minutes on a machine whose clock is %d minutes ahead", async (minutes) => {
      const url = name === "redis" ? urls[name] : `${urls[name]}?table=clocks`
      const here = await storeFromUrl(url)
      const there = await storeFromUrl(url)
      try {
        await here.migrate()
        const session: Session<{ n?: number }> = await createSessions<{ n?: number }>({
          store: here,
          idle: 300,
        })
          .open({})
          .load()
        session.login("ada")
        const { headers } = await createSessions<{ n?: number }>({ store: here, idle: 300 }).commit(session)
        const cookie = cookieOf(headers)

        vi.useFakeTimers({ now: Date.now() + minutes * MINUTES, toFake: ["Date"] })
        const elsewhere = createSessions<{ n?: number }>({ store: there, idle: 300 })
        const seen = await elsewhere.open({ cookie }).load()
        expect(seen.userId).toBe("ada")
        seen.data.n = 1
        await elsewhere.commit(seen)
        expect(await elsewhere.clearExpired()).toBe(0)

        vi.useRealTimers()
        const back = await createSessions<{ n?: number }>({ store: here, idle: 300 }).open({ cookie }).load()
        expect([back.userId, back.data.n]).toEqual(["ada", 1])
        const [{ expiresAt } = { expiresAt: 0 }] = await here.listByUser!("ada")
        expect(Math.abs(expiresAt - Date.now() - 5 * MINUTES)).toBeLessThan(MINUTES)
      } finally {
        vi.useRealTimers()
        await Promise.all([here.close(), there.close()])
      }
    })
  })
