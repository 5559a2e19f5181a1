import pg from "pg"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { sqlStore } from "../../src/stores/sql.ts"
import { startPostgres } from "../services/postgres.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import type { Server } from "../services/server.ts"
import { type Clicking, type Counted, keepClicking, newVisitor } from "./visitor.ts"

describe("sessions in PostgreSQL", () => {
  let server: Server
  let proxy: Wire
  let pool: pg.Pool
  let sessions: Sessions<Counted>
  const warn = vi.fn()

  beforeAll(async () => {
    server = await startPostgres({ durable: true })
    proxy = await startProxy(server.port)
    // As users are told to have it, with nobody listening to its errors.
    const { href } = Object.assign(new URL(server.url), { port: proxy.port })
    pool = new pg.Pool({ connectionString: href, connectionTimeoutMillis: 2000 })
    const store = sqlStore(pool)
    await store.migrate()
    sessions = createSessions<Counted>({ store, timeout: TIMEOUT / 1000, warn })
  })
  afterAll(async () => {
    await pool.end()
    await proxy.close()
    await server.close()
  })
  beforeEach(() => warn.mockClear())

  /** Eight visitors click while the server suffers `fault`, fail, and go on after `mending`. */
  async function suffer(fault: () => unknown, mending: () => unknown): Promise<void> {
    const clicking = Array.from({ length: 8 }, () => keepClicking(newVisitor(sessions)))
    await all(clicking, ({ clicks }) => clicks(5))
    const failures = all(clicking, ({ failure }) => failure())
    await fault()
    await failures
    await mending()
    await all(clicking, ({ clicks }) => clicks(5))
    for (const { errors, slowest } of await Promise.all(clicking.map(({ stop }) => stop()))) {
      // Had a click been acknowledged and then lost, the error would be another.
      expect(errors.map((error) => (error as { code?: unknown }).code)).toEqual(
        errors.map(() => "ERR_SESSION_STORE"),
      )
      // A click is a read and a write, or a conflict and one more of each.
      expect(slowest).toBeLessThan(4 * TIMEOUT + 500)
    }
  }

  it("survive kill -9 and a restart of the server", () =>
    suffer(
      () => server.kill(),
      () => server.restart(),
    ))

  it("survive a server that stops answering for a while", () =>
    suffer(
      () => server.pause(),
      () => server.resume(),
    ))

  it("survive a cut of every connection", () =>
    suffer(
      () => proxy.cut(),
      () => {},
    ))

  it("fail within the timeout, no later", async () => {
    const visitor = newVisitor(sessions)
    await visitor.click()
    server.pause()
    const start = performance.now()
    await expect(visitor.click()).rejects.toMatchObject({ code: "ERR_SESSION_STORE", statusCode: 503 })
    const took = performance.now() - start
    server.resume()
    expect(took).toBeGreaterThan(TIMEOUT - 50)
    expect(took).toBeLessThan(TIMEOUT + 500)
    await visitor.click()
  })

  it("see the truth after an answer was lost on its way", async () => {
    const first = await sessions.open({}).load()
    first.data.n = 1
    const cookie = cookieOf(await sessions.commit(first))
    const [one, other] = await Promise.all([
      sessions.open({ cookie }).load(),
      sessions.open({ cookie }).load(),
    ])
    proxy.dropAnswers()
    one.data.n = 2
    await expect(one.save()).rejects.toMatchObject({ code: "ERR_SESSION_STORE" })
    proxy.passAnswers()
    // The server has kept the 2. Nobody was told, and yet nobody may count on from the 1.
    await other.update((data) => {
      data.n = (data.n ?? 0) + 1
    })
    expect((await sessions.open({ cookie }).load()).data).toEqual({ n: 3 })
  })

  it("begin afresh when what is stored makes no sense, and say so", async () => {
    const session = await sessions.open({}).load()
    session.data.n = 1
    const cookie = cookieOf(await sessions.commit(session))
    await pool.query("UPDATE holdfast_sessions SET payload = left(payload, 20)")
    const next = await sessions.open({ cookie }).load()
    expect(next.data).toEqual({})
    expect(next.isNew).toBe(true)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("set aside"))
  })
})

const TIMEOUT = 1000

async function all(clicking: Clicking[], step: (one: Clicking) => Promise<void>): Promise<void> {
  await Promise.all(clicking.map(step))
}

function cookieOf({ headers }: { headers: readonly (readonly [string, string])[] }): string {
  return headers.find(([name]) => name === "set-cookie")?.[1].split(";", 1)[0] ?? ""
}
