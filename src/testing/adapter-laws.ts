import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { createSessions, type Session, type Sessions, type Store, type UserIndex } from "../index.ts"
import type { OpenedStore, TestRunner } from "./store-laws.ts"

/** What the laws' handlers keep. */
export type LawData = Record<string, unknown>

/** A handler in no framework's terms: the session in, what to respond out. */
export type LawHandler = (
  session: Session<LawData>,
  request: { readonly path: string; readonly query: URLSearchParams },
) => LawResponse | Promise<LawResponse>

/** What a handler responds, to be sent by the framework's own means. */
export interface LawResponse {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Serves the handler over HTTP, for every method and path, through the adapter under test. */
export type Serve = (
  sessions: Sessions<LawData>,
  handler: LawHandler,
  options: { readonly lazy: boolean },
) => Promise<{ readonly url: string; readonly close: () => Promise<unknown> }>

/** Where the sessions of the laws live: in a store of their own each, or sealed in the cookie. */
export type LawEngine =
  | { readonly open: () => Promise<OpenedStore> }
  | { readonly seal: readonly [string, ...string[]] }

/**
 * The laws of an adapter as tests, over real HTTP, with sessions in the engine given. Sealed
 * sessions are held to those laws only that a cookie can keep.
 *
 * @example
 * adapterLaws("mine", serveMine, { open: async () => ({ store: myStore() }) })
 */
export function adapterLaws(
  name: string,
  serve: Serve,
  engine: LawEngine,
  runner: TestRunner = globalThis as unknown as TestRunner,
): void {
  const law = (sentence: string, check: (stage: Stage) => Promise<void>): void => {
    runner.it(
      sentence,
      async () => {
        const stage = await setStage(serve, engine)
        try {
          await check(stage)
        } finally {
          await stage.close()
        }
      },
      30_000,
    )
  }

  /** A law that a session sealed in its cookie can't keep: its copies live on, and its writers never meet. */
  const storedLaw: typeof law = "open" in engine ? law : () => {}

  runner.describe(`the adapter laws: ${name}`, () => {
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

    law(
      "brings the data back, nested changes too, and needs no new cookie to",
      async ({ play, isStored }) => {
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
      },
    )

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

    law("moves to a new token at login, and the old one leads nowhere", async ({ play, isStored }) => {
      const visit = await play((session, { path }) => {
        if (path === "/begin") session.data.cart = 1
        if (path === "/login") session.login("ada")
        return { body: `${session.userId} ${JSON.stringify(session.data)}` }
      })
      await visit("/begin")
      const before = visit.cookie()
      assert.equal((await visit("/login")).headers.getSetCookie().length, 1)
      assert.notEqual(visit.cookie(), before)
      assert.equal((await visit("/")).body, 'ada {"cart":1}')
      assert.equal((await visit("/", { cookie: before })).body, isStored ? "null {}" : 'null {"cart":1}')
    })

    law("ends the session and clears the cookie at logout", async ({ play, isStored }) => {
      const visit = await play((session, { path }) => {
        if (path === "/login") session.login("ada")
        if (path === "/logout") session.logout()
        return { body: String(session.userId) }
      })
      await visit("/login")
      const before = visit.cookie()
      const [cleared, ...more] = (await visit("/logout")).headers.getSetCookie()
      assert.deepEqual(more, [])
      assert.match(cleared!, /^__Host-session=; /)
      for (const attribute of ["Max-Age=0", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"])
        assert.ok(cleared!.includes(attribute), attribute)
      if (isStored) assert.equal((await visit("/", { cookie: before })).body, "null")
      const anonymous = await visit("/logout", { cookie: "" })
      assert.deepEqual(anonymous.headers.getSetCookie(), [])
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

    storedLaw("keeps every key that parallel requests write", async ({ play }) => {
      const visit = await play((session, { query }) => {
        const key = query.get("key")
        if (key) session.data[key] = 1
        return { body: Object.keys(session.data).sort().join() }
      })
      await visit("/?key=k0")
      const keys = Array.from({ length: 20 }, (_, n) => `k${n}`)
      await Promise.all(keys.map((key) => visit(`/?key=${key}`)))
      assert.equal((await visit("/")).body, keys.sort().join())
    })

    storedLaw("counts exactly with update()", async ({ play }) => {
      const visit = await play(async (session, { path }) => {
        session.data.n ??= 0
        if (path === "/add") {
          await session.update((data) => {
            data.n = Number(data.n) + 1
          })
        }
        return { body: String(session.data.n) }
      })
      await visit("/")
      await Promise.all(Array.from({ length: 20 }, () => visit("/add")))
      assert.equal((await visit("/")).body, "20")
    })

    storedLaw("does not let a slow request sign back in after a logout", async ({ play }) => {
      const gate = latch()
      const visit = await play(async (session, { path }) => {
        if (path === "/login") session.login("ada")
        if (path === "/logout") session.logout()
        if (path === "/slow") {
          session.data.late = true
          gate.reach()
          await gate.open
        }
        return { body: String(session.userId) }
      })
      await visit("/login")
      const cookie = visit.cookie()
      const slow = visit("/slow", { cookie })
      await gate.reached
      await visit("/logout")
      gate.release()
      const { status, headers } = await slow
      assert.ok(status >= 400, "what it wrote was not kept, and it is told so")
      assert.deepEqual(headers.getSetCookie(), [])
      assert.equal((await visit("/", { cookie })).body, "null")
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

    law("keeps the session with responses that have no body", async ({ play }) => {
      const visit = await play((session, { path, query }) => {
        if (query.has("set")) session.data.n = path
        if (path === "/redirect") return { status: 302, headers: { location: "/elsewhere" } }
        if (path === "/fresh") return { status: 304, headers: { etag: '"1"' } }
        if (path === "/empty") return { status: 204 }
        return { body: String(session.data.n) }
      })
      for (const [path, status, method] of [
        ["/redirect", 302],
        ["/fresh", 304],
        ["/empty", 204],
        ["/head", 200, "HEAD"],
      ] as const) {
        const response = await visit(`${path}?set`, { cookie: "", method: method ?? "GET" })
        assert.equal(response.status, status)
        assert.equal(response.headers.getSetCookie().length, 1)
        assert.equal((await visit("/")).body, path)
      }
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
  })
}

interface Stage {
  /** Whether the sessions are in a store, so that those below mean something. */
  readonly isStored: boolean
  /** Serves the handler and gives a browser that keeps our cookie. */
  play(handler: LawHandler, options?: { lazy?: boolean }): Promise<Visit>
  /** The names of the store's methods, in the order they were called. */
  readonly calls: string[]
  /** Makes these methods of the store throw; none, and all work again. */
  fail(...methods: (keyof Store)[]): void
  /** Makes the next call of the method wait. */
  hold(method: keyof Store): { readonly reached: Promise<void>; release(): void }
  close(): Promise<void>
}

interface Visit {
  (path: string, options?: { cookie?: string; method?: string }): Promise<Visited>
  /** The `Cookie` header that a browser would send. */
  cookie(): string
}

interface Visited {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

async function setStage(serve: Serve, engine: LawEngine): Promise<Stage> {
  const opened = "open" in engine ? await engine.open() : undefined
  const calls: string[] = []
  const failing = new Set<string>()
  const held = new Map<string, ReturnType<typeof latch>>()
  const closers: (() => Promise<unknown>)[] = []

  const watch =
    <Args extends unknown[], Answer>(name: string, method: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      calls.push(name)
      const latched = held.get(name)
      held.delete(name)
      latched?.reach()
      await latched?.open
      if (failing.has(name)) throw new Error("the backend is down, its password is hunter2")
      return method(...args)
    }
  const watchStore = (inner: Store & Partial<UserIndex>): Store => ({
    ...inner,
    read: watch("read", inner.read),
    create: watch("create", inner.create),
    replace: watch("replace", inner.replace),
    touch: watch("touch", inner.touch),
    delete: watch("delete", inner.delete),
  })
  const where = "open" in engine ? { store: watchStore(opened!.store) } : engine

  return {
    isStored: "open" in engine,
    calls,
    fail(...methods) {
      failing.clear()
      for (const method of methods) failing.add(method)
    },
    hold(method) {
      const latched = latch()
      held.set(method, latched)
      return latched
    },
    async play(handler, { lazy = false } = {}) {
      const sessions = createSessions<LawData>({ ...where, warn: () => {} })
      const { url, close } = await serve(sessions, handler, { lazy })
      closers.push(close)
      return browser(url)
    },
    async close() {
      for (const close of closers) await close()
      await opened?.close?.()
    },
  }
}

function browser(url: string): Visit {
  let jar = ""
  const visit = async (
    path: string,
    { cookie = jar, method = "GET" }: { cookie?: string; method?: string } = {},
  ): Promise<Visited> => {
    const headers: Record<string, string> = cookie === "" ? {} : { cookie }
    const response = await fetch(new URL(path, url), { method, headers, redirect: "manual" })
    for (const line of response.headers.getSetCookie())
      if (line.startsWith("__Host-session="))
        jar = line.startsWith("__Host-session=;") ? "" : line.split(";")[0]!
    return { status: response.status, headers: response.headers, body: await response.text() }
  }
  return Object.assign(visit, { cookie: () => jar })
}

/** Two promises that stage a race: one side reaches the latch and waits, the other one releases it. */
function latch(): { reached: Promise<void>; reach: () => void; open: Promise<void>; release: () => void } {
  const reached = Promise.withResolvers<void>()
  const opened = Promise.withResolvers<void>()
  return { reached: reached.promise, reach: reached.resolve, open: opened.promise, release: opened.resolve }
}

/** A token that was never issued. */
function randomToken(): string {
  return `${randomBytes(16).toString("hex")}.${randomBytes(32).toString("base64url")}`
}
