import { mkdirSync, readdirSync, statSync, utimesSync } from "node:fs"
import { join } from "node:path"
import type { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import {
  type DjangoOptions,
  djangoLogin,
  djangoLogout,
  djangoSessions,
  djangoSigner,
} from "../../src/django/index.ts"
import type { Session, Sessions } from "../../src/index.ts"
import { memcachedClient } from "../../src/stores/memcached/client.ts"
import { describeStore } from "../services/service.ts"
import { type Browser, browser } from "./client.ts"
import { type OpenSite, openSite, SECRET } from "./sharing.ts"

// Sessions that are Django's and can't be read here stay Django's.

const SALT = "django.contrib.sessions.SessionStore"
const COOKIE_SALT = "django.contrib.sessions.backends.signed_cookies"
const ENDED = { code: "ERR_SESSION_ENDED", statusCode: 409 }

let warnings: string[] = []
const warn = (message: string): void => void warnings.push(message)
beforeEach(() => {
  warnings = []
})

function rowsIn(database: DatabaseSync): readonly object[] {
  return database.prepare("SELECT * FROM django_session ORDER BY session_key").all()
}

describe("under another SECRET_KEY than Django's", () => {
  let opened: OpenSite
  let options: DjangoOptions
  beforeAll(async () => {
    opened = await openSite(() => ({ engine: "db" }))
    options = { engine: "db", database: opened.database, secretKey: "not the site's", warn }
  })
  afterAll(() => opened.close())
  beforeEach((context) => (opened.site ? undefined : context.skip()))

  /** A visitor whom Django knows. */
  async function visitor(sessions: Sessions = djangoSessions(options)): Promise<Browser> {
    const known = browser(opened.site!.url, sessions)
    await known.django("change", { data: '{"cart": 1}' })
    return known
  }

  it("a visitor keeps cookie and session, whatever a request does but sign in or out", async () => {
    const known = await visitor()
    const { cookie } = known
    const rows = rowsIn(opened.database)
    expect(await known.node(({ isNew, userId, data }) => [isNew, userId, { ...data }])).toEqual([
      true,
      null,
      {},
    ])
    await known.node((session) => session.rotate())
    await known.node((session) => session.setExpiry(5))
    for (const write of [
      known.node(({ data }) => Object.assign(data, { a: 1 })),
      known.node((session) => session.update((data) => Object.assign(data, { a: 1 }))),
      known.node(async (session) => {
        session.data.a = 1
        await session.save()
      }),
    ])
      await expect(write).rejects.toMatchObject({
        ...ENDED,
        message: expect.stringMatching(/^The request's session stays as it is.*"secretKey" and "fallbacks"/),
      })
    expect(known.cookie).toBe(cookie)
    expect(rowsIn(opened.database)).toEqual(rows)
    expect((await known.django("view")).data).toEqual({ cart: 1 })
    expect(warnings).toEqual([expect.stringMatching(/"secretKey" and "fallbacks".*told once$/)])
    expect(warnings.join()).not.toMatch(/not the site's|[a-z0-9]{32}/)

    const right = djangoSessions({ ...options, secretKey: SECRET })
    expect((await right.open({ cookie }).load()).data).toEqual({ cart: 1 })
  })

  it("a login begins a session of its own, and a logout clears the cookie; Django's row stays", async () => {
    const sessions = djangoSessions(options)
    const known = await visitor(sessions)
    const row = rowsIn(opened.database)
    const { cookie } = known
    await known.node((session) => djangoLogin(session, { id: 1, password: "hash" }))
    expect(known.cookie).not.toBe(cookie)
    expect(await known.node((session) => session.userId)).toBe("1")
    expect(rowsIn(opened.database)).toEqual(expect.arrayContaining([...row]))
    known.cookie = cookie
    await known.node(djangoLogout)
    expect(known.cookie).toBeUndefined()
    expect(rowsIn(opened.database)).toEqual(expect.arrayContaining([...row]))
    known.cookie = cookie
    await known.node((session) => {
      session.destroy()
      session.data.fresh = 1
    })
    expect(await known.node(({ data }) => data)).toEqual({ fresh: 1 })
    expect(rowsIn(opened.database)).toEqual(expect.arrayContaining([...row]))
  })

  it('a new visitor is served as ever, and onUnreadable: "replace" serves the others too', async () => {
    const fresh = browser(opened.site!.url, djangoSessions(options))
    await fresh.node(({ data }) => Object.assign(data, { a: 1 }))
    expect(await fresh.node(({ data }) => data)).toEqual({ a: 1 })

    const known = await visitor(djangoSessions({ ...options, onUnreadable: "replace" }))
    const { cookie } = known
    const rows = rowsIn(opened.database)
    await known.node(({ data }) => Object.assign(data, { a: 1 }))
    expect(known.cookie).not.toBe(cookie)
    expect(await known.node(({ data }) => data)).toEqual({ a: 1 })
    expect(rowsIn(opened.database)).toEqual(expect.arrayContaining([...rows]))
    expect(warnings).toHaveLength(1)
  })

  it("what another secret signs between reading and writing here stays as it is", async () => {
    const right = djangoSessions({ ...options, secretKey: SECRET })
    const other = djangoSigner(SALT, { secretKey: "another" }).sign(Buffer.from('{"a":2}'))
    const put = opened.database.prepare("UPDATE django_session SET session_data = ? WHERE session_key = ?")
    /** Serves a request during which the row becomes another's; gives what came of it. */
    async function late(
      handler: (session: Session) => unknown,
    ): Promise<{ known: Browser; failure?: unknown }> {
      const known = await visitor(right)
      const key = known.cookie!.slice("sessionid=".length)
      const failure = await known
        .node((session) => {
          handler(session)
          put.run(other, key)
        })
        .catch((error: unknown) => error)
      const row = rowsIn(opened.database).find(
        (each) => (each as { session_key: string }).session_key === key,
      )
      expect(row).toMatchObject({ session_data: other })
      return { known, failure }
    }
    const write = await late(({ data }) => Object.assign(data, { a: 1 }))
    expect(write.failure).toMatchObject({ ...ENDED, message: expect.stringContaining('"secretKey"') })
    const count = rowsIn(opened.database).length
    const rotated = await late((session) => session.rotate())
    expect(rotated.failure).toBeUndefined()
    expect(rowsIn(opened.database)).toHaveLength(count + 1)
    const login = await late((session) => djangoLogin(session, { id: 1, password: "hash" }))
    expect(login.failure).toBeUndefined()
    expect(await login.known.node(({ userId, data }) => [userId, data.cart])).toEqual(["1", 1])
  })

  it("a row that was forged is not believed under the right one either, and left", async () => {
    const known = await visitor(djangoSessions({ ...options, secretKey: SECRET }))
    const key = known.cookie!.slice("sessionid=".length)
    const { session_data: text } = opened.database
      .prepare("SELECT session_data FROM django_session WHERE session_key = ?")
      .get(key) as { session_data: string }
    const signer = djangoSigner(SALT, { secretKey: SECRET })
    const other = signer.sign(Buffer.from('{"_auth_user_id":"1"}')).split(":")[0]
    const forged = [other, ...text.split(":").slice(-2)].join(":")
    const put = opened.database.prepare("UPDATE django_session SET session_data = ? WHERE session_key = ?")
    const cookieSigner = djangoSigner(COOKIE_SALT, { secretKey: SECRET })
    for (const row of [forged, cookieSigner.sign(Buffer.from('{"_auth_user_id":"1"}'))]) {
      put.run(row, key)
      const rows = rowsIn(opened.database)
      expect(await known.node(({ userId }) => userId)).toBeNull()
      await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
      expect(rowsIn(opened.database)).toEqual(rows)
    }
  })
})

it("what Django 3.2 signs with SHA-1 stays Django's where legacy is missing", async (context) => {
  const { site, database, close } = await openSite(() => ({ engine: "db", hashing: "sha1" }))
  if (!site) return context.skip()
  const known = browser(site.url, djangoSessions({ engine: "db", database, secretKey: SECRET, warn }))
  await known.django("change", { data: '{"cart": 1}' })
  await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
  expect((await known.django("view")).data).toEqual({ cart: 1 })
  expect(warnings).toEqual([expect.stringContaining('"legacy"')])
  await close()
})

describe("a signed cookie", () => {
  const signed = djangoSigner(COOKIE_SALT, { secretKey: "another" }).sign(
    Buffer.from('{"_auth_user_id":"1"}'),
  )

  it("that is forged, again and again, is told of once, and is not replaced", async () => {
    const sessions = djangoSessions({ engine: "signed_cookies", secretKey: SECRET, warn })
    for (let n = 0; n < 50; n++) {
      const known = browser("", sessions)
      known.cookie = `sessionid=${signed.slice(0, -3)}${String(n).padStart(3, "0")}`
      expect(await known.node(({ isNew, userId }) => [isNew, userId])).toEqual([true, null])
      await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
      expect(known.setCookie).toBeUndefined()
    }
    expect(warnings).toHaveLength(1)
    const known = browser("", sessions)
    known.cookie = `sessionid=${signed}`
    await known.node((session) => djangoLogin(session, { id: 2, password: "hash" }))
    expect(await known.node(({ userId }) => userId)).toBe("2")
  })

  it("that is over, or no signed cookie at all, is replaced as ever", async () => {
    const sessions = djangoSessions({ engine: "signed_cookies", secretKey: SECRET, warn })
    const old = djangoSigner(COOKIE_SALT, { secretKey: SECRET }).sign(
      Buffer.from("{}"),
      Date.now() - 1_300_000_000,
    )
    for (const cookie of [old, "x:y:z", "", "junk"]) {
      const known = browser("", sessions)
      known.cookie = `sessionid=${cookie}`
      await known.node(({ data }) => Object.assign(data, { a: 1 }))
      expect(await known.node(({ data }) => data)).toEqual({ a: 1 })
    }
    expect(warnings).toEqual([])
  })
})

describe("files under another SECRET_KEY", () => {
  it("are not cleared while they may be alive by their own expiry", async (context) => {
    let path = ""
    const { site, close } = await openSite((directory) => {
      path = join(directory, "sessions")
      mkdirSync(path)
      return { engine: "file", filePath: path }
    })
    if (!site) return context.skip()
    const options = { engine: "file", filePath: path, secretKey: "not the site's", warn } as const
    const known = browser(site.url, djangoSessions(options))
    await known.django("change", { data: '{"cart": 1}' })
    await known.django("expire", { seconds: String(60 * 86_400) })
    const [file] = readdirSync(path)
    const monthAgo = new Date(Date.now() - 30 * 86_400_000)
    utimesSync(join(path, file!), monthAgo, monthAgo)
    expect(await djangoSessions(options).clearExpired()).toBe(0)
    await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
    expect((await known.django("view")).data).toMatchObject({ cart: 1 })
    const longAgo = new Date(Date.now() - 401 * 86_400_000)
    utimesSync(join(path, file!), longAgo, longAgo)
    expect(await djangoSessions(options).clearExpired()).toBe(1)
    expect(statSync(path).isDirectory()).toBe(true)
    await close()
  })
})

describe("a row that is signed and can't be read here", () => {
  it.each([
    ["more than maxBytes", Buffer.from(`{"a":"${"x".repeat(5000)}"}`), /"maxBytes"/],
    [
      "a pickle",
      Buffer.from("8005950600000000000000 7d94 8c0161944b01732e".replaceAll(" ", ""), "hex"),
      /JSONSerializer/,
    ],
  ])("since it is %s, is left as it is", async (_what, bytes, reason) => {
    const { site, database, close } = await openSite(() => ({ engine: "db" }))
    if (!site) return
    const known = browser(
      site.url,
      djangoSessions({ engine: "db", database, secretKey: SECRET, maxBytes: 4096, warn }),
    )
    await known.django("change", { data: '{"a": 1}' })
    const text = djangoSigner(SALT, { secretKey: SECRET }).sign(bytes)
    database.prepare("UPDATE django_session SET session_data = ?").run(text)
    const rows = rowsIn(database)
    await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
    expect(rowsIn(database)).toEqual(rows)
    expect(warnings).toEqual([expect.stringMatching(reason)])
    await close()
  })
})

describeStore("memcached", ({ memcached }) => {
  let opened: OpenSite
  const cache = memcachedClient(memcached)
  const location = {
    BACKEND: "django.core.cache.backends.memcached.PyMemcacheCache",
    LOCATION: memcached.replace("memcached://", ""),
  }
  afterAll(() => cache.close())
  afterAll(() => opened?.close())

  it("a pickle with a date in it stays Django's", async (context) => {
    opened = await openSite(() => ({ engine: "cache", cache: { ...location, KEY_PREFIX: "dates" } }))
    if (!opened.site) return context.skip()
    const known = browser(
      opened.site.url,
      djangoSessions({ engine: "cache", cache, keyPrefix: "dates", secretKey: SECRET, warn }),
    )
    await known.django("dated")
    expect(await known.node(({ data }) => data)).toEqual({})
    await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
    expect(await known.django("is_dated")).toMatchObject({ kept: true })
    expect(warnings).toEqual([expect.stringContaining("makes more than data")])
    // It comes to hold a date between reading and writing here.
    await known.django("flush")
    await known.django("change", { data: '{"a": 1}' })
    for (const write of [
      known.node(async ({ data }) => {
        data.a = 2
        await known.django("dated")
      }),
    ])
      await expect(write).rejects.toMatchObject({
        ...ENDED,
        message: expect.stringContaining("makes more than data"),
      })
    expect(await known.django("is_dated")).toMatchObject({ kept: true })
  })

  it("a row of another SECRET_KEY behind a cache, which is not signed, stays Django's", async (context) => {
    await opened?.close()
    opened = await openSite(() => ({ engine: "cached_db", cache: { ...location, KEY_PREFIX: "rows" } }))
    if (!opened.site) return context.skip()
    const { database } = opened
    const options = { engine: "cached_db", database, cache, keyPrefix: "rows", warn } as const
    const known = browser(opened.site.url, djangoSessions({ ...options, secretKey: "not the site's" }))
    await known.django("change", { data: '{"cart": 1}' })
    const { cookie } = known
    const rows = rowsIn(database)
    expect(await known.node(({ data }) => ({ ...data }))).toEqual({ cart: 1 })
    await expect(known.node(({ data }) => Object.assign(data, { a: 1 }))).rejects.toMatchObject(ENDED)
    await known.node((session) => session.rotate())
    expect(known.cookie).toBe(cookie)
    expect(rowsIn(database)).toEqual(rows)
    await known.node((session) => djangoLogin(session, { id: 1, password: "hash" }))
    expect(known.cookie).not.toBe(cookie)
    expect(rowsIn(database)).toEqual(expect.arrayContaining([...rows]))
    expect(await known.node(({ userId }) => userId)).toBe("1")
  })
})
