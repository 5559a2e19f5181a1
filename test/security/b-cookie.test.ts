import { connect } from "node:net"
import { describe, expect, it } from "vitest"
import { type CookieOptions, createSessions, type Session } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import type { LawData, LawResponse } from "../../src/testing/index.ts"
import { adapters } from "../adapters/serve.ts"
import { cpuOf } from "../fixtures/cost.ts"
import { begun, type Data, request } from "./stage.ts"

type Handler = (
  session: Session<LawData>,
  at: { readonly path: string },
) => LawResponse | Promise<LawResponse>

describe.each(Object.entries(adapters))("B. cookie and headers: %s", (_name, serve) => {
  async function playing(
    handler: Handler,
    check: (url: string, cookies: string[]) => Promise<void>,
  ): Promise<void> {
    const ada = await begun({ me: "ada" }, "ada")
    const { cookie: bob } = await request(ada.sessions, undefined, (session) => {
      session.login("bob")
      session.data.me = "bob"
    })
    const { url, close } = await serve(ada.sessions, handler, { lazy: false })
    try {
      await check(url, [ada.cookie, bob!])
    } finally {
      await close()
    }
  }
  const who: Handler = (session) => ({ body: `${session.userId} ${session.data.me}` })

  it("B-5 (CVE-2026-39410) trims no white space but space and tab", () =>
    playing(who, async (url, [ada, bob]) => {
      for (const space of ["\xa0", "\x85"]) {
        expect(await raw(url, `${space}${bob}; ${ada}`)).toContain("ada ada")
        expect(await raw(url, `${space}${bob}`)).not.toContain("bob")
      }
      expect(await raw(url, ` \t${ada}\t `)).toContain("ada ada")
    }))

  it("B-6 believes neither of two sessions, in one header or in two", () =>
    playing(who, async (url, [ada, bob]) => {
      for (const cookie of [`${ada}; ${bob}`, `${bob}; ${ada}`, `${ada}\r\nCookie: ${bob}`])
        expect(await raw(url, cookie)).toContain("null undefined")
      expect(await raw(url, `${ada}; __Host-session=evil`)).toContain("ada ada")
      expect(await raw(url, `__Host-session=; ${ada}; ${ada}`)).toContain("ada ada")
    }))

  it("B-12 sends its cookie once, however often the token changed, beside those of the handler", () =>
    playing(
      async (session) => {
        session.rotate()
        await session.save()
        session.login("ada")
        await session.save()
        session.rotate()
        return { body: "", headers: { "set-cookie": "theme=dark" } }
      },
      async (url, [cookie]) => {
        const { headers } = await fetch(url, { headers: { cookie: cookie! } })
        const names = headers.getSetCookie().map((line) => line.split("=")[0])
        expect(names.sort()).toEqual(["__Host-session", "theme"])
      },
    ))

  it("B-14 (CVE-2023-30861, CVE-2026-27205, CVE-2026-35192) every look says Vary: Cookie", () => {
    const looks: Record<string, (session: Session<LawData>) => unknown> = {
      "/get": (session) => session.data.n,
      "/has": (session) => "n" in session.data,
      "/keys": (session) => Object.keys(session.data),
      "/isNew": (session) => session.isNew,
      "/userId": (session) => session.userId,
      "/id": (session) => session.id,
      "/age": (session) => session.getExpiryAge(),
      "/date": (session) => session.getExpiryDate(),
      "/browser": (session) => session.getExpireAtBrowserClose(),
      "/save": (session) => session.save(),
      "/update": (session) => session.update(() => {}),
      "/rotate": (session) => session.rotate(),
      "/logout": (session) => session.logout(),
      "/expiry": (session) => session.setExpiry(0),
    }
    return playing(
      async (session, { path }) => {
        await looks[path]?.(session)
        return { body: "", headers: { "cache-control": "public, max-age=60" } }
      },
      async (url, [cookie]) => {
        for (const sent of ["", cookie!])
          for (const path of [...Object.keys(looks), "/unseen"]) {
            const { headers } = await fetch(url + path, { headers: sent ? { cookie: sent } : {} })
            expect([path, headers.get("vary")]).toEqual([path, path === "/unseen" ? null : "Cookie"])
            // B-15 (CVE-2024-26144): what carries our cookie is kept by no cache.
            const isKept = headers.getSetCookie().length === 0
            expect([path, headers.get("cache-control")]).toEqual([
              path,
              isKept ? "public, max-age=60" : "no-store",
            ])
          }
      },
    )
  })

  it("D-1 (CVE-2015-5143) 200 unknown tokens make no session; D-2 (CVE-2015-5963, -5964) nor do empty ones", async () => {
    const store = memoryStore({ max: 1 })
    const canary = createSessions<Data>({ store })
    const { cookie } = await request(canary, undefined, (session) =>
      Object.assign(session.data, { canary: 1 }),
    )
    const { url, close } = await serve(
      canary as never,
      (session, { path }) => {
        if (path === "/logout") session.logout()
        if (path === "/rotate") session.rotate()
        return { body: String(session.isNew) }
      },
      { lazy: false },
    )
    for (let n = 0; n < 200; n++) {
      const token = n.toString(36).padStart(43, "A")
      const { headers } = await fetch(url + ["/", "/logout", "/rotate"][n % 3], {
        headers: n % 2 ? { cookie: `__Host-session=${token}` } : {},
      })
      expect(headers.getSetCookie().filter((line) => !line.startsWith("__Host-session=;"))).toEqual([])
    }
    await close()
    // The store has room for one: any session that was made would have pushed this one out.
    expect((await canary.open({ cookie: cookie! }).load()).data).toEqual({ canary: 1 })
  })
})

