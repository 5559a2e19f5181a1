import assert from "node:assert/strict"
import { type Laws, randomToken } from "./stage.ts"

/** Loading: nothing is read or kept for who does not ask. */
export function loadingLaws({ law, storedLaw }: Laws): void {
  law("leaves a request alone that never looks at the session", async ({ play, calls, isStored }) => {
    const visit = await play((session, { path }) => {
      if (path === "/write") session.data.a = 1
      return { body: "hello" }
    })
    await visit("/write")
    calls.length = 0
    const { headers, body } = await visit("/")
    assert.equal(body, "hello")
    assert.equal(headers.get("vary"), null)
    assert.deepEqual(headers.getSetCookie(), [])
    assert.deepEqual(calls, isStored ? ["read"] : [])
  })

  law("reads nothing when lazy until asked, and then once", async ({ play, calls, isStored }) => {
    const visit = await play(
      async (session, { path }) => {
        if (path === "/") return { body: "unseen" }
        await Promise.all([session.load(), session.load()])
        session.data.n ??= 1
        return { body: String(session.data.n) }
      },
      { lazy: true },
    )
    await visit("/look")
    calls.length = 0
    const unseen = await visit("/")
    assert.deepEqual([unseen.body, unseen.headers.get("vary")], ["unseen", null])
    assert.deepEqual(calls, [])
    assert.equal((await visit("/look")).body, "1")
    assert.deepEqual(calls, isStored ? ["read"] : [])
  })

  storedLaw("answers a look before load() with an error when lazy", async ({ play }) => {
    let code: unknown
    const visit = await play(
      (session) => {
        try {
          return { body: String(session.data.n) }
        } catch (error) {
          code = (error as { code?: unknown }).code
          throw error
        }
      },
      { lazy: true },
    )
    const { status } = await visit("/", { cookie: `__Host-session=${randomToken()}` })
    assert.equal(status, 500)
    assert.equal(code, "ERR_SESSION_NOT_LOADED")
  })

  law("keeps nothing for visitors who bring nothing", async ({ play, calls, isStored }) => {
    const visit = await play((session) => ({ body: String(session.data.n ?? "none") }))
    for (let n = 0; n < 20; n++) {
      const { headers, body } = await visit("/", { cookie: `__Host-session=${randomToken()}` })
      assert.equal(body, "none")
      assert.deepEqual(headers.getSetCookie(), [])
      assert.equal(headers.get("vary"), "Cookie")
    }
    assert.deepEqual([...new Set(calls)], isStored ? ["read"] : [])
  })

  law("never mixes the sessions of requests that run side by side", async ({ play }) => {
    const visit = await play(async (session, { query }) => {
      const mine = query.get("me")
      if (query.has("begin")) session.data.me = mine
      await new Promise((resolve) => setImmediate(resolve))
      return { body: String(session.data.me) }
    })
    const cookies = new Map<string, string>()
    for (let n = 0; n < 20; n++) {
      await visit(`/?begin&me=${n}`, { cookie: "" })
      cookies.set(`${n}`, visit.cookie())
    }
    const visits = [...cookies, ...cookies].map(async ([me, cookie]) => {
      assert.equal((await visit(`/?me=x`, { cookie })).body, me)
    })
    await Promise.all(visits)
  })
}
