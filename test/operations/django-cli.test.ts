import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { createPool } from "mysql2/promise"
import pg from "pg"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { djangoSessions, djangoSigner, importedSessions } from "../../src/django/index.ts"
import { SESSION_SALT } from "../../src/django/salts.ts"
import { createSessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { type Browser, browser } from "../django/client.ts"
import { type OpenSite, openSite, SECRET } from "../django/sharing.ts"
import { start } from "../laws/cli-process.ts"
import { holdfast } from "../laws/cli-run.ts"
import type { DjangoSite } from "../services/django.ts"
import { describeStore } from "../services/service.ts"

beforeEach(() => void vi.stubEnv("DJANGO_SECRET_KEY", SECRET))
afterEach(() => void vi.unstubAllEnvs())

const signedInAs = (userId: string | null) => ({
  userId,
  createdAt: expect.stringMatching(/^20/),
  signedInAt: null,
  usedAt: expect.stringMatching(/^20/),
  expiry: 300,
  expiresAt: expect.stringMatching(/^20/),
  data: expect.objectContaining({ visits: 1 }),
})

/** Tests of the command line on one kind of site. */
function commandLine(
  open: () => Promise<{
    readonly settings: (directory: string) => Partial<DjangoSite> & Pick<DjangoSite, "engine">
    /** The URL of the sessions, as the command line takes it. */
    readonly url: (directory: string) => string
    readonly flags?: readonly string[]
  }>,
  tests: (site: () => CommandLineSite) => void,
): void {
  let opened: OpenSite
  let site: CommandLineSite

  beforeAll(async () => {
    const { settings, url, flags = [] } = await open()
    opened = await openSite(settings)
    const { site: server, directory } = opened
    const store = url(directory)
    if (!server) return
    const newVisitor = (): Browser =>
      browser(server.url, djangoSessions({ engine: "signed_cookies", secretKey: SECRET }))
    const user = await newVisitor().django("make_user", { name: "ada", password: "sesame" })
    site = {
      directory,
      store,
      user: String(user.id),
      holdfast: (...args) => holdfast([...args, "--django", ...flags], { store }),
      import: (to, ...args) => holdfast(["import-django", "--from", store, ...flags, ...args], { store: to }),
      async visit(seconds, isUser = true) {
        const visitor = newVisitor()
        if (isUser) await visitor.django("sign_in", { name: "ada", password: "sesame" })
        await visitor.django("count", { key: "visits" })
        await visitor.django("expire", { seconds: `${seconds}` })
        return visitor.cookie!.replace("sessionid=", "")
      },
    }
  })
  afterAll(() => opened.close())
  beforeEach((context) => (opened.site ? undefined : context.skip()))

  tests(() => site)
}

interface CommandLineSite {
  readonly directory: string
  readonly store: string
  readonly user: string
  /** Runs a command with `--django` on the site's sessions. */
  readonly holdfast: (...args: string[]) => ReturnType<typeof holdfast>
  readonly import: (to: string, ...args: string[]) => ReturnType<typeof holdfast>
  /** Uses the site, with a session that ends in so many seconds; gives its key. */
  readonly visit: (seconds: number, isUser?: boolean) => Promise<string>
}

/** What the command line does with a table. */
function tableTests(site: () => CommandLineSite): void {
  it("shows and lists what Django wrote", async () => {
    const { holdfast, user, visit } = site()
    const [one, two, other] = [await visit(300), await visit(300), await visit(300, false)]
    const shown = await holdfast("show", one, "--json")
    expect(JSON.parse(shown.stdout)).toEqual({ id: one, ...signedInAs(user) })
    expect((await holdfast("show", other)).stdout).toMatch(/^key {8}\w{32}\nuser {7}nobody.*\nsaved {6}20/)
    const list = await holdfast("list", "--user", user, "--json")
    const ids = JSON.parse(list.stdout).map(({ id }: { id: string }) => id)
    expect(ids).toEqual(expect.arrayContaining([one, two]))
    expect(ids).not.toContain(other)
    expect((await holdfast("list", "--user", user)).stdout).toMatch(/^KEY {31}SAVED/)
    expect((await holdfast("show", "x".repeat(32))).code).toBe(1)
  })

  it("believes nothing under another secret, and says so", async () => {
    const { holdfast, user, visit } = site()
    const key = await visit(300)
    vi.stubEnv("DJANGO_SECRET_KEY", "another")
    expect(await holdfast("show", key)).toMatchObject({ code: 1, stdout: "" })
    const list = await holdfast("list", "--user", user)
    expect(list).toMatchObject({ code: 1, stderr: expect.stringMatching(/\d sessions? could not be read/) })
    vi.stubEnv("DJANGO_SECRET_KEY_FALLBACKS", `older ${SECRET}`)
    expect((await holdfast("show", key)).code).toBe(0)
  })

  it("clears what is dead, and needs no secret for it", async () => {
    const { holdfast, visit } = site()
    await holdfast("clear-expired")
    const key = await visit(60)
    for (let n = 0; n < 3; n++) await visit(-60)
    vi.stubEnv("DJANGO_SECRET_KEY", "")
    expect((await holdfast("clear-expired", "--dry-run")).stdout).toBe("3 sessions would be removed\n")
    const cleared = await holdfast("clear-expired", "--batch-size", "2", "--json")
    expect(JSON.parse(cleared.stdout)).toMatchObject({ removed: 3, isInterrupted: false })
    expect(await holdfast("show", key)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("environment variable DJANGO_SECRET_KEY"),
    })
    vi.stubEnv("DJANGO_SECRET_KEY", SECRET)
    expect((await holdfast("show", key)).code).toBe(0)
  })

  it("copies the live sessions into a store, where their cookies go on working", async () => {
    const { directory, user, visit, ...run } = site()
    const key = await visit(300)
    const to = `sqlite:${join(directory, "moved.db")}`
    expect((await run.import(to)).stderr).toContain("holdfast migrate")
    await holdfast(["migrate"], { store: to })
    vi.stubEnv("DJANGO_SECRET_KEY", "another")
    expect(await run.import(to)).toMatchObject({ code: 1, stderr: expect.stringContaining("--legacy") })
    vi.stubEnv("DJANGO_SECRET_KEY", SECRET)
    const first = JSON.parse((await run.import(to, "--batch-size", "2", "--json")).stdout)
    expect(first).toMatchObject({ present: 0, unreadable: 0, isInterrupted: false })
    expect(first.imported).toBeGreaterThan(0)
    const again = await run.import(to)
    expect(again).toMatchObject({ code: 0, stderr: "" })
    expect(again.stdout).toMatch(/^Copied 0 sessions \(\d+ were there already\) in [\d.]+ s\n$/)

    const store = await storeFromUrl(to)
    expect(await createSessions({ store }).list(user)).toHaveLength(
      JSON.parse((await run.holdfast("list", "--user", user, "--json")).stdout).length,
    )
    const moved = importedSessions({ store, cookie: { name: "sessionid", secure: false } })
    expect((await moved.open({ cookie: `sessionid=${key}` }).load()).userId).toBe(user)
    await store.close()
  })
}

