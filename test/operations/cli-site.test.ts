import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import type { IncomingMessage } from "node:http"
import { createServer as createRaw } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { getCACertificates, setDefaultCACertificates } from "node:tls"
import type express from "express"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import type { Finding } from "../../src/stores/backend.ts"
import { start } from "../laws/cli-process.ts"
import { holdfast } from "../laws/cli-run.ts"
import { certificateFor } from "../services/certificate.ts"
import { freePort } from "../services/server.ts"
import {
  editing,
  editingCookies,
  type Header,
  openStage,
  type Reply,
  type Stage,
  sessionOf,
} from "./site-stage.ts"

// Real sites, each in a state of its own, and what doctor says of them from outside.

/** An address of this machine that browsers do not take for it. */
const FOREIGN = "0.0.0.0"
const trusted = certificateFor(["127.0.0.1", FOREIGN])
const own = getCACertificates("default")
beforeAll(() => setDefaultCACertificates([...own, trusted.cert]))
afterAll(() => setDefaultCACertificates(own))

let stage: Stage
beforeEach(() => {
  stage = openStage()
})
afterEach(() => stage[Symbol.asyncDispose]())

/** Runs doctor on a page; gives what it found wrong, by name, and all it found. */
async function examine(
  url: string,
  ...args: readonly string[]
): Promise<{ code: number | null; wrong: Record<string, string>; findings: readonly Finding[] }> {
  const { code, stdout, stderr } = await holdfast(["doctor", "--json", "--url", url, ...args])
  expect(stderr).toBe("")
  expect(stdout).not.toMatch(TOKEN)
  const { isFine, findings } = JSON.parse(stdout) as { isFine: boolean; findings: Finding[] }
  const problems = findings.filter(({ problem }) => problem !== undefined)
  expect(isFine).toBe(problems.length === 0)
  for (const { problem } of problems) expect(problem).toMatch(/^[A-Z].*[^.]$/s)
  return { code, findings, wrong: Object.fromEntries(problems.map(({ name, value }) => [name, value])) }
}

/** A site behind a proxy that ends TLS and changes something. */
async function siteBehind(
  handle: Parameters<Stage["proxy"]>[1],
  options?: Parameters<Stage["app"]>[0],
): Promise<string> {
  return stage.proxy(await stage.app(options), { certificate: trusted, ...handle })
}

