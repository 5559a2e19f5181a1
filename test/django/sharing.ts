import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { expect, it } from "vitest"
import {
  type DjangoOptions,
  djangoLogin,
  djangoLogout,
  djangoSessions,
  djangoUser,
  verifySessionAuthHash,
} from "../../src/django/index.ts"
import { type DjangoSite, startDjango } from "../services/django.ts"
import type { Server } from "../services/server.ts"
import { type Browser, browser } from "./client.ts"

export const SECRET = "the-secret-key-of-the-test-site"

/** A site on a SQLite file of its own, in a directory that goes with it. */
export interface OpenSite {
  /** `undefined` when Django can't be had here. */
  readonly site: Server | undefined
  readonly directory: string
  readonly database: DatabaseSync
  close(): Promise<void>
}

/** Starts a site; what is not said about it is as in the other tests. */
export async function openSite(
  settings: (directory: string) => Partial<DjangoSite> & Pick<DjangoSite, "engine">,
): Promise<OpenSite> {
  const directory = await mkdtemp(join(tmpdir(), "holdfast-django-"))
  const NAME = join(directory, "site.db")
  const site = await startDjango({
    secretKey: SECRET,
    database: { ENGINE: "django.db.backends.sqlite3", NAME, OPTIONS: { timeout: 20 } },
    ...settings(directory),
  })
  const database = new DatabaseSync(NAME, { timeout: 20_000 })
  return {
    site,
    directory,
    database,
    async close() {
      database.close()
      await site?.close()
      await rm(directory, { recursive: true })
    },
  }
}

/** What an engine of Django's can't do. */
export interface Limits {
  /** Ending a session ends its copies too. @default true */
  readonly isRevocable?: boolean
  /** Two requests at once both keep what they changed. @default true */
  readonly isMerged?: boolean
}

