import { expect, it } from "vitest"
import { createSessions, type Session, type Sessions } from "../../src/index.ts"
import type { OpenedStore } from "../../src/testing/index.ts"

type Data = { n?: number; [key: string]: unknown }

/** What sessions promise on any store, when many requests of one process work on one session at once. */
export function concurrency(open: () => Promise<OpenedStore>): void {
  const law = (sentence: string, check: (sessions: Sessions<Data>) => Promise<void>): void =>
    it(sentence, async () => {
      const opened = await open()
      try {
        await check(createSessions<Data>({ store: opened.store, timeout: 20 }))
      } finally {
        await opened.close?.()
      }
    })

  law("keeps 50 keys that 50 parallel requests write", async (sessions) => {
    const cookie = await begin(sessions, { n: 0 })
    const loaded = await Promise.all(Array.from({ length: 50 }, () => sessions.open({ cookie }).load()))
    await Promise.all(
      loaded.map(async (session, n) => {
        session.data[`key${n}`] = n
        await sessions.commit(session)
      }),
    )
    const { data } = await sessions.open({ cookie }).load()
    expect(data).toEqual({ n: 0, ...Object.fromEntries(loaded.map((_, n) => [`key${n}`, n])) })
  })

  law("counts 200 parallel updates exactly", async (sessions) => {
    const cookie = await begin(sessions, { n: 0 })
    const loaded = await Promise.all(Array.from({ length: 200 }, () => sessions.open({ cookie }).load()))
    await Promise.all(
      loaded.map(async (session) => {
        await session.update((data) => {
          data.n = data.n! + 1
        })
        await sessions.commit(session)
      }),
    )
    expect((await sessions.open({ cookie }).load()).data.n).toBe(200)
  })

  law("keeps every write that was acknowledged beside a login", async (sessions) => {
    const cookie = await begin(sessions, { n: 0 })
    const writers = await Promise.all(Array.from({ length: 10 }, () => sessions.open({ cookie }).load()))
    const signIn = await sessions.open({ cookie }).load()
    signIn.login("ada")
    const [login, ...results] = await Promise.all([
      sessions.commit(signIn),
      ...writers.map(async (session, n) => {
        session.data[`key${n}`] = n
        return resultOf(sessions, session)
      }),
    ])
    const { data } = await sessions.open({ cookie: cookieOf(login.headers) }).load()
    for (const [n, result] of results.entries()) if (result === "replace") expect(data[`key${n}`]).toBe(n)
    expect((await sessions.open({ cookie }).load()).isNew).toBe(true)
  })

  law("revives nothing that was destroyed while others wrote and rotated", async (sessions) => {
    for (let round = 0; round < 5; round++) {
      const cookie = await begin(sessions, { n: 0 })
      const others = await Promise.all(Array.from({ length: 9 }, () => sessions.open({ cookie }).load()))
      const quitter = await sessions.open({ cookie }).load()
      quitter.logout()
      const cookies = [cookie]
      const busy = others.map(async (session, n) => {
        if (n % 3 === 0) session.rotate()
        else if (n % 3 === 1) await session.update((data) => Object.assign(data, { n })).catch(() => {})
        session.data[`key${n}`] = n
        const answer = await Promise.resolve(sessions.commit(session)).catch(ifEnded)
        if (answer?.result === "rotate" && answer.headers.length > 1) cookies.push(cookieOf(answer.headers))
      })
      const quit = new Promise((resolve) => setTimeout(resolve, round)).then(() => sessions.commit(quitter))
      await Promise.all([quit, ...busy])
      for (const left of cookies) expect((await sessions.open({ cookie: left }).load()).isNew).toBe(true)
    }
  })
}

/** What a commit did; `undefined` when it was told that the session had ended. */
async function resultOf(sessions: Sessions<Data>, session: Session<Data>): Promise<string | undefined> {
  const answer = await Promise.resolve(sessions.commit(session)).catch(ifEnded)
  return answer?.result
}

function ifEnded(error: { code?: string }): undefined {
  if (error.code !== "ERR_SESSION_ENDED") throw error
}

async function begin(sessions: Sessions<Data>, data: Data): Promise<string> {
  const session: Session<Data> = await sessions.open({}).load()
  Object.assign(session.data, data)
  return cookieOf((await sessions.commit(session)).headers)
}

/** The `Cookie` header that a browser sends back. */
export function cookieOf(headers: readonly (readonly [string, string])[]): string {
  return headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
}