/** A lock on the table, held until it is disposed of. */
interface Lock extends AsyncDisposable {
  /** How many statements wait for it. */
  readonly waiting: () => Promise<number>
}

/** What the command line does while the table is locked. */
function lockTests(site: () => CommandLineSite, lock: () => Promise<Lock>): void {
  it.each([
    ["clear-expired", 143],
    ["import-django", 143],
    ["list", 143],
  ])("ends %s at a signal while the table is locked", async (command, code) => {
    const { store, directory } = site()
    const to = `sqlite:${join(directory, `${command}.db`)}`
    if (command === "import-django") await holdfast(["migrate"], { store: to })
    await using locked = await lock()
    const args = {
      "clear-expired": ["clear-expired", "--django", "--store", store],
      "import-django": ["import-django", "--from", store, "--store", to],
      list: ["list", "--user", "1", "--django", "--store", store],
    }[command]!
    const { child, ended } = start(args)
    for (const end = Date.now() + 20_000; (await locked.waiting()) === 0 && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 50))
    expect(await locked.waiting()).toBe(1)
    const begun = Date.now()
    child.kill("SIGTERM")
    expect((await ended).code).toBe(code)
    expect(Date.now() - begun).toBeLessThan(8000)
  })
}

describe("the command line on Django's SQLite file", () => {
  commandLine(
    async () => ({
      settings: () => ({ engine: "db" }),
      url: (directory) => `sqlite:${join(directory, "site.db")}`,
    }),
    (site) => {
      tableTests(site)

      it("makes nothing in Django's database", async () => {
        const { store, directory } = site()
        const tables = async (): Promise<string> => {
          const { DatabaseSync } = await import("node:sqlite")
          using database = new DatabaseSync(join(directory, "site.db"))
          const names = database.prepare("SELECT name FROM sqlite_master").all()
          return JSON.stringify([names, database.prepare("PRAGMA journal_mode").get()])
        }
        const before = await tables()
        await holdfast(["list", "--user", "1", "--django"], { store })
        await holdfast(["clear-expired", "--django"], { store })
        expect(await tables()).toBe(before)
        expect(before).not.toContain("holdfast")
        const nowhere = await holdfast(["list", "--user", "1", "--django"], { store: `${store}.none` })
        expect(nowhere).toMatchObject({ code: 3, stderr: expect.stringContaining("manage.py migrate") })
      })
    },
  )
})

