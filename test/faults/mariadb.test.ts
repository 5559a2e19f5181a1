import { createPool, type Pool } from "mysql2/promise"
import { afterAll, beforeAll } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { startMariadb } from "../services/mariadb.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { type Counted, TIMEOUT } from "./crowd.ts"
import { outages } from "./outage.ts"

describeServer("mariadb", "sessions in MariaDB", () => {
  let server: Server
  let proxy: Wire
  let pool: Pool
  let sessions: Sessions<Counted>

  beforeAll(async () => {
    server = await startMariadb({ durable: true })
    proxy = await startProxy(server.port)
    pool = createPool({
      uri: Object.assign(new URL(server.url), { port: proxy.port }).href,
      connectTimeout: 2000,
    })
    const store = sqlStore(pool)
    await store.migrate()
    sessions = createSessions<Counted>({ store, timeout: TIMEOUT / 1000, warn: () => {} })
  })
  afterAll(async () => {
    await pool.end()
    await proxy.close()
    await server.close()
  })

  outages(() => ({ sessions, server, proxy }))
})
