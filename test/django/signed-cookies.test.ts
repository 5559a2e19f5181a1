import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { djangoSessions, djangoSigner } from "../../src/django/index.ts"
import type { Sessions } from "../../src/index.ts"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

describe("Django's engine signed_cookies", () => {
  let opened: OpenSite

  beforeAll(async () => {
    opened = await openSite(() => ({ engine: "signed_cookies" }))
  })
  afterAll(() => opened.close())

  sharingLaws(() => ({ site: opened.site, options: { engine: "signed_cookies", secretKey: SECRET } }), {
    isRevocable: false,
    isMerged: false,
  })
})

describe("a session in a signed cookie", () => {
  const salt = "django.contrib.sessions.backends.signed_cookies"
  const signer = djangoSigner(salt, { secretKey: SECRET })
  const sessions = djangoSessions({ engine: "signed_cookies", secretKey: SECRET })
  const open = (cookie: string) => sessions.open({ cookie: `sessionid=${cookie}` }).load()
  const ago = (seconds: number): number => Date.now() - seconds * 1000

  it.each([
    ['{"a":1}', 1209500, false],
    ['{"a":1}', 1209700, true],
    ['{"a":1,"_session_expiry":60}', 50, false],
    ['{"a":1,"_session_expiry":60}', 70, true],
    ['{"a":1,"_session_expiry":"2020-01-01T00:00:00+00:00"}', 0, true],
  ])("that says %s is over after %d s: %s", async (json, seconds, isOver) => {
    const session = await open(signer.sign(Buffer.from(json), ago(seconds)))
    expect(session.isNew).toBe(isOver)
  })

  it("is refused, with the number, when a browser would not keep it", async () => {
    const session = await sessions.open({}).load()
    session.data.noise = Array.from({ length: 900 }, () => Math.random())
    const commit = (async () => sessions.commit(session))()
    await expect(commit).rejects.toMatchObject({
      code: "ERR_SESSION_DATA",
      message: expect.stringMatching(/^The session needs \d{5} bytes of cookie; a browser keeps 4096$/),
    })
  })

  it("is signed anew when it is used, where every request is to save", async () => {
    const options = { engine: "signed_cookies", secretKey: SECRET, saveEveryRequest: true } as const
    const slid: Sessions = djangoSessions(options)
    const old = signer.sign(Buffer.from('{"one":1.0}'), ago(400_000))
    const session = await slid.open({ cookie: `sessionid=${old}` }).load()
    expect(session.data.one).toBe(1)
    const { headers } = await slid.commit(session)
    const cookie = headers.find(([name]) => name === "set-cookie")![1]
    const signed = signer.unsign(/sessionid=([^;]+)/.exec(cookie)![1]!)!
    expect(signed.bytes.toString()).toBe('{"one":1.0}')
    expect(Date.now() - signed.signedAt).toBeLessThan(10_000)
  })

  it("can't be revoked, and says so", async () => {
    await expect(sessions.revoke("x")).rejects.toThrow(TypeError)
    expect(await sessions.clearExpired()).toBe(0)
  })
})