describe("the command line on Django's SQLite file with a zone of its own", () => {
  commandLine(
    async () => ({
      settings: () => ({ engine: "db", useTz: false, timeZone: "Asia/Kolkata" }),
      url: (directory) => `sqlite:${join(directory, "site.db")}`,
      flags: ["--time-zone", "Asia/Kolkata"],
    }),
    tableTests,
  )
})

describe("the command line on a site whose SessionStore is a class of its own", () => {
  commandLine(
    async () => ({
      settings: () => ({ engine: "accounts.salted" }),
      url: (directory) => `sqlite:${join(directory, "site.db")}`,
      flags: ["--key-salt", "accounts.salted"],
    }),
    (site) => {
      tableTests(site)

      it("reads nothing without its salt", async () => {
        const { store, visit } = site()
        const key = await visit(300)
        const shown = await holdfast(["show", key, "--django"], { store })
        expect(shown).toMatchObject({ code: 1, stderr: expect.stringContaining('"keySalt"') })
        const empty = await holdfast(["show", key, "--django", "--key-salt", ""], { store })
        expect(empty).toMatchObject({ code: 2, stderr: expect.stringContaining("--key-salt") })
      })
    },
  )
})

const NAME = `django_cli_${process.pid}`

describeStore("postgres", ({ postgres }) => {
  commandLine(
    async () => {
      const client = new pg.Client({ connectionString: postgres })
      await client.connect()
      await client.query(`CREATE DATABASE ${NAME}`)
      await client.end()
      const { port } = new URL(postgres)
      const ENGINE = "django.db.backends.postgresql"
      const database = { ENGINE, NAME, HOST: "127.0.0.1", PORT: port, USER: "postgres" }
      return {
        settings: () => ({ engine: "db", database }),
        url: () => postgres.replace(/postgres$/, NAME),
      }
    },
    (site) => {
      tableTests(site)
      lockTests(site, async () => {
        const client = new pg.Client({ connectionString: site().store })
        await client.connect()
        await client.query("BEGIN; LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        const waiting =
          "SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted AND relation = 'django_session'::regclass"
        return {
          waiting: async () => (await client.query(waiting)).rows[0].n,
          [Symbol.asyncDispose]: () => client.end(),
        }
      })
    },
  )
})

describeStore("mariadb", ({ mariadb }) => {
  commandLine(
    async () => {
      const pool = createPool({ uri: mariadb })
      await pool.query(`CREATE DATABASE ${NAME}`)
      await pool.end()
      const { port } = new URL(mariadb)
      const ENGINE = "django.db.backends.mysql"
      const database = { ENGINE, NAME, HOST: "127.0.0.1", PORT: port, USER: "root" }
      return { settings: () => ({ engine: "db", database }), url: () => mariadb.replace(/holdfast$/, NAME) }
    },
    (site) => {
      tableTests(site)
      lockTests(site, async () => {
        const pool = createPool({ uri: site().store, connectionLimit: 1 })
        await pool.query("LOCK TABLES django_session WRITE")
        interface Thread {
          readonly State: string | null
          readonly Info: string | null
        }
        return {
          async waiting() {
            const [threads] = await pool.query("SHOW PROCESSLIST")
            // Other tests lock tables of their own on this server.
            return (threads as Thread[]).filter(
              ({ State, Info }) => State?.startsWith("Waiting for table") && Info?.includes("django_session"),
            ).length
          },
          [Symbol.asyncDispose]: () => pool.end(),
        }
      })
    },
  )
})

for (const [name, backend] of [
  ["redis", "django_redis.cache.RedisCache"],
  ["memcached", "django.core.cache.backends.memcached.PyMemcacheCache"],
] as const)
  describeStore(name, (urls) => {
    const url = name === "redis" ? `${urls[name]}/2` : urls[name]
    commandLine(
      async () => ({
        settings: () => ({
          engine: "cache",
          cache: {
            BACKEND: backend,
            LOCATION: url.replace("memcached://", ""),
            KEY_PREFIX: NAME,
            VERSION: 3,
          },
        }),
        url: () => `${url}?prefix=${NAME}`,
        flags: ["--key-version", "3"],
      }),
      (site) => {
        it("shows what Django wrote, and clears nothing, for which it needs no secret", async () => {
          const { holdfast, user, visit } = site()
          const key = await visit(300)
          vi.stubEnv("DJANGO_SECRET_KEY", "")
          const { stdout } = await holdfast("show", key, "--json")
          const known = signedInAs(user)
          expect(JSON.parse(stdout)).toEqual({ id: key, ...known, createdAt: expect.any(String) })
          expect((await holdfast("show", key)).stdout).toContain("saved      not known")
          expect((await holdfast("clear-expired")).stdout).toMatch(/^Removed 0 sessions/)
          expect(await holdfast("list", "--user", user)).toMatchObject({ code: 2, stdout: "" })
        })
      },
    )
  })

describe("the command line on Django's files", () => {
  commandLine(
    async () => ({
      settings(directory) {
        const filePath = join(directory, "sessions")
        mkdirSync(filePath)
        return { engine: "file", filePath }
      },
      url: (directory) => `file:${join(directory, "sessions")}`,
    }),
    (site) => {
      it("shows what Django wrote, and clears what is dead", async () => {
        const { holdfast, user, visit } = site()
        const key = await visit(300)
        await visit(-60)
        expect(JSON.parse((await holdfast("show", key, "--json")).stdout)).toEqual({
          id: key,
          ...signedInAs(user),
        })
        expect((await holdfast("clear-expired")).stdout).toMatch(/^Removed 1 session in/)
        expect((await holdfast("clear-expired", "--dry-run")).code).toBe(2)
        expect((await holdfast("show", key)).code).toBe(0)
        expect((await holdfast("list", "--user", user)).code).toBe(2)
      })

      it("takes the cookie's name, which the files begin with", async () => {
        const { store, directory } = site()
        const filePath = join(directory, "sessions")
        const options = { engine: "file", filePath, secretKey: SECRET, sessionCookieName: "sid" } as const
        const sessions = djangoSessions(options)
        const session = await sessions.open({}).load()
        session.data.a = 1
        await sessions.commit(session)
        const args = ["show", session.id, "--django"]
        expect((await holdfast([...args, "--cookie-name", "sid"], { store })).code).toBe(0)
        expect((await holdfast(args, { store })).code).toBe(1)
        const wrong = await holdfast([...args, "--cookie-name", "s id"], { store })
        expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("name") })
      })
    },
  )
})

it("finds a user's session behind many others", async () => {
  const directory = mkdtempSync(join(tmpdir(), "holdfast-"))
  try {
    const path = join(directory, "site.db")
    const database = new DatabaseSync(path)
    database.exec(
      "CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL, expire_date datetime NOT NULL)",
    )
    const { sign } = djangoSigner(SESSION_SALT, { secretKey: SECRET })
    const insert = database.prepare("INSERT INTO django_session VALUES (?, ?, '2999-01-01 00:00:00')")
    const dataOf = (user: number): string => sign(Buffer.from(`{"_auth_user_id":"${user}"}`))
    database.exec("BEGIN")
    for (let n = 0; n < 2100; n++) insert.run(String(n).padStart(32, "0"), dataOf(n))
    database.exec("COMMIT")
    database.close()
    const { stdout } = await holdfast(["list", "--django", "--user", "2099", "--json"], {
      store: `sqlite:${path}`,
    })
    expect(JSON.parse(stdout).map(({ id }: { id: string }) => id)).toEqual(["2099".padStart(32, "0")])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
