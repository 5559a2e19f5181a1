import { expect, it, vi } from "vitest"
import { createSessions, type SessionEvent, type SessionOptions, type Sessions } from "../../src/index.ts"
import type { OpenedStore } from "../../src/testing/index.ts"
import { type Turn, turns } from "../soak/turns.ts"
import { cookieOf } from "./concurrency.ts"

type Data = Record<string, unknown>

/** What sessions promise of their secrets, on any store. */
export function secrets(open: () => Promise<OpenedStore>): void {
  const law = (sentence: string, check: (opened: OpenedStore) => Promise<void>): void =>
    it(sentence, async () => {
      const opened = await open()
      try {
        await check(opened)
      } finally {
        vi.useRealTimers()
        await opened.close?.()
      }
    })

  for (const turn of ["login", "rotation", "renewal"] satisfies Turn[])
    law(`signs nobody out and loses no write when a ${turn} comes among them`, async ({ store }) => {
      for (const arrival of ["in order", "in any order"] as const)
        expect(await turns([store, store], turn, 3, arrival)).toMatchObject({
          signedOut: 0,
          lost: 0,
          leaked: 0,
          alarms: 0,
          ...(turn === "renewal" && { told: 0 }),
        })
    })

  /** A session that was renewed, and what browsers were given. */
  async function renewed({ store }: OpenedStore, onReuse: "refuse" | "end") {
    vi.useFakeTimers({ toFake: ["Date"] })
    const reused: SessionEvent[] = []
    const options = {
      renew: 600,
      grace: 60,
      onReuse,
      timeout: 20,
      observe: (event: SessionEvent) => reused.push(event),
    }
    const sessions = createSessions<Data>({ store, ...options } as SessionOptions<Data>)
    const session = await sessions.open({}).load()
    session.login("ada")
    const first = cookieOf((await sessions.commit(session)).headers)
    pass(601)
    const second = (await use(sessions, first)).cookie!
    return { sessions, first, second, reused }
  }

  law(
    "keeps a session whose renewal's answer was lost, however long it is idle after that",
    async (opened) => {
      const { sessions, first, second, reused } = await renewed(opened, "end")
      pass(3600)
      expect(await use(sessions, first)).toEqual({ userId: "ada", cookie: second })
      pass(3600)
      expect((await use(sessions, first)).userId).toBe("ada")
      expect((await use(sessions, second)).userId).toBe("ada")
      expect(reused).toEqual([])
    },
  )

  law(
    "opens nothing to a superseded secret once the new one is in use, and says that it was presented",
    async (opened) => {
      for (const onReuse of ["refuse", "end"] as const) {
        const { sessions, first, second, reused } = await renewed(opened, onReuse)
        await use(sessions, second)
        pass(60)
        await use(sessions, second)
        expect(await use(sessions, first)).toEqual({ userId: null, cookie: undefined })
        expect(reused.map(({ type }) => type)).toEqual(["reused"])
        expect((await use(sessions, second)).userId).toBe(onReuse === "end" ? null : "ada")
      }
    },
  )
}

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}

/** A request that only looks who is signed in. */
async function use(
  sessions: Sessions<Data>,
  cookie: string,
): Promise<{ userId: string | null; cookie: string | undefined }> {
  const { userId, headers } = await sessions
    .open({ cookie })
    .load()
    .then(async (session) => ({ userId: session.userId, headers: (await sessions.commit(session)).headers }))
  return { userId, cookie: headers.find(([name]) => name === "set-cookie")?.[1].split(";")[0] }
}
