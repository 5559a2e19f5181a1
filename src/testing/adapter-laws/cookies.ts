import assert from "node:assert/strict"
import { type Laws, randomToken } from "./stage.ts"

/** The cookie: what it looks like, when it is sent, what it is worth. */
export function cookiesLaws({ law }: Laws): void {
  law("begins a session with its first data, in a cookie that browsers guard", async ({ play }) => {
    const visit = await play((session) => {
      session.data.n = 1
      return { status: 201, body: "made" }
    })
    const { status, body, headers } = await visit("/")
    assert.deepEqual([status, body], [201, "made"])
    const [cookie, ...more] = headers.getSetCookie()
    assert.deepEqual(more, [])
    const [pair, ...attributes] = cookie!.split("; ")
    assert.match(pair!, /^__Host-session=[A-Za-z0-9_.-]{43,}$/)
    assert.deepEqual(attributes.sort(), ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"])
    assert.equal(headers.get("cache-control"), "no-store")
    assert.equal(headers.get("vary"), "Cookie")
  })

  law("brings the data back, nested changes too, and needs no new cookie to", async ({ play, isStored }) => {
    const visit = await play((session, { path }) => {
      if (path === "/begin") session.data.cart = { items: [] as string[] }
      if (path === "/add") (session.data.cart as { items: string[] }).items.push("tea")
      return { body: JSON.stringify(session.data) }
    })
    await visit("/begin")
    const added = await visit("/add")
    assert.equal(added.headers.getSetCookie().length, isStored ? 0 : 1)
    const { body, headers } = await visit("/")
    assert.equal(body, '{"cart":{"items":["tea"]}}')
    assert.deepEqual(headers.getSetCookie(), [])
    assert.equal(headers.get("vary"), "Cookie")
  })

  law("adds to the headers of the response and does not let caches keep the cookie", async ({ play }) => {
    const visit = await play((session, { path }) => {
      session.data.n = 1
      if (path === "/star") return { headers: { vary: "*" }, body: "" }
      return {
        headers: {
          vary: "Accept",
          "cache-control": "public, max-age=60, no-transform",
          "set-cookie": "theme=dark; Path=/",
        },
        body: "",
      }
    })
    const { headers } = await visit("/", { cookie: "" })
    assert.equal(headers.get("vary"), "Accept, Cookie")
    assert.equal(headers.get("cache-control"), "no-store, no-transform")
    const names = headers.getSetCookie().map((cookie) => cookie.split("=")[0])
    assert.deepEqual(names.sort(), ["__Host-session", "theme"])
    assert.equal((await visit("/star", { cookie: "" })).headers.get("vary"), "*")
  })

  law("gives the cookie the life that setExpiry says", async ({ play }) => {
    const visit = await play((session, { path }) => {
      session.data.n = 1
      if (path === "/browser") session.setExpiry(0)
      if (path === "/date") session.setExpiry(new Date(Date.now() + 90_000))
      if (path === "/default") session.setExpiry(null)
      return { body: `${session.getExpireAtBrowserClose()} ${session.getExpiryAge()}` }
    })
    await visit("/")
    const maxAge = async (path: string): Promise<string | undefined> =>
      /Max-Age=(\d+)/.exec((await visit(path)).headers.getSetCookie()[0]!)?.[1]
    assert.equal(await maxAge("/browser"), undefined)
    assert.equal((await visit("/")).body, "true 1209600")
    assert.match((await maxAge("/date"))!, /^(?:8\d|90)$/)
    assert.match((await visit("/")).body, /^false (?:8\d|90)$/)
    assert.equal(await maxAge("/default"), "2592000")
  })

  law("takes a hostile cookie for no cookie, without asking the store", async ({ play, calls }) => {
    const visit = await play((session) => ({ body: `${session.isNew} ${JSON.stringify(session.data)}` }))
    const token = randomToken()
    const values = [
      "",
      "x",
      `${token}x`,
      `"${token}"`,
      "..%2f..%2fetc%2fpasswd",
      "%00",
      "__proto__",
      "' OR 1=1 --",
      "=".repeat(76),
      token.toUpperCase(),
      token.slice(0, -1),
      token.replace(".", ""),
    ]
    const cookies = values.map((value) => `__Host-session=${value}`)
    cookies.push(`__host-session=${token}`, ";;;===; ;", `x${"y".repeat(8000)}`)
    for (const cookie of cookies) {
      const { status, body } = await visit("/", { cookie })
      assert.deepEqual([status, body], [200, "true {}"], cookie.slice(0, 80))
    }
    assert.deepEqual(calls, [])
  })

  law("takes a cookie that was changed in one place for none", async ({ play }) => {
    const visit = await play((session, { query }) => {
      if (query.has("set")) session.data.n = 1
      return { body: String(session.data.n) }
    })
    await visit("/?set")
    const cookie = visit.cookie()
    assert.equal((await visit("/", { cookie })).body, "1")
    for (let place = "__Host-session=".length; place < cookie.length - 1; place += 7) {
      const changed = cookie[place] === "A" ? "B" : "A"
      const hostile = cookie.slice(0, place) + changed + cookie.slice(place + 1)
      assert.equal((await visit("/", { cookie: hostile })).body, "undefined", `changed at ${place}`)
    }
  })
}
