import { createCipheriv, createSecretKey, hkdfSync, randomBytes, randomUUID } from "node:crypto"
import fc from "fast-check"
import { CompactEncrypt, compactDecrypt, UnsecuredJWT } from "jose"
import { afterEach, describe, expect, it, vi } from "vitest"
import { createSeal } from "../../src/core/seal.ts"
import { weaknessOf } from "../../src/core/weakness.ts"
import { createSessions, type Session, type SessionOptions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

type Data = Record<string, unknown>
type Options = Omit<Extract<SessionOptions<Data>, { readonly seal: unknown }>, "seal" | "store">

const SECRET = randomBytes(32).toString("base64url")
const OLD = randomBytes(32).toString("base64url")
const LONG_AGO = 1_800_000_000_000

function sealed(options: Options = {}, ...old: string[]): Sessions {
  return createSessions<Data>({ seal: [SECRET, ...old], ...options })
}

/** One request that carries `token`: the token it leaves the browser with, and the Set-Cookie line if any. */
async function visit(
  sessions: Sessions,
  token: string | undefined,
  handler: (session: Session) => unknown,
  name = "__Host-session",
): Promise<{ token: string | undefined; line: string | undefined }> {
  const session = await sessions.open(token === undefined ? {} : { cookie: `${name}=${token}` }).load()
  await handler(session)
  const { headers } = await sessions.commit(session)
  const line = headers.find(([header]) => header === "set-cookie")?.[1]
  const next = line === undefined ? token : line.slice(line.indexOf("=") + 1, line.indexOf(";"))
  return { token: next || undefined, line }
}

async function begin(sessions: Sessions, data: Data = { kept: true }, name?: string): Promise<string> {
  const { token } = await visit(sessions, undefined, (session) => Object.assign(session.data, data), name)
  return token!
}

/** The key that the secret stands for. */
function keyOf(secret: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", "holdfast sealed v1 session cookie __Host-session", 32))
}

/** Whether the session behind the token is a fresh one. */
async function isFresh(sessions: Sessions, token: string, name = "__Host-session"): Promise<boolean> {
  const session = await sessions.open({ cookie: `${name}=${token}` }).load()
  return session.isNew && Object.keys(session.data).length === 0 && session.userId === null
}

describe("a session sealed in its cookie", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it("comes back whole: data, user, id and expiry", async () => {
    const sessions = sealed()
    const first = await visit(sessions, undefined, (session) => {
      session.data.text = 'Zoë 🦊 "quoted" \u2028 \n'
      session.login("user\n1")
      session.setExpiry(300)
    })
    await visit(sessions, first.token, (session) => {
      expect(session.data).toEqual({ text: 'Zoë 🦊 "quoted" \u2028 \n' })
      expect(session.userId).toBe("user\n1")
      expect(session.getExpiryAge()).toBe(300)
      expect(session.id).toMatch(/^[0-9a-f]{32}$/)
      expect(session.isNew).toBe(false)
    })
  })

  it("ends at its deadline also where it was opened before, and for each set of sessions by its own settings", async () => {
    vi.useFakeTimers({ toFake: ["Date"] })
    const begun = Date.now()
    const [sessions, strict] = [sealed({ idle: 60 }), sealed({ idle: 600, absolute: 30 })]
    const token = await begin(sessions)
    for (const [seconds, isOver, isOverToo] of [
      [0, false, false],
      [29, false, false],
      [31, false, true],
      [59, false, true],
      [61, true, true],
    ] as const) {
      vi.setSystemTime(begun + seconds * 1000)
      expect([await isFresh(sessions, token), await isFresh(strict, token)]).toEqual([isOver, isOverToo])
    }
  })

  it("gives each request data of its own, also of a cookie that was opened before", async () => {
    const sessions = sealed()
    const token = await begin(sessions, { list: [1] })
    for (let n = 0; n < 3; n++)
      await visit(sessions, token, (session) => {
        expect(session.data).toEqual({ list: [1] })
        ;(session.data.list as number[]).push(2)
      })
  })

  it("opens from no other spelling of a cookie that was opened before", async () => {
    const sessions = sealed()
    const token = await begin(sessions)
    expect(await isFresh(sessions, token)).toBe(false)
    for (const [from, to] of [
      ["..", "."],
      [/\.([^.]+)$/, "..$1"],
      [/(.)\.([^.]+)$/, "$1.$1.$2"],
      [/$/, "="],
      [/$/, " A"],
    ] as const)
      expect(await isFresh(sessions, token.replace(from, to))).toBe(true)
    const seal = createSeal([SECRET], "spelling")
    const closed = seal.close("a text")
    const [head, , nonce, text, tag] = closed.split(".")
    expect(seal.open(closed)?.text).toBe("a text")
    for (const spelling of [
      `${head}..${nonce}.${text!.slice(0, 2)}.${text!.slice(2)}.${tag}`,
      `${head}..${nonce}..${text}.${tag}`,
      `${head}..${nonce}.${tag}`,
    ])
      expect(seal.open(spelling)).toBe(undefined)
  })

  it("shows nothing of itself, and never twice the same cookie", async () => {
    const sessions = sealed()
    const tokens = await Promise.all(Array.from({ length: 20 }, () => begin(sessions, { word: "plain" })))
    expect(new Set(tokens).size).toBe(20)
    expect(new Set(tokens.map((token) => token.split(".")[2])).size).toBe(20)
    for (const part of tokens[0]!.split("."))
      expect(Buffer.from(part, "base64url").toString()).not.toContain("plain")
  })

  it("is a JWE, which a library of another maker opens with the key", async () => {
    const { token } = await visit(sealed(), undefined, (session) => {
      session.data.text = "Zoë 🦊"
      session.login("ada")
    })
    const { plaintext, protectedHeader } = await compactDecrypt(token!, createSecretKey(keyOf(SECRET)))
    expect(protectedHeader).toMatchObject({ alg: "dir", enc: "A256GCM" })
    expect(Buffer.from(plaintext).toString()).toMatch(
      /^\[1,\d{13},\d{13},null,17,"[0-9a-f]{32}","ada",\d{13},\d{13}\]\n\{"text":"Zoë 🦊"\}$/,
    )
  })

  it("is sent when it is new, changed, rotated or touched, and left alone when it is read", async () => {
    vi.useFakeTimers({ now: LONG_AGO })
    const sessions = sealed()
    const token = await begin(sessions)
    expect((await visit(sessions, token, (session) => session.data.kept)).line).toBeUndefined()
    expect((await visit(sessions, token, () => {})).line).toBeUndefined()
    const rotated = await visit(sessions, token, (session) => session.rotate())
    expect(rotated.token).not.toBe(token)
    vi.setSystemTime(LONG_AGO + 2 * 86_400_000)
    const touched = await visit(sessions, token, (session) => session.data.kept)
    expect(touched.line).toContain("Max-Age=2419200")
    vi.setSystemTime(LONG_AGO + 15 * 86_400_000)
    expect(await isFresh(sessions, token)).toBe(true)
    expect(await isFresh(sessions, touched.token!)).toBe(false)
  })

  it("ends at its idle and at its absolute deadline, whatever the browser keeps", async () => {
    vi.useFakeTimers({ now: LONG_AGO })
    const sessions = sealed({ idle: 100, absolute: 150 })
    const token = await begin(sessions)
    vi.setSystemTime(LONG_AGO + 99_000)
    expect(await isFresh(sessions, token)).toBe(false)
    const { token: touched } = await visit(sessions, token, (session) => session.data)
    vi.setSystemTime(LONG_AGO + 100_000)
    expect(await isFresh(sessions, token)).toBe(true)
    vi.setSystemTime(LONG_AGO + 149_000)
    expect(await isFresh(sessions, touched!)).toBe(false)
    vi.setSystemTime(LONG_AGO + 150_000)
    expect(await isFresh(sessions, touched!)).toBe(true)
    const stricter = sealed({ absolute: 10 })
    const longer = await begin(sessions)
    vi.setSystemTime(LONG_AGO + 161_000)
    expect(await isFresh(stricter, longer)).toBe(true)
  })

  it("is cleared when it is destroyed, and begins anew when data follows", async () => {
    const sessions = sealed()
    const token = await begin(sessions)
    const gone = await visit(sessions, token, (session) => session.logout())
    expect(gone.line).toMatch(/^__Host-session=; Max-Age=0;/)
    const anew = await visit(sessions, token, (session) => {
      session.destroy()
      session.data.next = 1
    })
    await visit(sessions, anew.token, (session) => expect(session.data).toEqual({ next: 1 }))
  })

  it("refuses, before anything is sent, what a browser would drop", async () => {
    const sessions = sealed()
    const session = await sessions.open({}).load()
    session.data.filler = "x".repeat(3000)
    await expect(sessions.commit(session)).rejects.toMatchObject({
      code: "ERR_SESSION_DATA",
      message: expect.stringMatching(/^The session needs 4\d\d\d bytes of cookie; a browser keeps 4096$/),
    })
  })

  it("fills a cookie to the last of its 4096 bytes and no further", async () => {
    const sessions = sealed()
    let size = 2700
    let token: string | undefined
    for (; size < 3100; size++) {
      const kept = await begin(sessions, { filler: "x".repeat(size) }).catch(() => undefined)
      if (kept === undefined) break
      token = kept
    }
    const bytes = "__Host-session".length + token!.length
    expect(bytes).toBeLessThanOrEqual(4096)
    expect(bytes).toBeGreaterThan(4094)
    expect(await isFresh(sessions, token!)).toBe(false)
  })

  it("says that it can't be listed or revoked, and has nothing to clear", async () => {
    const sessions = sealed()
    await expect(sessions.list("u")).rejects.toThrow(/sealed in their visitors' cookies/)
    await expect(sessions.revoke("0")).rejects.toThrow(TypeError)
    await expect(sessions.revokeUser("u")).rejects.toThrow(TypeError)
    expect(await sessions.clearExpired()).toBe(0)
  })
})

describe("two cookies of one session that are signed in to apart", () => {
  it("are two sessions, so that a planted one does not pass for the visitor's own", async () => {
    const sessions = sealed()
    const planted = await begin(sessions, { n: 1 })
    const signIn = (userId: string) => visit(sessions, planted, (session) => session.login(userId))
    const [mine, theirs] = [(await signIn("ada")).token, (await signIn("mallory")).token]
    for (const both of [
      [mine, theirs],
      [theirs, mine],
      [mine, planted],
    ]) {
      const cookie = both.map((token) => `__Host-session=${token}`).join("; ")
      expect((await sessions.open({ cookie }).load()).userId).toBe(null)
    }
  })
})

describe("secrets", () => {
  it("seal with the first and open with all; what is under an old one is sealed anew when it is used", async () => {
    const before = createSessions<Data>({ seal: [OLD] })
    const token = await begin(before)
    const sessions = sealed({}, OLD)
    expect((await visit(sessions, token, () => {})).line).toBeUndefined()
    const renewed = await visit(sessions, token, (session) => expect(session.data).toEqual({ kept: true }))
    expect(renewed.line).toBeDefined()
    expect(await isFresh(sealed(), renewed.token!)).toBe(false)
    expect(await isFresh(sealed(), token)).toBe(true)
    expect((await visit(sessions, renewed.token, (session) => session.data)).line).toBeUndefined()
  })

  it("must be long enough and random, or nothing starts; the message does not show them", () => {
    for (const seal of [
      [],
      ["short"],
      [SECRET, "s".repeat(31)],
      ["s".repeat(40)],
      ["changeme".repeat(4)],
      [`${"changeme".repeat(4)}chan`],
      ["01".repeat(16)],
      ["changeme1changeme2changeme3changeme4"],
      ["0123456789abcdef".repeat(2)],
      ["aaaabbbbccccddddeeeeaaaabbbbccccdddd"],
      [SECRET, "correct horse ".repeat(3)],
      [7],
      SECRET,
      [undefined],
    ]) {
      const start = (): unknown => createSessions({ seal: seal as unknown as [string] })
      expect(start).toThrow(TypeError)
      expect(start).toThrow(/The option "seal/)
      expect(start).not.toThrow(/short|sss|changeme|0101|horse/)
    }
  })

  it.each([
    "your-secret-key-goes-here-change-me",
    "YOUR_SECRET_KEY_GOES_HERE_CHANGE_ME",
    "this is a very long secret that i use",
    "super-secret-session-password-for-development",
    "please-replace-this-default-secret-key-1",
    "MySecretCookiePasswordForProduction2024",
    "a-very-long-secret-string-for-the-session",
    "thisisasecretkeythatmustbechanged123",
    "insert_random_string_of_32_characters_here",
    "0123456789abcdef0123456789abcdee",
    "0123456789abcdef0123456789abcdef0123456789abcdee",
    "fedcba9876543210fedcba9876543211",
    "Tr0ub4dor&3-xkcd!Tr0ub4dor&3-xkce!",
    "qwertyuiopasdfghjklzxcvbnm123456",
    "QWERTYUIOPASDFGHJKLZXCVBNM1234567890",
    "1234567890qwertyuiopasdfghjklzxcv",
    "mnbvcxzlkjhgfdsapoiuytrewq098765",
    "qwertzuiopasdfghjklyxcvbnm123456",
    "azertyuiopqsdfghjklmwxcvbn123456",
  ])("must not be made of words, rows of the keyboard, or nearly the same twice: %s", (secret) => {
    expect(() => createSessions({ seal: [secret] })).toThrow(/"seal\[0\]" must be random; it /)
  })

  it("may be a sentence of words that nobody else has", () => {
    for (const secret of [
      "correct-horse-battery-staple-orbit-lamp",
      "glacier mango trumpet velvet anchor pixel",
      "Zw9-never gonna guess what I typed in 1987",
    ])
      expect(weaknessOf(secret)).toBeUndefined()
  })

  it("are never refused when a generator has drawn them", () => {
    for (let n = 0; n < 100_000; n++) {
      const digits = BigInt(`0x${randomBytes(17).toString("hex")}`)
        .toString()
        .slice(-32)
      if (digits.length === 32 && weaknessOf(digits)) expect.unreachable(digits)
    }
    for (let n = 0; n < 100_000; n++) {
      const bytes = randomBytes(32)
      for (const key of [
        bytes.toString("hex"),
        bytes.toString("hex", 16),
        bytes.toString("base64"),
        bytes.toString("base64url"),
        bytes.toString("latin1"),
      ])
        if (weaknessOf(key)) expect.unreachable(key)
    }
    for (const length of [1000, 10_000])
      expect(weaknessOf(randomBytes(length).toString("hex"))).toBeUndefined()
    for (let n = 0; n < 1000; n++) expect(weaknessOf(randomUUID())).toBeUndefined()
  }, 600_000)

  it("or a store: one of the two, and not both", () => {
    // @ts-expect-error neither
    expect(() => createSessions({})).toThrow(/"store" and "seal", not neither/)
    // @ts-expect-error both
    expect(() => createSessions({ store: memoryStore(), seal: [SECRET] })).toThrow(/not both/)
  })
})

describe("a cookie that we did not seal like this", () => {
  const sessions = sealed({}, OLD)

  it("is a fresh session when any one bit is flipped", async () => {
    const token = await begin(sessions, { admin: false, filler: "x".repeat(40) })
    const bits = fc.tuple(fc.nat(token.length - 1), fc.integer({ min: 0, max: 6 }))
    await fc.assert(
      fc.asyncProperty(bits, async ([place, bit]) => {
        const flipped = String.fromCharCode(token.charCodeAt(place) ^ (1 << bit))
        expect(await isFresh(sessions, token.slice(0, place) + flipped + token.slice(place + 1))).toBe(true)
      }),
      { numRuns: 500 },
    )
    // The last digits, where base64url has bits to spare, one by one.
    for (const place of [token.length - 1, token.lastIndexOf(".") - 1])
      for (const digit of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        if (digit !== token[place])
          expect(await isFresh(sessions, token.slice(0, place) + digit + token.slice(place + 1))).toBe(true)
  })

  it("does not open with a part more or less, or with a part of its tag", () => {
    const seal = createSeal([SECRET], "a test")
    const closed = seal.close("text")
    expect(seal.open(closed)).toEqual({ text: "text", keyId: seal.keyId })
    const [header, , nonce, body, tag] = closed.split(".")
    for (const parts of [
      [nonce, body],
      [nonce, body, tag, ""],
      [nonce, body, tag, tag],
      [nonce, body, tag!.slice(0, 6)],
      [nonce, body, tag!.slice(0, 20)],
      [nonce, body, `${tag}AAAA`],
      [nonce!.slice(0, 8), body, tag],
      ["", "", ""],
    ])
      expect(seal.open(`${header}..${parts.join(".")}`)).toBeUndefined()
  })

  it("is a fresh session when it is cut short, spliced or made up", async () => {
    const [one, other] = [await begin(sessions), await begin(sessions)]
    for (let length = 0; length < one.length; length++)
      expect(await isFresh(sessions, one.slice(0, length))).toBe(true)
    const parts = one.split(".")
    for (const place of [2, 3, 4]) {
      const spliced = parts.with(place, other.split(".")[place]!).join(".")
      expect(await isFresh(sessions, spliced)).toBe(true)
    }
    const anything = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(..."AQgw09-_.=") }),
      fc
        .tuple(fc.base64String(), fc.base64String(), fc.base64String())
        .map((texts) => `${parts[0]}..${texts.join(".")}`),
    )
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        expect(await isFresh(sessions, text)).toBe(true)
      }),
    )
  })

  it("is a fresh session when it was sealed for another cookie, or under a secret we do not have", async () => {
    const elsewhere = sealed({ cookie: { name: "__Host-other" } })
    const token = await begin(elsewhere, { kept: true }, "__Host-other")
    expect(await isFresh(elsewhere, token, "__Host-other")).toBe(false)
    expect(await isFresh(sessions, token)).toBe(true)
    expect(await isFresh(sealed(), await begin(createSessions<Data>({ seal: [OLD] })))).toBe(true)
  })

  it("is a fresh session when its header asks for anything but our own algorithm, even under our own key", async () => {
    const token = await begin(sessions)
    const header = JSON.parse(Buffer.from(token.split(".")[0]!, "base64url").toString())
    expect(header).toEqual({ alg: "dir", enc: "A256GCM", kid: expect.any(String) })
    const key = keyOf(SECRET)
    const now = Date.now()
    const data = '{"a":1}'
    const line = [1, now, now, null, data.length, "0".repeat(32), "root", now + 60_000, now]
    const record = `${JSON.stringify(line)}\n${data}`
    const text = Buffer.from(record)
    const compact = (own: object, secret = key): Promise<string> =>
      new CompactEncrypt(text).setProtectedHeader({ ...header, ...own }).encrypt(createSecretKey(secret))
    expect(await isFresh(sessions, await compact({}))).toBe(false) // the key is the right one, so the rest means something
    expect(await isFresh(sessions, await compact({ zip: "DEF" }))).toBe(true)
    expect(await isFresh(sessions, await compact({ kid: "other" }))).toBe(true)
    expect(await isFresh(sessions, await compact({ typ: "JWT" }))).toBe(true)
    expect(await isFresh(sessions, await compact({ enc: "A128GCM" }, key.subarray(0, 16)))).toBe(true)
    expect(await isFresh(sessions, await compact({ alg: "A256KW" }))).toBe(true)
    expect(await isFresh(sessions, new UnsecuredJWT({ a: 1 }).encode())).toBe(true)

    // The same key and header, sealed without the header as associated data.
    const nonce = randomBytes(12)
    const cipher = createCipheriv("aes-256-gcm", key, nonce)
    const body = Buffer.concat([cipher.update(text), cipher.final()])
    const bare = [nonce, body, cipher.getAuthTag()].map((part) => part.toString("base64url"))
    expect(await isFresh(sessions, `${token.split(".")[0]}..${bare.join(".")}`)).toBe(true)
  })

  it("is not believed beside another well-formed one of the same name", async () => {
    const [one, other] = [await begin(sessions), await begin(sessions)]
    const session = await sessions.open({ cookie: `__Host-session=${one}; __Host-session=${other}` }).load()
    expect(session.isNew).toBe(true)
  })
})
