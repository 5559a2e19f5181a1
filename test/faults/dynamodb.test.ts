import { randomBytes } from "node:crypto"
import { createServer, request } from "node:http"
import type { AddressInfo } from "node:net"
import type { DynamoDB } from "@aws-sdk/client-dynamodb"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createSessions, type SessionRecord, type Sessions } from "../../src/index.ts"
import { type DynamodbStore, dynamodbStore } from "../../src/stores/dynamodb/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { dynamodbClient, startDynamodb } from "../services/dynamodb.ts"
import { startProxy, type Wire } from "../services/proxy.ts"
import type { Server } from "../services/server.ts"
import { describeStore } from "../services/service.ts"
import { type Counted, TIMEOUT } from "./crowd.ts"
import { outages } from "./outage.ts"

describeStore("dynamodb", () => {
  let server: Server
  let proxy: Wire
  let client: DynamoDB
  let store: DynamodbStore
  let sessions: Sessions<Counted>
  beforeAll(async () => {
    server = await startDynamodb()
    proxy = await startProxy(server.port)
    client = dynamodbClient(proxy.port)
    store = dynamodbStore(client)
    await store.migrate()
    sessions = createSessions<Counted>({ store, timeout: TIMEOUT / 1000 })
  })
  afterAll(async () => {
    client.destroy()
    await proxy.close()
    await server.close()
  })

  describe("sessions in DynamoDB", () => {
    // The emulator forgets its tables too.
    const restart = async (): Promise<void> => {
      await server.restart()
      await store.migrate()
    }
    outages(() => ({ sessions, server: { ...server, restart }, proxy }), { forgets: true })
  })

  describe("a write whose answer was lost, and which the client sends again", () => {
    it("is done, once, and known by its version", async () => {
      const record = newRecord()
      proxy.dropAnswer()
      const first = await store.create(record)
      expect(first).toBeDefined()
      expect(await store.read(record.id)).toEqual({ record, version: first })
      proxy.dropAnswer()
      const next = { ...record, payload: "next" }
      const second = await store.replace(next, first!)
      expect(second).toBeDefined()
      expect(await store.read(record.id)).toEqual({ record: next, version: second })
      proxy.dropAnswer()
      expect(await store.touch(record.id, record.expiresAt + 1000, second!)).toBe(true)
    })

    it("is refused where another write was done", async () => {
      const record = newRecord()
      const first = await store.create(record)
      await store.replace({ ...record, payload: "theirs" }, first!)
      proxy.dropAnswer()
      expect(await store.replace({ ...record, payload: "mine" }, first!)).toBeUndefined()
      proxy.dropAnswer()
      expect(await store.create({ ...record, payload: "mine" })).toBeUndefined()
      expect((await store.read(record.id))?.record.payload).toBe("theirs")
    })

    it("signs in and out as if nothing had happened", async () => {
      const record = newRecord({ userId: "ada" })
      for (const userId of ["bob", null, "ada"]) {
        const found = await store.read(record.id)
        proxy.dropAnswer()
        const version = found
          ? await store.replace({ ...record, userId }, found.version)
          : await store.create({ ...record, userId })
        expect(version).toBeDefined()
        expect(await store.listByUser(userId ?? "nobody")).toHaveLength(userId === null ? 0 : 1)
      }
      expect(await store.listByUser("bob")).toEqual([])
    })
  })

  it("asks a throttled table again, and says so when it stays throttled", async () => {
    const front = await startFront(server.port)
    const throttled = dynamodbClient(front.port)
    try {
      const behind = dynamodbStore(throttled)
      const record = newRecord({ userId: "ada" })
      front.throttle(1)
      const version = await behind.create(record)
      front.throttle(1)
      expect(await behind.read(record.id)).toEqual({ record, version })
      front.throttle(100)
      await expect(behind.replace(record, version!)).rejects.toMatchObject({
        name: "ProvisionedThroughputExceededException",
      })
      front.throttle(0)
      expect(await behind.replace(record, version!)).toBeDefined()
    } finally {
      throttled.destroy()
      await front.close()
    }
  })

  it("ends each call of a store from a URL while the core waits for it, and sends nothing after that", async () => {
    const front = await startFront(server.port)
    const opened = await storeFromUrl(`dynamodb://eu-west-1?endpoint=http://127.0.0.1:${front.port}`)
    try {
      front.fallSilent()
      const start = performance.now()
      await expect(opened.read("a")).rejects.toThrow()
      const took = performance.now() - start
      expect(took).toBeGreaterThan(4000)
      expect(took).toBeLessThan(5500)
      const { requests } = front
      await new Promise((resolve) => setTimeout(resolve, 1000))
      expect(front.requests).toBe(requests)
    } finally {
      await opened.close()
      await front.close()
    }
  })
})

function newRecord(some: Partial<SessionRecord> = {}): SessionRecord {
  const id = randomBytes(16).toString("hex")
  return { id, userId: null, payload: "{}", expiresAt: Date.now() + 60_000, ...some }
}

/** Stands before the emulator, which has no throttling: refuses requests as DynamoDB does, or leaves them without an answer. */
async function startFront(targetPort: number) {
  let refusals = 0
  let isSilent = false
  let requests = 0
  const front = createServer((incoming, outgoing) => {
    requests++
    if (isSilent) return
    if (refusals > 0) {
      refusals--
      incoming.resume()
      outgoing.writeHead(400, { "content-type": "application/x-amz-json-1.0" })
      const __type = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"
      outgoing.end(JSON.stringify({ __type, message: "The level of configured provisioned throughput …" }))
      return
    }
    const { method, url, headers } = incoming
    const target = request({ port: targetPort, host: "127.0.0.1", method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(target)
  })
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve))
  return {
    port: (front.address() as AddressInfo).port,
    get requests() {
      return requests
    },
    throttle(next: number) {
      refusals = next
    },
    fallSilent() {
      isSilent = true
    },
    close: () =>
      new Promise((resolve) => {
        front.close(resolve)
        front.closeAllConnections()
      }),
  }
}
