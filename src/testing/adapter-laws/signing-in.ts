import assert from "node:assert/strict"
import { type Laws, latch } from "./stage.ts"

/** Signing in and out. */
export function signingInLaws({ law, storedLaw }: Laws): void {
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
}
