import { inspect } from "node:util"
import { describe, expect, it, vi } from "vitest"
import { issueToken, newId, sessionTokens } from "../../src/core/token.ts"
import { createSessions, type SessionRecord } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { adapters } from "../adapters/serve.ts"
import { begun, type Data, request, surround } from "./stage.ts"

const random = vi.hoisted(() => ({ next: undefined as undefined | ((size: number) => Buffer) }))
vi.mock("node:crypto", async (original) => {
  const crypto = await original<typeof import("node:crypto")>()
  return { ...crypto, randomBytes: (size: number) => (random.next ?? crypto.randomBytes)(size) }
})

describe("A. the identifier and its secret", () => {
  it.each([
    ["a secret of 256 bits", 256, (token: string) => Buffer.from(token.split(".")[1]!, "base64url")],
    ["an id of 128 bits", 128, (token: string) => Buffer.from(token.split(".")[0]!, "hex")],
  ] as const)("A-1 has %s, each bit as often 0 as 1, and no two are the same", (_what, bits, bytesOf) => {
    const tokens = Array.from({ length: 20_000 }, () => issueToken(newId()).token)
    expect(new Set(tokens.map((token) => bytesOf(token).toString("hex"))).size).toBe(tokens.length)
    const ones = new Array<number>(bits).fill(0)
    for (const token of tokens) {
      const bytes = bytesOf(token)
      expect(bytes.length).toBe(bits / 8)
      for (let bit = 0; bit < bits; bit++) ones[bit]! += (bytes[bit >> 3]! >> (bit & 7)) & 1
    }
    // Seven standard deviations, which chance exceeds once in 10^11 bits.
    for (const count of ones) expect(Math.abs(count - 10_000)).toBeLessThan(7 * Math.sqrt(5_000))
  })

  it("A-2 (CVE-2025-66630) does without a session rather than without randomness", async () => {
    const sessions = createSessions<Data>({ store: memoryStore() })
    random.next = () => {
      throw new Error("no entropy")
    }
    try {
      const write = request(sessions, undefined, (session) => Object.assign(session.data, { n: 1 }))
      await expect(write).rejects.toThrow("no entropy")
    } finally {
      random.next = undefined
    }
  })

  it("A-3 is new for the same user and the same data", async () => {
    const { sessions } = await begun()
    const work = () => request(sessions, undefined, (session) => session.login("ada"))
    const cookies = [await work(), await work(), await work()].map(({ cookie }) => cookie)
    expect(new Set(cookies).size).toBe(3)
  })

  it("A-5 (CVE-2024-38513, CVE-2011-4718, CVE-2018-1000519) is never one that the visitor chose", async () => {
    for (const serve of Object.values(adapters)) {
      const store = memoryStore()
      const sessions = createSessions<Data>({ store })
      const { url, close } = await serve(
        sessions,
        (session) => {
          session.login("ada")
          return { body: "in" }
        },
        { lazy: false },
      )
      const { token, id } = issueToken(newId())
      const response = await fetch(url, { headers: { cookie: `__Host-session=${token}` } })
      const [line] = response.headers.getSetCookie()
      await close()
      expect(line).toMatch(/^__Host-session=[0-9a-f]{32}\.[\w-]{43};/)
      for (const part of token.split(".")) expect(line).not.toContain(part)
      expect(await store.read(id)).toBe(undefined)
    }
  })

  it("A-6 (CVE-2019-16782, CVE-2019-25025) lies nowhere in the store, and what lies there opens nothing", async () => {
    const store = sqliteStore(":memory:")
    const written: unknown[] = []
    const watched = surround(store, async (_method, call, args) => {
      written.push(args)
      return call()
    })
    const sessions = createSessions<Data>({ store: watched })
    const { cookie } = await request(sessions, undefined, (session) => session.login("ada"))
    const { cookie: rotated } = await request(sessions, cookie, (session) => session.rotate())
    for (const issued of [cookie, rotated])
      expect(JSON.stringify(written)).not.toContain(issued!.split(".")[1])
    const [{ id } = { id: "" }] = await sessions.list("ada")
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    // Every text in the store that could be a secret, also what is sealed there.
    const texts = JSON.stringify(written).match(/[\w-]{43}/g)!
    expect(texts.length).toBeGreaterThan(1)
    for (const text of texts)
      for (const replayed of [text, sessionTokens.claimOf(`${id}.${text}`).proof])
        expect((await sessions.open({ cookie: `__Host-session=${id}.${replayed}` }).load()).isNew).toBe(true)
    await store.close()
  })

  it("A-8 (tower-sessions 0.12.0) whose id happens to be taken takes nothing over, nor leaves anything there", async () => {
    const { store, cookie } = await begun({ mine: 1 }, "ada")
    const taken = cookie.split("=")[1]!.split(".")[0]!
    const wanted: string[] = []
    const crowded = (refusals: number) =>
      createSessions<Data>({
        store: surround(store, async (method, call, args) => {
          if (method !== "create" || (args[0] as SessionRecord).userId !== "bob") return call()
          wanted.push((args[0] as SessionRecord).id)
          if (wanted.length > refusals) return call()
          return store.create({ ...(args[0] as SessionRecord), id: taken })
        }),
      })
    const { cookie: given } = await request(crowded(2), undefined, (session) => session.login("bob"))
    expect([new Set(wanted).size, given!.split(/[=.]/)[1]]).toEqual([3, wanted[2]])
    const sessions = createSessions<Data>({ store })
    expect((await sessions.open({ cookie: given! }).load()).userId).toBe("bob")
    const mine = await sessions.open({ cookie }).load()
    expect([mine.userId, mine.data]).toEqual(["ada", { mine: 1 }])

    wanted.length = 0
    const write = request(crowded(3), undefined, (session) => session.login("bob"))
    await expect(write).rejects.toMatchObject({ code: "ERR_SESSION_CONFLICT" })
    expect((await sessions.list("bob")).length).toBe(1)
  })

  it("A-9 is read from the cookie and from nowhere else", async () => {
    const { sessions, cookie } = await begun({ n: 1 }, "ada")
    const token = cookie.split("=")[1]!
    for (const serve of Object.values(adapters)) {
      const { url, close } = await serve(sessions, (session) => ({ body: String(session.userId) }), {
        lazy: false,
      })
      const response = await fetch(`${url}/${token}?__Host-session=${token}&sid=${token}`, {
        method: "POST",
        body: `__Host-session=${token}`,
        headers: { authorization: `Bearer ${token}`, "x-session": token },
      })
      const seen = `${await response.text()} ${JSON.stringify([...response.headers])}`
      await close()
      expect(seen).toContain("null ")
      expect(seen).not.toContain(token)
    }
  })

  it("A-11 (CVE-2023-27524, CVE-2018-15133) a secret of 31 bytes seals nothing, one of 32 does", () => {
    const secret = "0123456789abcdefghijklmnopqrstuv"
    expect(() => createSessions({ seal: [secret.slice(1)] })).toThrow(
      /"seal\[0\]" must have at least 32 bytes; it has 31/,
    )
    expect(() => createSessions({ seal: [secret, "changeme"] })).toThrow(/"seal\[1\]"/)
    expect(() => createSessions({ seal: [secret] })).not.toThrow()
  })

  it("A-10 (CVE-2023-20866) shows in nothing that is printed: sessions, outcomes aside, and errors", async () => {
    const { store, cookie } = await begun({ n: 1 }, "ada")
    const token = cookie.split("=")[1]!
    const sessions = createSessions<Data>({
      store: { ...store, replace: () => Promise.reject(new Error("down")) },
    })
    const session = await sessions.open({ cookie }).load()
    session.data.n = 2
    const error = await Promise.resolve(sessions.commit(session)).catch((thrown: unknown) => thrown)
    for (const thing of [session, sessions, error, { deep: { session } }])
      for (const text of [
        inspect(thing, { depth: 20, showHidden: true }),
        JSON.stringify(thing),
        String(thing),
      ])
        expect(text).not.toContain(token)
  })
})
