import pg from "pg"
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { startPostgres } from "../services/postgres.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { type Counted, newCookie, TIMEOUT } from "./crowd.ts"
import { outages } from "./outage.ts"

describeServer("postgres", "sessions in PostgreSQL", () => {
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

  outages(() => ({ sessions, server, proxy }))

  it("begin afresh when what is stored makes no sense, and say so", async () => {
    const cookie = await newCookie(sessions)
    await pool.query("UPDATE holdfast_sessions SET payload = left(payload, 20)")
    const next = await sessions.open({ cookie }).load()
    expect(next.data).toEqual({})
    expect(next.isNew).toBe(true)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining("set aside"))
  })
})
