import assert from "node:assert/strict"
import type { Laws } from "./stage.ts"

/** Failures: no answer goes out before its session is safe. */
export function failuresLaws({ law, storedLaw }: Laws): void {
  storedLaw("saves nothing of a request that ends in an error, but still logs out", async ({ play }) => {
    const visit = await play((session, { path, query }) => {
      if (path === "/login") session.login("ada")
      if (query.has("logout")) session.logout()
      else if (path !== "/look") session.data[path] = 1
      if (path === "/throw") throw new Error("on purpose")
      return {
        status: path === "/fail" ? 500 : 200,
        body: `${session.userId} ${JSON.stringify(session.data)}`,
      }
    })
    await visit("/login")
    assert.equal((await visit("/fail")).status, 500)
    assert.equal((await visit("/throw")).status, 500)
    assert.equal((await visit("/ok")).body, 'ada {"/login":1,"/ok":1}')
    const kept = visit.cookie()
    for (const path of ["/fail?logout", "/throw?logout"]) {
      await visit("/login", { cookie: "" })
      const signedIn = visit.cookie()
      assert.equal((await visit(path)).status, 500)
      assert.equal((await visit("/look", { cookie: signedIn })).body, "null {}")
    }
    assert.equal((await visit("/ok", { cookie: kept })).body, 'ada {"/login":1,"/ok":1}')
  })

  storedLaw("answers 5xx without a cookie when the session can't be saved", async ({ play, fail }) => {
    const visit = await play((session, { path }) => {
      session.data.n = path
      return { headers: { "content-type": "text/plain", etag: '"secret"' }, body: "saved, honestly" }
    })
    fail("create")
    const created = await visit("/")
    assert.equal(Math.floor(created.status / 100), 5)
    assert.deepEqual(created.headers.getSetCookie(), [])
    assert.ok(!created.body.includes("honestly"))
    fail()
    await visit("/")
    const cookie = visit.cookie()
    fail("replace")
    const replaced = await visit("/other")
    assert.equal(Math.floor(replaced.status / 100), 5)
    assert.deepEqual(replaced.headers.getSetCookie(), [])
    assert.ok(!replaced.body.includes("honestly") && replaced.headers.get("etag") !== '"secret"')
    assert.equal(visit.cookie(), cookie)
  })

  storedLaw(
    "answers 5xx and leaves the cookie alone when the session can't be read",
    async ({ play, fail }) => {
      let runs = 0
      const visit = await play((session) => {
        session.data.n = ++runs
        return { body: "ran" }
      })
      await visit("/")
      fail("read")
      const { status, headers, body } = await visit("/")
      assert.equal(Math.floor(status / 100), 5)
      assert.deepEqual(headers.getSetCookie(), [])
      assert.ok(!body.includes("ran"))
      assert.equal(runs, 1)
      fail()
      assert.equal((await visit("/")).status, 200)
    },
  )

  storedLaw("sends nothing before the session is safe", async ({ play, hold }) => {
    const visit = await play((session) => {
      session.data.n = 1
      return { body: "done" }
    })
    const create = hold("create")
    let isAnswered = false
    const answer = visit("/").then((response) => {
      isAnswered = true
      return response
    })
    await create.reached
    await new Promise((resolve) => setTimeout(resolve, 50))
    assert.equal(isAnswered, false)
    create.release()
    assert.equal((await answer).body, "done")
  })

  law("refuses data that JSON can't hold, and keeps what was there", async ({ play }) => {
    const visit = await play((session, { path }) => {
      session.data[path] = 1
      const circle: unknown[] = []
      circle.push(circle)
      const hostile: Record<string, unknown> = {
        "/bigint": 1n,
        "/function": () => 1,
        "/circle": circle,
        "/map": new Map(),
      }
      if (path in hostile) session.data.bad = hostile[path]
      return { body: JSON.stringify({ ...session.data, bad: undefined }) }
    })
    await visit("/good")
    for (const path of ["/bigint", "/function", "/circle", "/map"])
      assert.equal((await visit(path)).status, 500, path)
    assert.equal((await visit("/good")).body, '{"/good":1}')
  })

  law("answers 5xx without a cookie when the session does not fit into one", async ({ play, isStored }) => {
    const visit = await play((session, { path }) => {
      session.data.big = path === "/big" ? "x".repeat(isStored ? 2_000_000 : 4000) : "small"
      return { body: "kept, honestly" }
    })
    await visit("/")
    const before = visit.cookie()
    const { status, headers, body } = await visit("/big")
    assert.equal(status, 500)
    assert.deepEqual(headers.getSetCookie(), [])
    assert.ok(!body.includes("honestly"))
    assert.equal(visit.cookie(), before)
  })
}
