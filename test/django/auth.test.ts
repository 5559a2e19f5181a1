import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { djangoLogin, djangoSessions, djangoUser } from "../../src/django/index.ts"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { vectors } from "./vectors.ts"

const { hash, password_field, fallback_secret, fallback_hash } = vectors.auth_hash
const open = (secretKey: string) =>
  djangoSessions({ engine: "db", database: new DatabaseSync(":memory:"), secretKey })
    .open({})
    .load()

describe("Django's logins", () => {
  it("carry the hash that Django makes of the password", async () => {
    for (const [secretKey, expected] of [
      [vectors.secret_key, hash],
      [fallback_secret, fallback_hash],
    ] as const) {
      const session = await open(secretKey)
      djangoLogin(session, { id: 1n, password: password_field, backend: "my.Backend" })
      expect(session.data).toEqual({
        _auth_user_id: "1",
        _auth_user_backend: "my.Backend",
        _auth_user_hash: expected,
      })
      expect(djangoUser(session)).toEqual({ id: "1", backend: "my.Backend" })
    }
  })

  it("are none without a backend, and none in sessions that are not Django's", async () => {
    const session = await open("a")
    session.data._auth_user_id = "1"
    expect(djangoUser(session)).toBeUndefined()
    const own = await createSessions({ store: memoryStore() }).open({}).load()
    expect(() => djangoLogin(own, { id: 1, password: "x" })).toThrow(TypeError)
    expect(() => djangoLogin(session, { id: 1, password: "" })).toThrow(TypeError)
  })
})