describe("a site that is well", () => {
  it("has nothing wrong over https", async () => {
    const { code, findings, wrong } = await examine(await siteBehind({}))
    expect(wrong).toEqual({})
    expect(code).toBe(0)
    expect(findings.map(({ name }) => name)).toEqual([
      "site",
      "TLS",
      "site clock",
      "cookie",
      "attributes",
      "caching",
      "Vary",
      "sharing",
      "return",
    ])
  })

  it("has nothing wrong on this machine over plain http, or with sealed sessions", async () => {
    expect((await examine(await stage.app())).wrong).toEqual({})
    const seal = ["9fJ2kQ7xWm3ZtR8vLb5YcN1pHd6GsA4e"] as const
    const { code, findings } = await examine(await siteBehind({}, { seal }))
    expect(code).toBe(0)
    expect(findings).toContainEqual(
      expect.objectContaining({ name: "cookie", value: "__Host-session, a sealed session" }),
    )
  })

  it("may have a cookie of another name, a path and a domain, and redirect before the page", async () => {
    const cookie = { name: "sid", sameSite: "none", partitioned: true, path: "/shop" } as const
    const pages = (app: express.Express): void => {
      app.get("/start", (req, res) => {
        sessionOf(req).data.visits = 1
        res.redirect("/shop")
      })
      app.get("/shop", (_req, res) => void res.send("shop"))
    }
    const url = await siteBehind({}, { cookie, pages })
    expect((await examine(`${url}/start`, "--cookie", "sid")).wrong).toEqual({})
  })

  it("has a page for doctor, as docs/cli.md shows it", async () => {
    const page = await readFile(CLI_PAGE, "utf8")
    const [, route = ""] = /```ts\n(app\.get\("\/session-check".*?)```/s.exec(page) ?? []
    const pages = new Function("app", route) as (app: express.Express) => void
    expect((await examine(`${await siteBehind({}, { pages })}/session-check`)).wrong).toEqual({})
  })

  it("is asked by a process that trusts its certificate, also beside the store", async () => {
    const directory = await mkdtemp(join(tmpdir(), "holdfast-site-"))
    await writeFile(join(directory, "ca.pem"), trusted.cert)
    const url = await siteBehind({})
    const args = ["doctor", "--url", url, "--store", `sqlite:${directory}/none.db`]
    const store = `file:${directory}`
    process.env.NODE_EXTRA_CA_CERTS = join(directory, "ca.pem")
    try {
      const missing = start(args)
      expect(await missing.ended).toMatchObject({ code: 3, stdout: "" })
      await start(["migrate"], { store }).ended
      const { ended } = start(["doctor", "--url", url], { store })
      const { code, stdout, stderr } = await ended
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
      expect(stdout).toMatch(/^✓ connection .*✓ trial .*✓ site .*✓ TLS .*✓ return +4 of 4/s)
    } finally {
      delete process.env.NODE_EXTRA_CA_CERTS
      await rm(directory, { recursive: true })
    }
  })

  it("is asked with the user and password of its URL, which are not shown", async () => {
    const before = (app: express.Express): void => {
      app.use((req, res, next) => {
        const isRight = req.headers.authorization === `Basic ${btoa("ada:open sesame")}`
        if (isRight) next()
        else res.status(401).send("who?")
      })
    }
    const url = (await siteBehind({}, { before })).replace("//", "//ada:open%20sesame@")
    const { wrong, findings } = await examine(`${url}/?key=hunter2`)
    expect(wrong).toEqual({})
    expect(JSON.stringify(findings)).not.toMatch(/sesame|ada|hunter2/)
    expect(findings[0]!.value).toContain("/?… answers 200")
  })
})

