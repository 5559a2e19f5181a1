import { randomBytes } from "node:crypto"
import { describe, expect, it } from "vitest"
import { djangoSessions } from "../../src/django/index.ts"
import { createSessions, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

// From plain JavaScript anything may come.
const NO_IDS = [
  null,
  undefined,
  0,
  7,
  7n,
  true,
  {},
  ["ada"],
  Symbol("ada"),
  "",
  "x".repeat(256),
  "a\0b",
  "\ud800",
  "a\udc00",
]

describe.each<[string, Sessions]>([
  ["in a store", createSessions({ store: memoryStore() })],
  ["in a cookie", createSessions({ seal: [randomBytes(32).toString("base64url")] })],
  ["of Django's", djangoSessions({ engine: "signed_cookies", secretKey: "s".repeat(50) })],
])("with sessions %s", (_where, sessions) => {
  it.each(NO_IDS)("no method takes %o for a user's id", async (id) => {
    const refusal = expect.objectContaining({
      name: "TypeError",
      message: expect.stringMatching(/takes well-formed text of 1 to 255 characters without NUL; it got /),
    })
    const userId = id as string
    const session = await sessions.open({}).load()
    expect(() => session.login(userId)).toThrow(refusal)
    await expect(sessions.list(userId)).rejects.toThrow(refusal)
    await expect(sessions.revokeUser(userId)).rejects.toThrow(refusal)
    // A visitor may have typed it.
    if (typeof id === "string") expect(await sessions.mark(id)).toBe("")
    else await expect(sessions.mark(userId)).rejects.toThrow(refusal)
    expect(session.userId).toBe(null)
  })
})
