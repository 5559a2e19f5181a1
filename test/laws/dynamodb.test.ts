import { randomBytes } from "node:crypto"
import { type DynamoDB, DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { createSessions, type SessionRecord } from "../../src/index.ts"
import { tableFindings } from "../../src/stores/dynamodb/findings.ts"
import { type DynamodbClient, type DynamodbStore, dynamodbStore } from "../../src/stores/dynamodb/index.ts"
import { dynamodbUpkeep } from "../../src/stores/dynamodb/upkeep.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { dynamodbClient, startDynamodb } from "../services/dynamodb.ts"
import type { Server } from "../services/server.ts"
import { describeStore } from "../services/service.ts"
import { commandLineLaws } from "./cli-laws.ts"
import { holdfast } from "./cli-run.ts"
import { cookieOf } from "./concurrency.ts"
import { everyLaw } from "./every-law.ts"
import { processLaws } from "./process-laws.ts"

describeStore("dynamodb", () => {
  let server: Server
  let client: DynamoDB
  beforeAll(async () => {
    server = await startDynamodb()
  })
  afterAll(() => server.close())
  // Each test has its own, since a client remembers by how much clocks differed.
  beforeEach(() => {
    client = dynamodbClient(server.port)
  })
  afterEach(() => client.destroy())

  async function newStore(
    through: DynamodbClient = client,
  ): Promise<{ store: DynamodbStore; table: string }> {
    const table = `laws_${randomBytes(6).toString("hex")}`
    const store = dynamodbStore(through, { table })
    await store.migrate()
    return { store, table }
  }

  everyLaw("dynamodb", newStore)
  commandLineLaws((name) => `${server.url}&table=cli_${name}`, { removed: 3, problems: ["expiry"] })
  processLaws(() => `${server.url}&table=processes`, { seconds: 6 })

  /** All that lies in a table. */
  async function itemsIn(table: string) {
    return (await client.scan({ TableName: table })).Items ?? []
  }

  /** The client of the test, with these methods in place of its own, and the names of the methods that were called. */
  function watched(methods: Partial<Record<keyof DynamoDB, unknown>> = {}) {
    const calls: string[] = []
    const through = new Proxy(client, {
      get(target, name: keyof DynamoDB) {
        const method = (methods[name] ?? target[name]) as (input: unknown) => unknown
        return (input: unknown) => {
          calls.push(name)
          return method.call(target, input)
        }
      },
    })
    return { through, requests: () => calls.splice(0) }
  }

  describe("the users' index", () => {
    afterEach(() => {
      vi.useRealTimers()
    })

    it("has an entry before there is a record, so that a write that dies in between hides nothing", async () => {
      const { through } = watched({
        putItem(input: { Item: object }) {
          if ("payload" in input.Item) throw new Error("the process ends here")
          return client.putItem(input as never)
        },
      })
      const { store, table } = await newStore(through)
      const record = newRecord({ userId: "ada" })
      await expect(store.create(record)).rejects.toThrow("ends here")
      expect(await itemsIn(table)).toHaveLength(1)
      const sound = dynamodbStore(client, { table })
      expect(await sound.listByUser("ada")).toEqual([])
      await sound.create(record)
      expect(await sound.listByUser("ada")).toEqual([record])
    })

    it("lists a session whose user came back while the write before still took it out", async () => {
      const isLeaving = Promise.withResolvers<void>()
      const mayLeave = Promise.withResolvers<void>()
      const { through } = watched({
        async deleteItem(input: never) {
          isLeaving.resolve()
          await mayLeave.promise
          return client.deleteItem(input)
        },
      })
      const { store, table } = await newStore()
      const record = newRecord({ userId: "ada" })
      const version = await store.create(record)
      const signingOut = dynamodbStore(through, { table }).replace({ ...record, userId: null }, version!)
      await isLeaving.promise
      expect(await store.replace(record, (await store.read(record.id))!.version)).toBeDefined()
      mayLeave.resolve()
      await signingOut
      expect(await store.listByUser("ada")).toEqual([record])
    })

    it.each([
      "touch",
      "replace",
    ])("keeps a session listed for as long as a %s keeps it alive, and no longer", async (how) => {
      vi.useFakeTimers({ toFake: ["Date"] })
      const { store, table } = await newStore()
      const record = newRecord({ userId: "ada", expiresAt: Date.now() + 60_000 })
      let version = (await store.create(record))!
      for (let minute = 0; minute < 5; minute++) {
        vi.setSystemTime(Date.now() + 50_000)
        const expiresAt = Date.now() + 60_000
        if (how === "touch") expect(await store.touch(record.id, expiresAt, version)).toBe(true)
        else version = (await store.replace({ ...record, expiresAt }, version))!
        await store.clearExpired()
        expect(await store.listByUser("ada")).toHaveLength(1)
      }
      vi.setSystemTime(Date.now() + 60_000)
      expect(await store.listByUser("ada")).toEqual([])
      vi.setSystemTime(Date.now() + 60_000)
      expect(await store.clearExpired()).toBe(1)
      expect(await itemsIn(table)).toEqual([])
    })

    it("keeps a session listed that others tried to write with a nearer deadline", async () => {
      vi.useFakeTimers({ toFake: ["Date"] })
      const { store } = await newStore()
      const record = newRecord({ userId: "ada", expiresAt: Date.now() + 3_600_000 })
      const first = (await store.create(record))!
      await store.replace(record, first)
      const refused = [
        store.create({ ...record, expiresAt: Date.now() + 1000 }),
        store.replace({ ...record, expiresAt: Date.now() + 1000 }, first),
      ]
      expect(await Promise.all(refused)).toEqual([undefined, undefined])
      vi.setSystemTime(Date.now() + 600_000)
      await store.clearExpired()
      expect(await store.listByUser("ada")).toEqual([record])
    })

    it("is left by a session that ends or changes its user", async () => {
      const { store, table } = await newStore()
      const records = [1, 2].map(() => newRecord({ userId: "ada" }))
      const [one] = await Promise.all(records.map((record) => store.create(record)))
      await store.replace({ ...records[0]!, userId: "bob" }, one!)
      await store.delete(records[1]!.id)
      expect(await itemsIn(table)).toHaveLength(2) // Bob's record and entry
    })
  })

  it("lists what takes several pages", async () => {
    const { through } = watched({ query: (input: object) => client.query({ ...input, Limit: 2 } as never) })
    const { store } = await newStore(through)
    await Promise.all(Array.from({ length: 5 }, () => store.create(newRecord({ userId: "ada" }))))
    expect(await store.listByUser("ada")).toHaveLength(5)
  })

  it("takes as many requests as its page says", async () => {
    const { through, requests } = watched()
    const { store } = await newStore(through)
    requests()
    const anonymous = newRecord()
    let version = (await store.create(anonymous))!
    expect(requests()).toEqual(["putItem"])
    await store.read(anonymous.id)
    expect(requests()).toEqual(["getItem"])
    version = (await store.replace({ ...anonymous, userId: "ada" }, version))!
    expect(requests()).toEqual(["putItem", "putItem"])
    version = (await store.replace({ ...anonymous, userId: "ada", payload: "2" }, version))!
    expect(requests()).toEqual(["putItem"])
    await store.touch(anonymous.id, anonymous.expiresAt + 1000, version)
    expect(requests()).toEqual(["updateItem"])
    await store.touch(anonymous.id, anonymous.expiresAt + 600_000, version)
    expect(requests()).toEqual(["putItem", "updateItem"])
    expect(await store.replace(anonymous, "x".repeat(16))).toBeUndefined()
    expect(requests()).toEqual(["putItem"])
    await store.listByUser("ada")
    expect(requests()).toEqual(["query", "getItem"])
    await store.replace(anonymous, version)
    expect(requests()).toEqual(["putItem", "deleteItem"])
    await store.delete(anonymous.id)
    expect(requests()).toEqual(["deleteItem"])
  })

  it("takes as many requests for those of a site as its page says", async () => {
    const { through, requests } = watched()
    const { store } = await newStore(through)
    const sessions = createSessions<{ n?: number }>({ store })
    requests()
    const login = await sessions.open({}).load()
    login.login("ada")
    const cookie = cookieOf((await sessions.commit(login)).headers)
    expect(requests()).toEqual(["getItem", "putItem", "putItem", "getItem"])
    const visitor = await sessions.open({}).load()
    visitor.data.n = 1
    const visitors = cookieOf((await sessions.commit(visitor)).headers)
    expect(requests()).toEqual(["putItem"])
    const signIn = await sessions.open({ cookie: visitors }).load()
    signIn.login("bob")
    await sessions.commit(signIn)
    expect(requests()).toEqual(["getItem", "getItem", "putItem", "putItem", "getItem"])
    const page = await sessions.open({ cookie }).load()
    await sessions.commit(page)
    expect(requests()).toEqual(["getItem"])
    const change = await sessions.open({ cookie }).load()
    change.data.n = 1
    await sessions.commit(change)
    expect(requests()).toEqual(["getItem", "putItem"])
    const logout = await sessions.open({ cookie }).load()
    logout.logout()
    await sessions.commit(logout)
    expect(requests()).toEqual(["getItem", "putItem", "deleteItem"])
  })

  it("keeps a session of 400 KB, and says what is larger before anything is sent", async () => {
    const { through, requests } = watched()
    const { store, table } = await newStore(through)
    const record = newRecord({ userId: "Zoë" })
    requests()
    const needed = async (payload: string): Promise<number> => {
      const error = await store.create({ ...record, payload }).catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: "ERR_RECORD_TOO_LARGE" })
      return Number(/needs (\d+) bytes in DynamoDB; an item has 409600 at most/.exec(`${error}`)![1])
    }
    const over = (await needed("x".repeat(409_600))) - 409_600
    expect(await needed("é".repeat(204_800))).toBe(over + 409_600)
    const most = { ...record, payload: "x".repeat(409_600 - over) }
    expect(await needed(`${most.payload}x`)).toBe(409_601)
    expect(requests()).toEqual([])
    await store.create(most)
    expect((await store.read(record.id))?.record).toEqual(most)
    // The server agrees, but for a few bytes by which numbers are rounded up.
    const Item = { ...(await itemsIn(table)).find(({ payload }) => payload)! }
    Item.payload = { S: `${most.payload}${"x".repeat(40)}` }
    await expect(client.putItem({ TableName: table, Item })).rejects.toThrow(/size has exceeded/)
  })

  it("tells DynamoDB a time of expiry that is never before the deadline", async () => {
    const { store, table } = await newStore()
    const record = newRecord({ userId: "ada", expiresAt: 4_000_000_000_001 })
    const version = await store.create(record)
    for (const expiresAt of [4_000_000_000_001, 4_000_000_002_000]) {
      await store.touch(record.id, expiresAt, version!)
      for (const item of await itemsIn(table))
        expect(Number(item.ttl?.N)).toBe(Math.ceil(Number(item.expiresAt?.N) / 1000))
    }
  })

  it("takes a damaged record for none", async () => {
    const { store, table } = await newStore()
    const record = newRecord({ userId: "ada" })
    await store.create(record)
    const whole = (await itemsIn(table)).find(({ payload }) => payload)!
    for (const damage of [{ payload: { N: "1" } }, { version: { S: "x" } }, { expiresAt: { S: "soon" } }]) {
      await client.putItem({ TableName: table, Item: { ...whole, ...damage } })
      expect(await store.read(record.id)).toBeUndefined()
      expect(await store.listByUser("ada")).toEqual([])
      expect(await store.delete(record.id)).toBe(false)
    }
  })

  it("leaves alone what else lies in the table", async () => {
    const { store, table } = await newStore()
    const theirs = { pk: { S: "user:ada" }, sk: { S: "profile" }, expiresAt: { N: "1" } }
    await client.putItem({ TableName: table, Item: theirs })
    await store.create(newRecord({ userId: "ada" }))
    await store.create(newRecord({ userId: "ada", expiresAt: 1 }))
    const upkeep = dynamodbUpkeep(client, { table })
    expect(await upkeep.countExpired()).toBe(1)
    expect(await store.clearExpired()).toBe(1)
    expect(await upkeep.deleteAll({})).toBe(1)
    expect(await itemsIn(table)).toEqual([theirs])
  })

  it("clears no record that was touched since it was found dead", async () => {
    const { through } = watched({
      async scan(input: never) {
        const page = await client.scan(input)
        vi.setSystemTime(Date.now() - 120_000)
        await store.touch(record.id, Date.now() + 600_000, version!)
        return page
      },
    })
    const { store, table } = await newStore()
    const record = newRecord()
    const version = await store.create(record)
    vi.useFakeTimers({ toFake: ["Date"], now: record.expiresAt + 1 })
    try {
      expect(await dynamodbStore(through, { table }).clearExpired()).toBe(0)
      expect(await store.read(record.id)).toBeDefined()
    } finally {
      vi.useRealTimers()
    }
  })

  describe("the table", () => {
    it("is made by ten at once, and asked for nothing more where it is there", async () => {
      const table = `made_${randomBytes(6).toString("hex")}`
      await Promise.all(Array.from({ length: 10 }, () => dynamodbStore(client, { table }).migrate()))
      const { through, requests } = watched()
      await dynamodbStore(through, { table }).migrate()
      expect(new Set(requests())).toEqual(new Set(["describeTable"]))
    })

    it("is refused with another key, by migrate and by doctor", async () => {
      const table = `other_${randomBytes(6).toString("hex")}`
      await client.createTable({
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "N" }],
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      })
      await expect(dynamodbStore(client, { table }).migrate()).rejects.toThrow(
        `The table "${table}" has the key id (HASH, N); sessions need pk (HASH, S), sk (RANGE, S)`,
      )
      const { code, stdout } = await holdfast(["doctor"], { store: `${server.url}&table=${table}` })
      expect(code).toBe(1)
      expect(stdout).toMatch(/✗ table .*id \(HASH, N\)\n.*another key/)
    })

    it("is said to be missing by doctor, and by every other command", async () => {
      const store = `${server.url}&table=nowhere`
      const { code, stdout } = await holdfast(["doctor"], { store })
      expect(code).toBe(1)
      expect(stdout).toMatch(/✗ table +nowhere\n.*Run: holdfast migrate/)
      expect(await holdfast(["list", "--user", "ada"], { store })).toMatchObject({ code: 3, stdout: "" })
    })

    it("is fit with expiry on, and what nobody tells is no fault of it", async () => {
      const { table } = await newStore()
      const told = async (methods: Parameters<typeof watched>[0]) => {
        const findings = await tableFindings(watched(methods).through, table)
        return Object.fromEntries(findings.map(({ name, value, problem }) => [name, problem ?? value]))
      }
      const expiring = (AttributeName: string) => async () => ({
        TimeToLiveDescription: { TimeToLiveStatus: "ENABLED", AttributeName },
      })
      const refused = async () => {
        throw Object.assign(new Error("User: … is not authorized"), { name: "AccessDeniedException" })
      }
      expect(await told({})).toEqual({
        table: `${table}, active`,
        billing: "on demand",
        expiry: expect.stringContaining(
          `aws dynamodb update-time-to-live --table-name ${table} --time-to-live-specification Enabled=true,AttributeName=ttl`,
        ),
        backup: "point-in-time recovery unknown",
      })
      expect(await told({ describeTimeToLive: expiring("ttl") })).toMatchObject({
        expiry: "DynamoDB removes dead sessions",
      })
      expect(await told({ describeTimeToLive: expiring("until") })).toMatchObject({
        expiry: expect.stringContaining("expires by the attribute until"),
      })
      expect(await told({ describeTimeToLive: refused })).toMatchObject({ expiry: "unknown" })
      expect(await told({ describeTable: refused })).toEqual({
        table: `${table}; its description is not told`,
      })
    })
  })

  it("is refused at the start with a client or options that can't be", () => {
    for (const table of ["ab", "a b", "é".repeat(3), "x".repeat(256), 5])
      expect(() => dynamodbStore(client, { table } as never)).toThrow('"table" must be 3 to 255')
    expect(() => dynamodbStore(client, { tableName: "abc" } as never)).toThrow('has no option "tableName"')
    const bare = new DynamoDBClient({ region: "eu-west-1" })
    expect(() => dynamodbStore(bare as never)).toThrow(/must be new DynamoDB\(.*another of its clients/)
    for (const url of ["dynamodb://u:S3CRET@eu-west-1", undefined, {}])
      expect(() => dynamodbStore(url as never)).toThrow(/^(?!.*S3CRET)The client must be new DynamoDB\(/)
    expect(() => createSessions({ store: client as never })).toThrow("write dynamodbStore(client)")
  })

  it.each([
    ["dynamodb://eu-west-1:8000", "reads dynamodb://region"],
    ["dynamodb://eu-west-1/sessions", "reads dynamodb://region"],
    ["dynamodb://key:S3CRET@eu-west-1", "reads dynamodb://region"],
    ["dynamodb://eu-west-1?tabel=S3CRET", 'only the parameters "table" and "endpoint"'],
    ["dynamodb://eu-west-1?endpoint=S3CRET", '"endpoint" of a store URL must be a URL'],
  ])("%s is refused by its rule and without showing more", async (url, rule) => {
    const error: Error = await storeFromUrl(url).then(
      () => expect.unreachable(),
      (reason) => reason,
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(rule)
    expect(error.message).not.toContain("S3CRET")
  })

  it("is closed as often as anybody likes, and takes no calls after that", async () => {
    const store = await storeFromUrl(`${server.url}&table=closed`)
    await store.migrate()
    expect(await store.read("a")).toBeUndefined()
    await Promise.all([store.close(), store.close()])
    await expect(store.read("a")).rejects.toThrow("closed")
  })
})

function newRecord(some: Partial<SessionRecord> = {}): SessionRecord {
  const id = randomBytes(16).toString("hex")
  return { id, userId: null, payload: "{}", expiresAt: Date.now() + 60_000, ...some }
}