describe("a cookie that a proxy has changed", () => {
  it.each<[string, (line: string) => string | string[] | undefined, Record<string, string>]>([
    ["lost Secure", without("Secure"), { Secure: "missing" }],
    ["lost HttpOnly", without("HttpOnly"), { HttpOnly: "missing" }],
    ["lost SameSite", without("SameSite=\\w+"), { SameSite: "missing" }],
    ["is for all sites", (line) => line.replace("SameSite=Lax", "SameSite=None"), { SameSite: "None" }],
    ["has a path", (line) => line.replace("Path=/", "Path=/app"), { Path: "/app" }],
    ["lost its path", without("Path=/"), { Path: "missing" }],
    ["has a domain", (line) => `${line}; Domain=127.0.0.1`, { Domain: "127.0.0.1" }],
    ["ends at once", (line) => line.replace(/Max-Age=\d+/, "Max-Age=0"), { lifetime: "over" }],
    [
      "ended before",
      (line) => line.replace(/Max-Age=\d+/, "Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
      { lifetime: "over" },
    ],
    [
      "lives too long",
      (line) => line.replace(/Max-Age=\d+/, "Max-Age=63072000"),
      { lifetime: "for 730 days" },
    ],
    [
      "is set twice",
      (line) => [line, line.replace("Path=/", "Path=/old")],
      { duplicates: "set 2 times, with another Path or Domain", Path: "/old" },
    ],
    ["is repeated", (line) => [line, line], { duplicates: "set 2 times, in one answer" }],
    [
      "is too large",
      (line) => line.replace(/;/, `${"x".repeat(4096)};`),
      {
        size: "4186 bytes",
        cookie: "__Host-session, neither a token nor a sealed session",
        return: "0 of 4 times the session was found again",
      },
    ],
    [
      "is quoted",
      (line) => line.replace(/=([^;]*)/, '="$1"'),
      {
        cookie: "__Host-session, neither a token nor a sealed session",
        return: "0 of 4 times the session was found again",
      },
    ],
    [
      "has another name",
      (line) => line.replace("__Host-session", "site_session"),
      { cookie: "site_session, a token", return: "0 of 4 times the session was found again" },
    ],
    [
      "is in one line with another",
      (line) => `theme=dark; Path=/, ${line}`,
      { cookie: "none among theme; the page answered 200" },
    ],
    [
      "is in one line before another",
      (line) => `${line}, theme=dark; Secure`,
      { cookie: "__Host-session, a token", SameSite: "missing" },
    ],
  ])("%s", async (_what, edit, expected) => {
    const { code, wrong } = await examine(await siteBehind(editingCookies(edit)))
    expect(wrong).toEqual(expected)
    expect(code).toBe(1)
  })

  it("says what to do", async () => {
    const problemOf = async (edit: (line: string) => string | undefined): Promise<string> =>
      (await examine(await siteBehind(editingCookies(edit)))).findings.find(({ problem }) => problem)!
        .problem!
    expect(await problemOf(without("Secure"))).toContain("proxy_cookie_flags")
    expect(await problemOf((line) => line.replace("Path=/", "Path=/app"))).toContain("proxy_cookie_path")
    expect(await problemOf((line) => line.replace("__Host-session", "sid"))).toContain("--cookie sid")
    expect(await problemOf((line) => `a=b, ${line}`)).toContain("one by one")
  })
})

describe("a cookie as the application sets it", () => {
  it("is for the domain of a server behind the proxy", async () => {
    const url = await siteBehind({}, { cookie: { domain: "app.internal.example" } })
    expect((await examine(url, "--cookie", "session")).wrong).toEqual({ Domain: "app.internal.example" })
  })

  it("is for a path that the browser does not see, since the proxy adds it", async () => {
    const app = await stage.app({
      cookie: { path: "/internal" },
      pages: (app) =>
        app.get("/internal", (req, res) => {
          sessionOf(req).data.visits = 1
          res.send("x")
        }),
    })
    const url = await stage.proxy(app, {
      certificate: trusted,
      handle: (req, pass) => {
        req.url = `/internal${req.url}`
        return pass()
      },
    })
    expect((await examine(`${url}/`, "--cookie", "session")).wrong).toEqual({ Path: "/internal" })
  })

  it("is not Secure over https", async () => {
    const url = await siteBehind({}, { cookie: { secure: false } })
    expect((await examine(url, "--cookie", "session")).wrong).toEqual({ Secure: "missing" })
    // Without its name it is found by the form of its value.
    expect((await examine(url)).wrong).toEqual({ Secure: "missing", cookie: "session, a token" })
  })
})

describe("a page without a cookie", () => {
  it("stores nothing", async () => {
    const { code, wrong, findings } = await examine(`${await siteBehind({})}/about`)
    expect(wrong).toEqual({ cookie: "none; the page answered 200" })
    expect(findings.find(({ name }) => name === "cookie")!.problem).toContain("Name a page that does")
    expect(code).toBe(1)
  })

  it("fails, so that nothing is saved", async () => {
    const pages = (app: express.Express): void => {
      app.get("/", (req, res) => {
        sessionOf(req).data.visits = 1
        res.status(503).send("later")
      })
    }
    const { findings } = await examine(await siteBehind({}, { pages }))
    expect(findings.find(({ name }) => name === "cookie")).toEqual({
      name: "cookie",
      value: "none; the page answered 503",
      problem: expect.stringContaining("5xx saves no data"),
    })
  })

  it("is not for this visitor", async () => {
    const before = (app: express.Express): void => {
      app.use((_req, res) => void res.status(403).send("no"))
    }
    const { findings } = await examine(await siteBehind({}, { before }))
    expect(findings.find(({ name }) => name === "cookie")).toMatchObject({
      value: "none; the page answered 403",
      problem: expect.stringContaining("any visitor may see"),
    })
  })

  it("leads to another site, which is left alone", async () => {
    let asked = 0
    const other = await stage.app({ before: (app) => void app.use(() => void asked++) })
    const elsewhere = other.replace("127.0.0.1", "localhost")
    const pages = (app: express.Express): void => {
      app.get("/", (_req, res) => res.redirect(elsewhere))
    }
    const { findings } = await examine(await siteBehind({}, { pages }))
    expect(findings.find(({ name }) => name === "cookie")!.problem).toContain(
      "leads to another site, localhost",
    )
    expect(asked).toBe(0)
  })

  it("redirects to itself, since the application is not told of https", async () => {
    const before = (app: express.Express): void => {
      app.use((req, res, next) => {
        if (req.secure) next()
        else res.redirect(301, `https://${req.headers.host}${req.url}`)
      })
    }
    const { wrong, findings } = await examine(await siteBehind({}, { before }))
    expect(Object.keys(wrong)).toEqual(["site", "cookie"])
    expect(findings[0]!.problem).toContain("X-Forwarded-Proto")
    const told = await siteBehind({}, { before: (app) => before(app.set("trust proxy", 1)) })
    expect((await examine(told)).wrong).toEqual({})
  })
})

describe("caches", () => {
  it.each<[string, (name: string, value: string) => string | undefined, Record<string, string>]>([
    [
      "Cache-Control that a proxy replaced",
      (name, value) => (name === "cache-control" ? "public, max-age=60" : value),
      { caching: "Cache-Control: public, max-age=60" },
    ],
    [
      "no Cache-Control",
      (name, value) => (name === "cache-control" ? undefined : value),
      { caching: "no Cache-Control" },
    ],
    ["no Vary", (name, value) => (name === "vary" ? "Accept-Encoding" : value), { Vary: "Accept-Encoding" }],
  ])("see %s", async (_what, edit, expected) => {
    expect((await examine(await siteBehind(editing(edit)))).wrong).toEqual(expected)
  })

  it("see a header that goes past Cache-Control", async () => {
    const before = (app: express.Express): void => {
      app.use((_req, res, next) => {
        res.set("CDN-Cache-Control", "max-age=600")
        next()
      })
    }
    expect((await examine(await siteBehind({}, { before }))).wrong).toEqual({
      caching: "cdn-cache-control: max-age=600",
    })
  })

  it("give one visitor's session to another", async () => {
    const { code, wrong } = await examine(await siteBehind({ handle: cache() }))
    expect(wrong).toEqual({ sharing: "two new visitors got the same session" })
    expect(code).toBe(1)
  })

  it.each([
    ["Age", "7"],
    ["X-Cache", "Hit from cloudfront"],
    ["CF-Cache-Status", "HIT"],
    ["Cache-Status", "ExampleCache; hit; ttl=30"],
    ["X-Proxy-Cache", "HIT"],
  ])("say so in %s", async (name, value) => {
    const pages = (app: express.Express): void => {
      app.use((_req, res, next) => {
        res.set(name, value)
        next()
      })
    }
    const shown = `${name === "Age" ? name : name.toLowerCase()}: ${value}`
    expect((await examine(await siteBehind({}, { pages }))).wrong).toEqual({
      sharing: `an answer with the cookie came from a cache (${shown})`,
    })
  })

  it.each(["MISS", "hit-for-pass", "BYPASS"])("are fine when they say %s", async (value) => {
    const edit = editing((name, text) => (name === "vary" ? [text] : text))
    const site = await siteBehind(edit, {
      pages: (app) =>
        app.use((_req, res, next) => {
          res.set({ "X-Cache": value, "X-Cache-Hits": "0" })
          next()
        }),
    })
    expect((await examine(site)).wrong).toEqual({})
  })

  it("leave the cookie out and keep the page", async () => {
    const handle = cache({ keeps: ([name]) => name.toLowerCase() !== "set-cookie" })
    expect((await examine(await siteBehind({ handle }))).wrong).toEqual({
      sharing: "of two new visitors one got no cookie",
    })
    // From now on nobody is given one.
    const full = cache({ keeps: ([name]) => name.toLowerCase() !== "set-cookie" })
    const url = await siteBehind({ handle: full })
    await examine(url)
    const { wrong, findings } = await examine(url)
    expect(wrong).toEqual({ cookie: "none; the page answered 200" })
    expect(findings.find(({ name }) => name === "cookie")!.problem).toContain("A cache answers")
  })

  it("leave the cookie out, whatever the query", async () => {
    const keyOf = ({ url = "" }: IncomingMessage): string => url.split("?")[0]!
    const keeps = ([name]: Header): boolean => name.toLowerCase() !== "set-cookie"
    const url = await siteBehind({ handle: cache({ keyOf, keeps, tells: ["X-Cache", "HIT"] }) })
    await examine(url)
    const { findings } = await examine(url)
    expect(findings.find(({ name }) => name === "cookie")!.problem).toContain(
      "came from a cache (x-cache: HIT)",
    )
  })

  it("show one visitor's page to another", async () => {
    const isKept = ({ headers }: Reply): boolean => !headers.some(([name]) => /^set-cookie$/i.test(name))
    const tells = ["X-Cache", "HIT"] as const
    // One page for all who have a cookie, one for all who have none.
    const keyOf = (req: IncomingMessage): string => `${req.url} ${req.headers.cookie !== undefined}`
    expect((await examine(await siteBehind({ handle: cache({ isKept, keyOf, tells }) }))).wrong).toEqual({
      sharing: "with a new cookie, the page came from a cache (x-cache: HIT)",
    })
    // One page for all.
    expect((await examine(await siteBehind({ handle: cache({ isKept, tells }) }))).wrong).toEqual({
      sharing: "of two new visitors one got no cookie (x-cache: HIT)",
    })
    expect((await examine(await siteBehind({ handle: cache({ isKept }) }))).wrong).toEqual({
      sharing: "of two new visitors one got no cookie",
    })
    // One page for each cookie, which is each visitor's own.
    const own = cache({ isKept, keyOf: (req) => `${req.url} ${req.headers.cookie}`, tells })
    expect((await examine(await siteBehind({ handle: own }))).wrong).toEqual({})
  })
})

describe("a cookie that comes back", () => {
  it("is dropped by a proxy", async () => {
    const url = await siteBehind({
      handle: (req, pass) => {
        delete req.headers.cookie
        return pass()
      },
    })
    const { wrong, findings } = await examine(url)
    expect(wrong).toEqual({ return: "0 of 4 times the session was found again" })
    expect(findings.at(-1)!.problem).toContain("the cookie does not reach the application")
  })

  it("may come back beside the removal of one of another place", async () => {
    const pages = (app: express.Express): void => {
      app.use((_req, res, next) => {
        res.append("Set-Cookie", "session=; Max-Age=0; Path=/old")
        next()
      })
    }
    const url = await siteBehind({}, { cookie: { name: "session" }, pages })
    expect((await examine(url, "--cookie", "session")).wrong).toEqual({})
  })

  it("is removed by each answer", async () => {
    const handle = async (req: IncomingMessage, pass: () => Promise<Reply>): Promise<Reply> => {
      const reply = await pass()
      const removal: Header = ["set-cookie", "__Host-session=; Max-Age=0; Path=/; Secure"]
      return req.headers.cookie ? { ...reply, headers: [...reply.headers, removal] } : reply
    }
    expect((await examine(await siteBehind({ handle }))).wrong).toEqual({
      return: "0 of 4 times the session was found again",
    })
  })

  it("gets no answer now and then", async () => {
    let turn = 0
    const url = await siteBehind({
      handle(req, pass) {
        if (++turn === 3) req.socket.destroy()
        return pass()
      },
    })
    const { code, wrong, findings } = await examine(url)
    expect(Object.keys(wrong)).toEqual(["site"])
    expect(findings[0]!.problem).toContain("Of 6 requests 1 got no answer")
    expect(code).toBe(1)
  })

  it("meets two processes, each with a store of its own", async () => {
    const apps = await Promise.all([stage.app(), stage.app()])
    let turn = 0
    const urls = await Promise.all(apps.map((app) => stage.proxy(app)))
    const url = await stage.proxy(apps[0]!, {
      certificate: trusted,
      async handle(req) {
        const target = urls[turn++ % 2]!
        const answer = await fetch(new URL(req.url!, target), {
          headers: req.headers.cookie ? { cookie: req.headers.cookie } : {},
        })
        const headers = [...answer.headers].filter(([name]) => !/^(connection|keep-alive)$/.test(name))
        return { status: answer.status, headers, body: Buffer.from(await answer.arrayBuffer()) }
      },
    })
    const { wrong, findings } = await examine(url)
    expect(wrong).toEqual({ return: "2 of 4 times the session was found again" })
    expect(findings.at(-1)!.problem).toContain("one store")
  })

  it("makes the page fail", async () => {
    const before = (app: express.Express): void => {
      app.use((req, res, next) => {
        if (req.headers.cookie) res.status(500).send("oh")
        else next()
      })
    }
    expect((await examine(await siteBehind({}, { before }))).wrong).toEqual({
      return: "500 with the cookie, 200 without",
    })
  })
})

describe("the way to the site", () => {
  it("has a certificate that nobody vouches for", async () => {
    const app = await stage.app()
    const states = [
      [certificateFor(["127.0.0.1"]), "DEPTH_ZERO_SELF_SIGNED_CERT", "NODE_EXTRA_CA_CERTS"],
      [
        certificateFor(["127.0.0.1"], { from: new Date(0), until: new Date(Date.now() - 86_400_000) }),
        "CERT_HAS_EXPIRED",
        "renew it",
      ],
      [certificateFor(["127.0.0.9"]), "ERR_TLS_CERT_ALTNAME_INVALID", "this host's name"],
    ] as const
    for (const [certificate, code, advice] of states) {
      const isKnown = code !== "DEPTH_ZERO_SELF_SIGNED_CERT"
      setDefaultCACertificates([...own, trusted.cert, ...(isKnown ? [certificate.cert] : [])])
      const url = await stage.proxy(app, { certificate })
      const { code: exit, wrong, findings } = await examine(url)
      expect(wrong).toEqual({ TLS: `the certificate is not trusted (${code})` })
      expect(findings.find(({ name }) => name === "TLS")!.problem).toContain(advice)
      expect(exit).toBe(1)
      expect(findings.at(-1)!.name).toBe("return")
      // A password is sent to nobody who can't be trusted.
      const guarded = await examine(url.replace("//", "//ada:hunter2@"))
      expect(guarded.findings.map(({ name }) => name)).toEqual(["TLS"])
    }
  })

  it("is plain http, where browsers drop the cookie", async () => {
    const app = await stage.app()
    const url = await stage.proxy(app, { host: FOREIGN })
    expect((await examine(url)).wrong).toEqual({
      http: "answers, and does not redirect to https, and sets the session cookie",
    })
    const nothing = await examine(`${url}/nothing`)
    expect(nothing.wrong).toEqual({ cookie: "none; the page answered 404" })
    expect(nothing.findings).toContainEqual({ name: "http", value: "answers 404" })
    expect((await examine(`${url}/about`)).wrong).toEqual({
      http: "answers, and does not redirect to https",
      cookie: "none; the page answered 200",
    })
  })

  it("begins with http that redirects to https, with or without a cookie", async () => {
    const secure = await siteBehind({})
    const redirect = (headers: readonly Header[] = []): Reply => ({
      status: 301,
      headers: [["location", secure], ...headers],
      body: Buffer.alloc(0),
    })
    const good = await stage.proxy(secure, { handle: () => redirect() })
    const { wrong, findings } = await examine(good)
    expect(wrong).toEqual({})
    expect(findings).toContainEqual({ name: "http", value: "redirects to https" })

    const away = await stage.proxy(secure, {
      host: FOREIGN,
      handle: () => ({ ...redirect(), headers: [["location", "https://login.example/"]] }),
    })
    expect((await examine(away)).wrong).toEqual({ cookie: "none; the page answered 301" })

    const app = await stage.app()
    const bad = await stage.proxy(app, {
      async handle(_req, pass) {
        const { headers } = await pass()
        return redirect(headers.filter(([name]) => /^(?:set-cookie|cache-control|vary)$/i.test(name)))
      },
    })
    expect((await examine(bad)).wrong).toMatchObject({
      http: "redirects to https, and sets the session cookie",
    })
  })

  it("may tell browsers to use https only, which is a remark when it is missing", async () => {
    const bare = await examine(await siteBehind({ host: FOREIGN }))
    expect(bare.wrong).toEqual({})
    expect(bare.findings.find(({ name }) => name === "HSTS")!.value).toContain("not sent")
    const before = (app: express.Express): void => {
      app.use((_req, res, next) => {
        res.set("Strict-Transport-Security", "max-age=31536000")
        next()
      })
    }
    const { findings } = await examine(await siteBehind({ host: FOREIGN }, { before }))
    expect(findings).toContainEqual({ name: "HSTS", value: "max-age=31536000" })
  })

  it("has a clock that is wrong", async () => {
    const late = new Date(Date.now() - 600_000).toUTCString()
    const url = await siteBehind(editing((name, value) => (name === "date" ? late : value)))
    expect(Object.keys((await examine(url)).wrong)).toEqual(["site clock"])
  })

  it("ends at a port where nobody listens, or which speaks no TLS", async () => {
    const closed = await examine(`https://127.0.0.1:${await freePort()}/`)
    expect(closed.code).toBe(3)
    expect(closed.findings).toEqual([
      expect.objectContaining({ name: "site", problem: expect.stringContaining("No server listens there") }),
    ])
    const plain = await examine((await stage.app()).replace("http", "https"))
    expect(plain.code).toBe(3)
    expect(plain.findings[0]!.problem).toContain("does not answer as TLS does")
  })

  it("is a server that takes the request and says nothing", async () => {
    const silent = createRaw(() => {})
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve))
    try {
      const { port } = silent.address() as { port: number }
      const { code, findings } = await examine(`http://127.0.0.1:${port}/`)
      expect(code).toBe(3)
      expect(findings[0]!.problem).toContain("no answer in 10 s")
    } finally {
      silent.close()
    }
  }, 30_000)

  it("brings a body without end, of which little is read", async () => {
    const pages = (app: express.Express): void => {
      app.get("/flood", (req, res) => {
        sessionOf(req).data.visits = 1
        const more = (): void => {
          while (!res.destroyed && res.write("x".repeat(65_536)));
          if (!res.destroyed) res.once("drain", more)
        }
        more()
      })
    }
    expect((await examine(`${await siteBehind({}, { pages })}/about`)).code).toBe(1)
    expect((await examine(`${await stage.app({ pages })}/flood`)).wrong).toEqual({})
  })
})

