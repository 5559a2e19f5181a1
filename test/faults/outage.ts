import { expect, it } from "vitest"
import type { Sessions } from "../../src/index.ts"
import { loopClock } from "../fixtures/loop-clock.ts"
import type { Wire } from "../services/proxy.ts"
import type { Server } from "../services/server.ts"
import { type Counted, newCookie, suffer, TIMEOUT } from "./crowd.ts"

/** Sessions on a server that can fail, with a wire to it that can be cut. */
export interface Stage {
  readonly sessions: Sessions<Counted>
  readonly server: Server
  readonly proxy: Wire
}

/**
 * What sessions on any server have to show when it fails. `forgets`: a new start of the server knows nothing. `patience`: how
 * long it may be silent before a call fails, in milliseconds.
 */
export function outages(
  stage: () => Stage,
  { forgets = false, patience = TIMEOUT }: { readonly forgets?: boolean; readonly patience?: number } = {},
): void {
  it("survive kill -9 and a restart of the server", async () => {
    const { sessions, server } = stage()
    const { lost } = await suffer(sessions, server.kill, server.restart)
    if (forgets) expect(lost).toBeGreaterThan(0)
    else expect(lost).toBe(0)
  })

  it("survive a server that stops answering for a while", async () => {
    const { sessions, server } = stage()
    expect((await suffer(sessions, server.pause, server.resume)).lost).toBe(0)
  })

  it("survive a cut of every connection", async () => {
    const { sessions, proxy } = stage()
    // ioredis asks anew what was under way.
    expect((await suffer(sessions, proxy.cut, () => {}, { isNoticed: false })).lost).toBe(0)
  })

  it("fail within the timeout, no later", async () => {
    const { sessions, server } = stage()
    const headers = { cookie: await newCookie(sessions) }
    server.pause()
    const start = performance.now()
    using clock = loopClock()
    await expect(sessions.open(headers).load()).rejects.toMatchObject({
      code: "ERR_SESSION_STORE",
      statusCode: 503,
    })
    const [took, turned] = [performance.now() - start, clock.now()]
    server.resume()
    expect(took).toBeGreaterThan(patience - 50)
    expect(turned).toBeLessThan(patience + 500)
    await expect.poll(() => countOf(sessions, headers.cookie)).toBe(1)
  })

  it("see the truth after an answer was lost on its way", async () => {
    const { sessions, proxy } = stage()
    const cookie = await newCookie(sessions)
    const [one, other] = await Promise.all([
      sessions.open({ cookie }).load(),
      sessions.open({ cookie }).load(),
    ])
    proxy.dropAnswers()
    one.data.n = 2
    await expect(one.save()).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    proxy.passAnswers()
    // The server has kept the 2. Nobody was told, and yet nobody may count on from the 1.
    await expect.poll(() => countOf(sessions, cookie)).toBe(2)
    await other.update((data) => {
      data.n = (data.n ?? 0) + 1
    })
    expect(await countOf(sessions, cookie)).toBe(3)
  })
}

/** What a new request sees; `undefined` while it fails. */
async function countOf(sessions: Sessions<Counted>, cookie: string): Promise<number | undefined> {
  const session = sessions.open({ cookie })
  return session.load().then(
    ({ data }) => data.n,
    () => undefined,
  )
}