/** The tests of one engine, against a live site: sessions are one, whichever side they are seen from. */
export function sharingLaws(
  open: () => { readonly site: Server | undefined; readonly options: DjangoOptions<Record<string, unknown>> },
  { isRevocable = true, isMerged = true }: Limits = {},
): void {
  const law = (sentence: string, check: (visitor: Browser, other: Browser) => Promise<void>): void => {
    it(sentence, async (context) => {
      const { site, options } = open()
      if (!site) return context.skip()
      const sessions = djangoSessions(options)
      await check(browser(site.url, sessions), browser(site.url, sessions))
    })
  }

  law("reads here what Django wrote", async (visitor) => {
    await visitor.django("change", { data: '{"name":"Zoë 🦊","list":[1,2.5,null],"deep":{"a":{"b":true}}}' })
    const data = await visitor.node(({ data }) => structuredClone(data))
    expect(data).toEqual({ name: "Zoë 🦊", list: [1, 2.5, null], deep: { a: { b: true } } })
  })

  law("reads in Django what was written here", async (visitor) => {
    const data = { name: "Zoë 🦊 \u007f\u2028", list: [1, 2.5, null], deep: { a: { b: true } }, __proto: 1 }
    await visitor.node((session) => Object.assign(session.data, data))
    expect(await visitor.django("view")).toMatchObject({ status: 200, data })
  })

  law("goes to and fro in one session", async (visitor) => {
    await visitor.node(({ data }) => Object.assign(data, { node: 0 }))
    const { cookie } = visitor
    for (let turn = 1; turn <= 3; turn++) {
      expect((await visitor.django("count", { key: "django" })).value).toBe(turn)
      await visitor.node(({ data }) => {
        expect(data.django).toBe(turn)
        data.node = turn
      })
    }
    expect((await visitor.django("view")).data).toEqual({ node: 3, django: 3 })
    if (isRevocable) expect(visitor.cookie).toBe(cookie)
  })

  law("leaves what Python alone can say as it is, beside what is changed", async (visitor) => {
    const data =
      '{"big": 9007199254740993, "one": 1.0, "small": 1e-7, "zero": -0.0, "2": {"x": 1.0}, "1": NaN}'
    await visitor.django("change", { data })
    await visitor.node((session) => {
      session.data.new = 1
    })
    const { text } = await visitor.django("view")
    for (const part of ['"big": 9007199254740993', '"one": 1.0', '"small": 1e-07', '"zero": -0.0'])
      expect(text).toContain(part)
    expect(text).toContain('"2": {"x": 1.0}, "1": NaN, "new": 1')
  })

  law("ends in Django when it is destroyed here", async (visitor, thief) => {
    await visitor.django("change", { data: '{"a":1}' })
    thief.cookie = visitor.cookie
    await visitor.node((session) => session.destroy())
    expect(visitor.cookie).toBeUndefined()
    if (isRevocable) expect((await thief.django("view")).data).toEqual({})
  })

  law("ends here when Django flushes it", async (visitor, thief) => {
    await visitor.node((session) => Object.assign(session.data, { a: 1 }))
    thief.cookie = visitor.cookie
    await visitor.django("flush")
    expect(visitor.cookie).toBeUndefined()
    if (isRevocable) expect(await thief.node(({ data }) => data)).toEqual({})
  })

  law("is not believed when forged, damaged or unknown", async (visitor) => {
    await visitor.node((session) => Object.assign(session.data, { a: 1 }))
    const cookie = visitor.cookie!
    const turned = cookie.slice(0, -1) + (cookie.endsWith("a") ? "b" : "a")
    for (const bad of [turned, cookie.slice(0, -1), `${cookie}x`, "sessionid=", "sessionid=x:y:z"]) {
      visitor.cookie = bad
      expect(await visitor.node((session) => [session.isNew, session.data])).toEqual([true, {}])
    }
  })

  law("is that of the last cookie where there are several, as in Django", async (visitor, other) => {
    await visitor.node((session) => Object.assign(session.data, { name: "first" }))
    await other.node((session) => Object.assign(session.data, { name: "last" }))
    const [first, last] = [visitor.cookie!, other.cookie!]
    const key = "a".repeat(32)
    for (const [cookie, name] of [
      [`${first}; ${last}`, "last"],
      [`${last}; a=b; ${first}`, "first"],
      [`sessionid=${key}; ${last}`, "last"],
      [`sessionid=; ${last}`, "last"],
      [`${first}; sessionid=${key}`, undefined],
      [`${first}; sessionid=`, undefined],
      [`${first}; sessionid=no key`, undefined],
    ] as const) {
      visitor.cookie = cookie
      expect((await visitor.django("view")).data?.name).toBe(name)
      visitor.cookie = cookie
      expect(await visitor.node(({ data }) => data.name)).toBe(name)
    }
  })

  law("has one expiry, whichever side sets it", async (visitor) => {
    await visitor.django("change", { data: '{"a":1}' })
    await visitor.django("expire", { seconds: "300" })
    expect(await visitor.node((session) => session.getExpiryAge())).toBe(300)
    await visitor.node((session) => session.setExpiry(0))
    expect(await visitor.django("age")).toMatchObject({ age: 1209600, browser: true })
    expect(visitor.setCookie).not.toMatch(/max-age|expires/i)
    await visitor.django("expire", { seconds: "" })
    expect(await visitor.node((session) => session.getExpireAtBrowserClose())).toBe(false)
    await visitor.node((session) => session.setExpiry(60))
    expect((await visitor.django("age")).age).toBe(60)
    expect(visitor.setCookie).toMatch(/Max-Age=60;/)
  })

  law("sends the cookie again with every write, since it ends with the session", async (visitor) => {
    await visitor.django("change", { data: '{"a":1}' })
    for (const change of [
      () => visitor.node(({ data }) => Object.assign(data, { b: 1 })),
      () => visitor.node((session) => session.update((data) => Object.assign(data, { c: 1 }))),
    ]) {
      visitor.setCookie = undefined
      await change()
      expect(visitor.setCookie).toMatch(/^sessionid=[^;]+; Max-Age=1209600;.*HttpOnly.*SameSite=Lax/)
    }
    visitor.setCookie = undefined
    await visitor.node(({ data }) => data.a)
    expect(visitor.setCookie).toBeUndefined()
  })

  if (isMerged)
    law("keeps what Django wrote between reading and writing here", async (visitor) => {
      await visitor.node((session) => Object.assign(session.data, { a: 1, b: 1 }))
      await visitor.node(async ({ data }) => {
        data.a = 2
        await visitor.django("change", { data: '{"b": 2.0, "c": 9007199254740993}' })
      })
      const { text, data } = await visitor.django("view")
      expect(data).toMatchObject({ a: 2, b: 2 })
      expect(text).toContain('"b": 2.0')
      expect(text).toContain('"c": 9007199254740993')
    })

  if (isRevocable)
    law("stays ended when Django flushed it between reading and writing here", async (visitor, thief) => {
      await visitor.node((session) => Object.assign(session.data, { a: 1 }))
      thief.cookie = visitor.cookie
      const late = visitor.node(async ({ data }) => {
        data.a = 2
        await thief.django("flush")
      })
      await expect(late).rejects.toMatchObject({ code: "ERR_SESSION_ENDED" })
      expect(await visitor.node((session) => session.isNew)).toBe(true)
    })

  let users = 0
  async function newUser(visitor: Browser): Promise<{ name: string; id: number; password: string }> {
    const name = `user${++users}-${Math.random()}`
    const { id, password } = await visitor.django("make_user", { name, password: "first" })
    return { name, id: id!, password: password! }
  }

  law("is signed in here by signing in there", async (visitor) => {
    const { name, id, password } = await newUser(visitor)
    await visitor.django("sign_in", { name, password: "first" })
    await visitor.node((session) => {
      expect(djangoUser(session)).toEqual({
        id: String(id),
        backend: "django.contrib.auth.backends.ModelBackend",
      })
      expect(session.userId).toBe(String(id))
      expect(verifySessionAuthHash(session, password)).toBe(true)
    })
  })

  law("is signed in there by signing in here, under a new key", async (visitor, thief) => {
    const { id, password } = await newUser(visitor)
    await visitor.django("change", { data: '{"basket": 1.0, "_csrftoken": "old"}' })
    const before = visitor.cookie
    thief.cookie = before
    await visitor.node((session) => djangoLogin(session, { id, password }))
    expect(visitor.cookie).not.toBe(before)
    const { user, data, text } = await visitor.django("view")
    expect(user).toBe(id)
    expect(text).toContain('"basket": 1.0')
    expect(data?._csrftoken).toMatch(/^[A-Za-z0-9]{32}$/)
    if (isRevocable) expect((await thief.django("view")).user).toBeNull()
  })

  law("forgets another user's data at the next login", async (visitor) => {
    const [first, second] = [await newUser(visitor), await newUser(visitor)]
    await visitor.node((session) => {
      djangoLogin(session, first)
      session.data.secret = 1
    })
    await visitor.node((session) => djangoLogin(session, second))
    const { user, data } = await visitor.django("view")
    expect(user).toBe(second.id)
    expect(data).not.toHaveProperty("secret")
  })

  law("is signed out there by signing out here, and the other way round", async (visitor) => {
    const user = await newUser(visitor)
    await visitor.node((session) => djangoLogin(session, user))
    await visitor.node(djangoLogout)
    expect((await visitor.django("view")).user).toBeNull()
    await visitor.node((session) => djangoLogin(session, user))
    await visitor.django("sign_out")
    expect(await visitor.node(djangoUser)).toBeUndefined()
  })

  law("ends here when the password is changed in Django", async (visitor, other) => {
    const { name, password } = await newUser(visitor)
    await visitor.django("sign_in", { name, password: "first" })
    const changed = await other.django("change_password", { name, password: "second" })
    expect(changed.password).not.toBe(password)
    await visitor.node((session) => expect(verifySessionAuthHash(session, changed.password!)).toBe(false))
    expect(visitor.cookie).toBeUndefined()
  })

  law("refuses a login that Django would not understand", async (visitor) => {
    await expect(visitor.node((session) => session.login("1"))).rejects.toThrow(/djangoLogin/)
  })
}