describe("http beside https, at their own ports", () => {
  let canListen = true
  beforeAll(async () => {
    canListen = (await mayListen(443)) && (await mayListen(80))
    if (!canListen) console.warn("SKIPPED: doctor at ports 80 and 443, which are taken or not for this user")
  })

  const at = { certificate: trusted, host: FOREIGN, port: 443 }
  const plain = { host: FOREIGN, port: 80 }

  it("redirects, is not there, or answers", async ({ skip }) => {
    skip(!canListen)
    const app = await stage.app()
    const url = await stage.proxy(app, at)
    const alone = await examine(url)
    expect(alone.wrong).toEqual({})
    expect(alone.findings).toContainEqual({ name: "http", value: "not served" })

    const handle = (): Reply => ({ status: 308, headers: [["location", url]], body: Buffer.alloc(0) })
    const redirecting = openStage()
    await redirecting.proxy(app, { ...plain, handle })
    const redirected = await examine(url).finally(() => redirecting[Symbol.asyncDispose]())
    expect(redirected.wrong).toEqual({})
    expect(redirected.findings).toContainEqual({ name: "http", value: "redirects to https" })

    const passwords: unknown[] = []
    await stage.proxy(app, {
      ...plain,
      handle(req, pass) {
        passwords.push(req.headers.authorization)
        return pass()
      },
    })
    expect((await examine(url.replace("//", "//ada:hunter2@"))).wrong).toEqual({
      http: "answers, and does not redirect to https, and sets the session cookie",
    })
    expect(passwords).toEqual([undefined])
  })

  it("is as docs/cli.md shows it", async ({ skip }) => {
    skip(!canListen)
    const page = await readFile(CLI_PAGE, "utf8")
    const [, shown = ""] =
      /\$ npx holdfast doctor --url https:\/\/shop\.example\/\n(.*?)```/s.exec(page) ?? []
    const keep = cache({ keyOf: (req) => `${req.url} ${req.headers.cookie}` })
    const { handle } = editingCookies(without("Secure"))
    const url = await stage.proxy(await stage.app(), {
      ...at,
      handle: (req, pass) => handle(req, async () => keep(req, pass)),
    })
    const redirect = (): Reply => ({ status: 301, headers: [["location", url]], body: Buffer.alloc(0) })
    await stage.proxy(url, { ...plain, handle: redirect })
    const { stdout } = await holdfast(["doctor", "--url", url])
    const named = stdout
      .replace(FOREIGN, "shop.example")
      .replace(/in \d+ ms/, "in 48 ms")
      .replace(/until \d{4}-\d\d-\d\d/, "until 2027-01-14")
    expect(named).toBe(shown)
  })

  it("has the cookie that is missing over https", async ({ skip }) => {
    skip(!canListen)
    const app = await stage.app()
    const lost = editingCookies((line) => (line.startsWith("__Host-session") ? undefined : line))
    const url = await stage.proxy(app, { ...at, ...lost })
    await stage.proxy(app, plain)
    const { wrong, findings } = await examine(url)
    expect(Object.keys(wrong)).toEqual(["http", "cookie"])
    expect(findings.find(({ name }) => name === "cookie")!.problem).toContain(
      "over plain http and not over https",
    )
  })
})

describe("doctor's options for a site", () => {
  it.each([
    [["--url", "shop.example"], '"shop.example"'],
    [["--url", "ftp://shop.example/"], "such as https://"],
    [["--url", "u:hunter2@shop.example"], "such as https://"],
    [["--url", "https://u:hunter2@[/"], "such as https://"],
    [["--url", "shop.example?key=hunter2"], "such as https://"],
    [["--cookie", "sid"], "--cookie goes with --url"],
    [["--url", "https://shop.example/", "--cookie", "sid=hunter2"], "without value"],
  ])("are refused: %j", async (args, message) => {
    const { code, stdout, stderr } = await holdfast(["doctor", ...args])
    expect(code).toBe(2)
    expect(stdout).toBe("")
    expect(stderr).toContain(message)
    expect(stderr).not.toContain("hunter2")
  })
})

/** A cache that keeps one answer for each address, whoever asks. */
function cache({
  keyOf = (req) => req.url!,
  keeps = () => true,
  isKept = () => true,
  tells,
}: {
  readonly keyOf?: (req: IncomingMessage) => string
  readonly keeps?: (header: Header) => boolean
  readonly isKept?: (reply: Reply) => boolean
  readonly tells?: Header
} = {}): NonNullable<NonNullable<Parameters<Stage["proxy"]>[1]>["handle"]> {
  const kept = new Map<string, Reply>()
  return async (req, pass) => {
    const found = kept.get(keyOf(req))
    if (found) return { ...found, headers: [...found.headers, ...(tells ? [tells] : [])] }
    const reply = await pass()
    if (isKept(reply)) kept.set(keyOf(req), { ...reply, headers: reply.headers.filter(keeps) })
    return reply
  }
}

/** Whether this process may listen at a port of all addresses, and it is free. */
async function mayListen(port: number): Promise<boolean> {
  const probe = createRaw()
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false))
    probe.listen(port, FOREIGN, () => resolve(true))
  })
  await new Promise((resolve) => probe.close(resolve))
  return isFree
}

function without(attribute: string): (line: string) => string {
  return (line) => line.replace(new RegExp(`; ${attribute}(?=;|$)`), "")
}

const CLI_PAGE = new URL("../../docs/cli.md", import.meta.url)
const TOKEN = /[0-9a-f]{32}\.[\w-]{43}/
