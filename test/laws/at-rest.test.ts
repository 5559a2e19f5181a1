import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { sqliteStore } from "../../src/stores/sqlite.ts"
import { cookieOf } from "./concurrency.ts"

const directory = mkdtempSync(join(tmpdir(), "holdfast-rest-"))
afterAll(() => rmSync(directory, { recursive: true }))

const rows = (path: string): unknown => {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare("SELECT count(*) AS n FROM holdfast_sessions").get()
  database.close()
  return row?.n
}

it("keeps no row for 10,000 requests that bring random cookies", async () => {
  const path = join(directory, "random.db")
  const store = sqliteStore(path)
  const sessions = createSessions({ store })
  for (let n = 0; n < 10_000; n++) {
    const cookie = `__Host-session=${randomBytes(32).toString("base64url")}`
    const session = await sessions.open({ cookie }).load()
    expect(session.data).toEqual({})
    const { headers } = await sessions.commit(session)
    expect(headers).toEqual([["vary", "Cookie"]])
  }
  expect(rows(path)).toBe(0)
  await store.close()
})

it("keeps nothing in its files that can be used as a cookie", async () => {
  const path = join(directory, "tokens.db")
  const store = sqliteStore(path)
  const sessions = createSessions<{ note?: string }>({ store })
  const tokens: string[] = []
  for (let n = 0; n < 20; n++) {
    const session = await sessions.open({}).load()
    session.data.note = "found in the files"
    session.login("ada")
    tokens.push(cookieOf((await sessions.commit(session)).headers).split("=")[1]!)
  }
  const bytes = Buffer.concat(
    readdirSync(directory)
      .filter((file) => file.startsWith("tokens.db"))
      .map((file) => readFileSync(join(directory, file))),
  )
  expect(bytes.includes("found in the files")).toBe(true)
  for (const token of tokens) expect(bytes.includes(token)).toBe(false)
  const ids = (await sessions.list("ada")).map(({ id }) => id)
  expect(bytes.includes(ids[0]!)).toBe(true)
  for (const id of ids)
    expect((await sessions.open({ cookie: `__Host-session=${id}` }).load()).isNew).toBe(true)
  await store.close()
})
