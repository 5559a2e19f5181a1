import { randomBytes } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, expect, it, vi } from "vitest"
import { forwardSeal } from "../../src/core/succession.ts"
import { createSessions, type Session } from "../../src/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
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
    const id = randomBytes(16).toString("hex")
    const cookie = `__Host-session=${id}.${randomBytes(32).toString("base64url")}`
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
  for (const token of tokens) expect(bytes.includes(token.split(".")[1]!)).toBe(false)
  const ids = (await sessions.list("ada")).map(({ id }) => id)
  expect(bytes.includes(ids[0]!)).toBe(true)
  for (const id of ids)
    expect((await sessions.open({ cookie: `__Host-session=${id}` }).load()).isNew).toBe(true)
  await store.close()
})

it("keeps no secret that was ever handed out, current or superseded, nor what opens the sealed ones", async () => {
  vi.useFakeTimers({ toFake: ["Date"] })
  const path = join(directory, "secrets.db")
  const store = sqliteStore(path)
  const sessions = createSessions({ store, renew: 600, grace: 60 })
  const tokens = new Set<string>()
  const use = async (
    cookie: string | undefined,
    work: (session: Session) => unknown,
  ): Promise<string | undefined> => {
    const session = await sessions.open(cookie === undefined ? {} : { cookie }).load()
    await work(session)
    const set = (await sessions.commit(session)).headers.find(([name]) => name === "set-cookie")
    const next = set?.[1].split(";")[0] ?? cookie
    tokens.add(next!.split("=")[1]!)
    return next
  }
  let cookie = await use(undefined, ({ data }) => Object.assign(data, { n: 1 }))
  for (const work of [(s: Session) => s.login("ada"), (s: Session) => s.userId, (s: Session) => s.rotate()])
    for (let n = 0; n < 5; n++) {
      vi.setSystemTime(Date.now() + 700_000)
      cookie = await use(cookie, work)
    }
  vi.setSystemTime(Date.now() + 700_000)
  const newest = await use(cookie, (session) => session.userId) // leaves a forward in the record
  vi.useRealTimers()
  expect(newest).not.toBe(cookie)
  expect(tokens.size).toBeGreaterThan(10)

  const bytes = Buffer.concat(
    readdirSync(directory)
      .filter((file) => file.startsWith("secrets.db"))
      .map((file) => readFileSync(join(directory, file))),
  ).toString("latin1")
  for (const token of tokens) expect(bytes).not.toContain(token.split(".")[1])
  const forwards = new Set(bytes.match(/[\w-]+\.\.[\w-]{16}\.[\w-]+\.[\w-]{22}/g))
  expect(forwards.size).toBeGreaterThan(0)
  // Whatever lies in the file, alone and as a token of the session: none of it opens what is sealed.
  const texts = new Set(bytes.match(/[\w-]{16,}/g))
  const ids = new Set(bytes.match(/[0-9a-f]{32}/g))
  const keys = [...texts, ...[...ids].flatMap((id) => [...texts].map((text) => `${id}.${text}`))]
  for (const key of keys)
    for (const forward of forwards) expect(forwardSeal(key).open(forward)).toBe(undefined)
  const [superseded] = [cookie!.split("=")[1]!]
  expect([...forwards].map((forward) => forwardSeal(superseded).open(forward)?.text)).toContain(
    newest!.split("=")[1],
  )
  await store.close()
})
