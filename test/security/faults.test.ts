import { afterEach, expect, it, vi } from "vitest"
import { createSessions, type Session } from "../../src/index.ts"
import { begun, cookieIn, type Data, request, surround } from "./stage.ts"

// Each store call of each kind of request fails in three ways: before the store does it, after it did, and by never
// answering. The client must get an error and no cookie, and what comes next a session that is whole.

const kinds: Readonly<Record<string, (session: Session<Data>) => unknown>> = {
  write: (session) => Object.assign(session.data, { n: 2 }),
  update: (session) => session.update((data) => Object.assign(data, { n: 2 })),
  rotate: (session) => session.rotate(),
  "login again": (session) => session.login("ada"),
  "login as another": (session) => session.login("bob"),
  logout: (session) => session.logout(),
  "logout and begin": (session) => {
    session.logout()
    session.data.n = 2
  },
}
const ways = ["before", "after", "never"] as const

afterEach(() => {
  vi.useRealTimers()
})

for (const [kind, work] of Object.entries(kinds))
  for (const way of ways)
    it(`D-8, D-9, C-2 ${kind}: a store that fails ${way} its work is an error without a cookie`, async () => {
      let isOver = false
      for (let failing = 0; !isOver; failing++) {
        const { store, cookie } = await begun({ n: 1 }, "ada")
        const names: string[] = []
        const faulty = surround(store, async (method, call) => {
          const place = names.push(method) - 1
          if (place !== failing) return call()
          if (way === "before") throw new Error("hunter2")
          await call()
          if (way === "after") throw new Error("hunter2")
          return new Promise(() => {})
        })
        const sessions = createSessions<Data>({ store: faulty, timeout: 0.02 })
        const session = sessions.open({ cookie })
        const answer = await (async () => {
          await session.load()
          await work(session)
          return sessions.commit(session)
        })().then(
          ({ headers }) => ({ cookie: cookieIn(headers) }),
          (error: Record<string, unknown>) => ({ error }),
        )
        const how = `${way} the call ${failing} of ${names}`
        isOver = failing >= names.length
        const [failed, ...after] = names.slice(failing)
        // Where an end could not be written, the store is asked to forget the session instead.
        const isForgiven =
          way === "before" && failed === "replace" && after[0] === "read" && after[1] === "delete"
        if ("error" in answer) {
          expect(answer.error, how).toMatchObject({ code: "ERR_SESSION_STORE", statusCode: 503 })
          expect(String(answer.error), how).not.toContain("hunter2")
          expect(isForgiven, how).toBe(false)
        } else expect(isOver || isForgiven, how).toBe(true)

        // What follows, with a store that works: a whole session, the old user's or nobody's.
        const healthy = createSessions<Data>({ store })
        const old = await healthy.open({ cookie }).load()
        if (old.isNew) expect(old.data, how).toEqual({})
        else {
          expect(old.userId, how).toBe("ada")
          expect([1, 2], how).toContain(old.data.n)
        }
        if (!("error" in answer) && answer.cookie)
          expect((await healthy.open({ cookie: answer.cookie }).load()).isNew, how).toBe(false)
        if (kind.startsWith("logout") && !("error" in answer)) expect(old.isNew, how).toBe(true)
        if (way === "before" && "error" in answer && failed === "replace" && after.length === 1)
          expect(old.isNew, how).toBe(false)
        old.data.next = true
        const next = await (async () => healthy.commit(old))().catch(({ code }) => code)
        // What came late may begin nothing for a moment; then the visitor is one like any other.
        if (next !== "ERR_SESSION_ENDED") continue
        expect(old.isNew, how).toBe(true)
        vi.useFakeTimers({ now: Date.now() + 10_000, toFake: ["Date"] })
        const later = await request(healthy, cookie, ({ data }) => Object.assign(data, { next: true }))
        expect(later.result, how).toBe("create")
        vi.useRealTimers()
      }
    })