describe("B. cookie and headers", () => {
  it("B-3 is cleared with the very attributes it was set with", async () => {
    for (const cookie of [
      {},
      { sameSite: "none", partitioned: true },
      { domain: "example.com", path: "/app", name: "sid" },
      { secure: false, httpOnly: false, name: "sid" },
    ] satisfies CookieOptions[]) {
      const sessions = createSessions<Data>({ store: memoryStore(), cookie })
      const attributes = (line: string): string[] =>
        line
          .split("; ")
          .filter((part) => !/^(?:Max-Age|Expires)=/.test(part))
          .slice(1)
          .sort()
      const first = await request(sessions, undefined, (session) => session.login("ada"))
      const [set] = first.headers.filter(([name]) => name === "set-cookie")
      const out = await request(sessions, set![1].split(";")[0], (session) => session.logout())
      const [cleared] = out.headers.filter(([name]) => name === "set-cookie")
      expect(cleared![1]).toMatch(/=; .*Max-Age=0/)
      expect(attributes(cleared![1])).toEqual(attributes(set![1]))
    }
  })

  it("B-4 (CVE-2024-47764, GHSA-5pq2-9x2x-5p6w) no option carries a control character or a semicolon", () => {
    for (const option of ["name", "path", "domain", "sameSite"] as const)
      for (let unit = 0; unit <= 0xffff; unit += unit < 0x100 ? 1 : 0x101) {
        const character = String.fromCharCode(unit)
        if (character !== ";" && unit > 0x1f && unit < 0x7f) continue
        const value = `${option === "path" ? "/" : ""}a${character}b`
        const cookie = { name: "sid", [option]: value } as CookieOptions
        expect(() => createSessions({ store: memoryStore(), cookie }), `${option} ${unit}`).toThrow(TypeError)
      }
  })

  it("B-9 (CVE-2018-1000814, CVE-2025-46344) a cookie that outlives its session opens nothing", async () => {
    for (const kind of [
      { store: memoryStore() },
      { seal: ["0123456789abcdefghijklmnopqrstuv"] as [string] },
    ]) {
      const sessions = createSessions<Data>(kind)
      const { cookie } = await request(sessions, undefined, (session) => {
        session.data.n = 1
        session.setExpiry(new Date(Date.now() + 30))
      })
      await new Promise((resolve) => setTimeout(resolve, 40))
      expect((await sessions.open({ cookie: cookie! }).load()).isNew).toBe(true)
    }
  })

  it("B-16 costs nothing when nobody looks", async () => {
    const { store, cookie } = await begun()
    const refuse = () => Promise.reject(new Error("asked"))
    const sessions = createSessions<Data>({
      store: { ...store, read: refuse, replace: refuse, touch: refuse },
    })
    expect(sessions.commit(sessions.open({ cookie }))).toEqual({ result: "nothing", headers: [] })
  })

  it("B-30 reads a cookie header of a megabyte in no time, and finds its own in it", async () => {
    const { sessions, cookie } = await begun()
    const bomb = "a=b; ".repeat(200_000)
    let session: Session<Data> | undefined
    const read = async (): Promise<void> => {
      session = await sessions.open({ cookie: bomb + cookie }).load()
    }
    expect(await cpuOf(read)).toBeLessThan(1000)
    expect(session?.data).toEqual({ n: 1 })
    expect((await sessions.open({ cookie: `__Host-session=${"A".repeat(1e6)}` }).load()).isNew).toBe(true)
  })
})

/** The answer to a request with exactly this `Cookie` header, byte for byte. */
function raw(url: string, cookie: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(url)
    const socket = connect(Number(port), "127.0.0.1")
    let seen = ""
    socket.on("data", (chunk) => {
      seen += chunk
    })
    socket.on("end", () => resolve(seen)).on("error", reject)
    socket.write(
      `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: ${cookie}\r\n\r\n`,
      "latin1",
    )
  })
}
