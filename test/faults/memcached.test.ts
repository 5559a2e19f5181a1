import { afterAll, beforeAll, expect, it } from "vitest"
import { createSessions, type Sessions } from "../../src/index.ts"
import { type MemcachedStore, memcachedClient, memcachedStore } from "../../src/stores/memcached/index.ts"
import { loopClock } from "../fixtures/loop-clock.ts"
import { startMemcached } from "../services/memcached.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import type { Server } from "../services/server.ts"
import { describeServer } from "../services/service.ts"
import { type Counted, TIMEOUT } from "./crowd.ts"
import { outages } from "./outage.ts"

describeServer("memcached", "sessions in memcached", () => {
  let server: Server
  let proxy: Wire
  let store: MemcachedStore
  let sessions: Sessions<Counted>
  beforeAll(async () => {
    server = await startMemcached()
    proxy = await startProxy(server.port)
    store = memcachedStore(memcachedClient(`memcached://127.0.0.1:${proxy.port}`, { timeout: 0.7 }))
    sessions = createSessions<Counted>({ store, timeout: TIMEOUT / 1000 })
  })
  afterAll(async () => {
    await store.close()
    await proxy.close()
    await server.close()
  })

  outages(() => ({ sessions, server, proxy }), { forgets: true, patience: 700 })

  it("fail once the server was silent for too long, also when others keep asking", async () => {
    const id = "0".repeat(64)
    await store.read(id)
    server.pause()
    using clock = loopClock()
    const others = setInterval(() => void store.read(id).catch(() => {}), 50)
    const failure = await store.read(id).catch((error: Error) => error.message)
    const took = clock.now()
    clearInterval(others)
    server.resume()
    expect(failure).toBe("memcached was silent for 0.7 s")
    expect(took).toBeLessThan(TIMEOUT)
    expect(await store.read(id)).toBeUndefined()
  })
})
