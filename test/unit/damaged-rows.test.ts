import { DatabaseSync } from "node:sqlite"
import { describe, expect, it } from "vitest"
import { createSessions, type Sessions, type Store, type UserIndex } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { sqlStore } from "../../src/stores/sql/index.ts"
import { costIn } from "../fixtures/cost.ts"

// A row may have been changed by hand, by another program, or by a disk.

type Data = Record<string, unknown>

const DAMAGES: readonly [what: string, column: string, value: string][] = [
  ["a payload of bytes", "payload", "x'00ff'"],
  ["a payload that is a number", "payload", "cast(5 as blob)"],
  ["no payload", "payload", "''"],
  ["a deadline beyond all dates", "expires_at", "9007199254740993"],
  ["a deadline of 63 bits", "expires_at", "9223372036854775807"],
  ["an endless deadline", "expires_at", "9e999"],
  ["a deadline of text", "expires_at", "'tomorrow'"],
  ["a beginning beyond all dates", "payload", "replace(payload, substr(payload, 4, 13), '9999999999999999')"],
  ["data that is not an object", "payload", "substr(payload, 1, length(payload) - 7) || '[1,2,3]'"],
  ["data that is cut short", "payload", "substr(payload, 1, length(payload) - 1)"],
]

describe("a row with", () => {
  it.each(
    DAMAGES,
  )("%s is set aside, and the others are listed, found and revoked", async (_what, column, value) => {
    const database = new DatabaseSync(":memory:")
    const store = sqlStore(database)
    await store.migrate()
    const warnings: string[] = []
    const sessions = createSessions<Data>({ store, warn: (message) => warnings.push(message) })
    const [bad, good] = [await begin(sessions), await begin(sessions)]
    database.prepare(`UPDATE holdfast_sessions SET ${column} = ${value} WHERE id = ?`).run(bad.id)
    expect((await sessions.list("ada")).map(({ id }) => id)).toEqual([good.id])
    expect(warnings).toHaveLength(1)
    expect(await sessions.find(bad.id)).toBe(undefined)
    expect(await sessions.revokeUser("ada")).toBeGreaterThan(0)
    expect(await sessions.list("ada")).toEqual([])
    expect(await sessions.find(good.id)).toBe(undefined)
  })

  it.each([
    ["a payload of bytes", { payload: Buffer.from("x") }],
    ["a payload that is a number", { payload: 5 }],
    ["no payload", { payload: null }],
    ["a user that is a number", { userId: 7 }],
    ["no user at all", { userId: undefined }],
    ["a deadline that is none", { expiresAt: Number.NaN }],
    ["a deadline without end", { expiresAt: Number.POSITIVE_INFINITY }],
  ])("%s, as any store may give it, opens nothing", async (_what, change) => {
    let isDamaged = false
    const memory = memoryStore()
    const store: Store & UserIndex = {
      ...memory,
      async read(id, options) {
        const found = await memory.read(id, options)
        return found && isDamaged ? { ...found, record: { ...found.record, ...(change as object) } } : found
      },
      async listByUser(userId) {
        const [first, ...others] = await memory.listByUser(userId)
        return [{ ...first!, ...(change as object) }, ...others]
      },
    }
    const sessions = createSessions<Data>({ store, warn: () => {} })
    const [bad, good] = [await begin(sessions), await begin(sessions)]
    expect((await sessions.list("ada")).map(({ id }) => id)).toEqual([good.id])
    isDamaged = true
    const session = await sessions.open({ cookie: bad.cookie }).load()
    expect([session.isNew, session.userId, session.data]).toEqual([true, null, {}])
    expect(await sessions.find(bad.id)).toBe(undefined)
  })
})

describe("text of the right length that is not JSON", () => {
  it("is noticed by who looks at the data, and nothing is written then", async () => {
    const store = memoryStore()
    const sessions = createSessions<Data>({ store, warn: () => {} })
    const { id, cookie } = await begin(sessions)
    const found = (await store.read(id))!
    const payload = found.record.payload.replace('"n":1', '"n":]')
    await store.replace({ ...found.record, payload }, found.version)
    const session = await sessions.open({ cookie }).load()
    expect([session.userId, session.isNew, session.id]).toEqual(["ada", false, id])
    const damaged = expect.objectContaining({ code: "ERR_SESSION_DATA" })
    expect(() => session.data).toThrow(damaged)
    await expect(session.update(() => {})).rejects.toThrow(damaged)
    expect((await sessions.commit(session)).result).toBe("nothing")
    expect((await store.read(id))?.record.payload).toBe(payload)
    const leaving = await sessions.open({ cookie }).load()
    leaving.logout()
    expect((await sessions.commit(leaving)).result).toBe("delete")
  })
})

it("who asks only who is signed in has no data parsed, however much there is", async () => {
  const sessions = createSessions<Data>({ store: memoryStore() })
  const items = Array.from({ length: 20_000 }, (_, id) => ({ id, name: `Thing ${id}` }))
  const { cookie } = await begin(sessions, { items })
  const visit = async (isLooking: boolean): Promise<void> => {
    const session = await sessions.open({ cookie }).load()
    void [session.userId, session.id, session.isNew, session.createdAt, isLooking && session.data]
    await sessions.commit(session)
  }
  const cost = await costIn(
    () => visit(true),
    () => visit(false),
    51,
  )
  expect(cost).toBeLessThan(0.2)
})

async function begin(
  sessions: Sessions<Data>,
  data: Data = { n: 1 },
): Promise<{ id: string; cookie: string }> {
  const session = await sessions.open({}).load()
  Object.assign(session.data, data)
  session.login("ada")
  const { headers } = await sessions.commit(session)
  return { id: session.id, cookie: headers.find(([name]) => name === "set-cookie")![1].split(";")[0]! }
}
