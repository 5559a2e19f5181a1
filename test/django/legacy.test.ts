import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import {
  type DjangoOptions,
  djangoLogin,
  djangoSessions,
  djangoSigner,
  verifySessionAuthHash,
} from "../../src/django/index.ts"
import { formOf, type SignedForm } from "../../src/django/signing.ts"
import { type Browser, browser } from "./client.ts"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

// With DEFAULT_HASHING_ALGORITHM = "sha1" Django 3.1 and 3.2 write as Django 3.0 does, and read nothing else.

const SALT = "django.contrib.sessions.SessionStore"

describe.each([
  "sha1",
  "sha256",
] as const)("a Django 3.2 that hashes with %s, and legacy: true", (hashing) => {
  describe.each(["db", "file", "signed_cookies"] as const)("engine %s", (engine) => {
    let opened: OpenSite
    let options: DjangoOptions

    beforeAll(async () => {
      opened = await openSite((directory) => {
        const filePath = join(directory, "sessions")
        mkdirSync(filePath)
        return { engine, hashing, filePath }
      })
      options = {
        engine,
        database: opened.database,
        filePath: join(opened.directory, "sessions"),
        secretKey: SECRET,
        legacy: true,
      }
    })
    afterAll(() => opened.close())

    const isRevocable = engine !== "signed_cookies"
    sharingLaws(() => ({ site: opened.site, options }), { isRevocable, isMerged: isRevocable })

    /** How the newest session is signed. */
    function written(visitor: Browser): SignedForm | undefined {
      const key = visitor.cookie!.slice("sessionid=".length)
      if (engine === "signed_cookies") return formOf(key)
      if (engine === "file")
        return formOf(readFileSync(join(opened.directory, `sessions/sessionid${key}`), "latin1"))
      const row = opened.database
        .prepare("SELECT session_data FROM django_session WHERE session_key = ?")
        .get(key)
      return formOf(row!.session_data as string)
    }

    it("keeps what Django wrote in the form in which Django wrote it", async (context) => {
      if (!opened.site) return context.skip()
      const visitor = browser(opened.site.url, djangoSessions(options))
      await visitor.django("change", { data: '{"a": 1}' })
      const form = written(visitor)
      const sha1 = engine === "signed_cookies" ? "sha1" : "oldest"
      expect(form).toBe(hashing === "sha1" ? sha1 : "sha256")
      await visitor.node(({ data }) => Object.assign(data, { b: 1 }))
      expect(written(visitor)).toBe(form)
      await visitor.node((session) => session.rotate())
      expect(written(visitor)).toBe(form)
      expect((await visitor.django("view")).data).toEqual({ a: 1, b: 1 })
    })

    it("begins what Django of all settings up to 3.2 reads", async (context) => {
      if (!opened.site) return context.skip()
      const visitor = browser(opened.site.url, djangoSessions(options))
      await visitor.node(({ data }) => Object.assign(data, { a: 1 }))
      expect(written(visitor)).toBe(engine === "signed_cookies" ? "sha1" : "oldest")
    })
  })
})

describe("a Django 3.2 that hashes with sha1, with a salt of its own", () => {
  let opened: OpenSite
  beforeAll(async () => {
    opened = await openSite(() => ({ engine: "accounts.salted", hashing: "sha1" }))
  })
  afterAll(() => opened.close())

  sharingLaws(() => ({
    site: opened.site,
    options: {
      engine: "db",
      database: opened.database,
      secretKey: SECRET,
      keySalt: "accounts.salted",
      legacy: true,
    },
  }))
})

describe("hashes of logins under legacy: true", () => {
  const open = async (secrets: object) => {
    const sessions = djangoSessions({ engine: "signed_cookies", secretKey: SECRET, ...secrets })
    return sessions.open({}).load()
  }
  const user = { id: 1, password: "pbkdf2$hash" }

  it.each([
    true,
    false,
  ])("are believed, also under retired keys, which they outlive in their own algorithm: legacy %s", async (legacy) => {
    const old = await open({ secretKey: "old", legacy })
    djangoLogin(old, user)
    const now = await open({ fallbacks: ["older", "old"], legacy: true })
    Object.assign(now.data, old.data)
    expect(verifySessionAuthHash(now, user.password)).toBe(true)
    const hash = now.data._auth_user_hash
    expect(hash).toHaveLength(legacy ? 40 : 64)
    expect(hash).not.toBe(old.data._auth_user_hash)
    expect(verifySessionAuthHash(now, user.password)).toBe(true)
    expect(verifySessionAuthHash(now, "another")).toBe(false)
  })

  it("are not believed without it", async () => {
    const old = await open({ legacy: true })
    djangoLogin(old, user)
    const now = await open({})
    Object.assign(now.data, old.data)
    expect(verifySessionAuthHash(now, user.password)).toBe(false)
  })
})

describe("signed text", () => {
  const legacy = djangoSigner(SALT, { secretKey: SECRET, legacy: true })

  it.each(["sha256", "sha1", "oldest"] as const)("of the form %s is written and read", (form) => {
    const text = legacy.sign(Buffer.from('{"a":1}'), Date.now(), form)
    expect(formOf(text)).toBe(form)
    expect(legacy.unsign(text)?.bytes.toString()).toBe('{"a":1}')
    const strict = djangoSigner(SALT, { secretKey: SECRET })
    expect(strict.unsign(text)?.bytes.toString()).toBe(form === "sha256" ? '{"a":1}' : undefined)
    expect(djangoSigner(SALT, { secretKey: "x", legacy: true }).unsign(text)).toBeUndefined()
  })
})
