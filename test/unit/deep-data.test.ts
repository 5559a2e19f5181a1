import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { sqliteStore } from "../../src/stores/sqlite/index.ts"
import { holdfast } from "../laws/cli-run.ts"

// Sessions may have been stored before there was a limit.

const directory = mkdtempSync(join(tmpdir(), "holdfast-deep-"))
const path = join(directory, "sessions.db")
afterAll(() => rmSync(directory, { recursive: true }))

it("what is stored and nested deeper than data may be is read, written beside, shown and ended, and refused where it is changed", async () => {
  const store = sqliteStore(path)
  const sessions = createSessions<Record<string, unknown>>({ store })
  const session = await sessions.open({}).load()
  session.data.deep = "here"
  session.data.evil = "\u009b31m"
  session.login("ada")
  const { headers } = await sessions.commit(session)
  const cookie = headers.find(([name]) => name === "set-cookie")![1].split(";")[0]!
  const { id } = session
  const found = (await store.read(id))!
  // Node 26 writes JSON of any depth; before, the stack is the bound.
  const pairs = Number(process.versions.node.split(".")[0]) >= 26 ? 15_000 : 500
  const deep = '{"a":['.repeat(pairs) + "]}".repeat(pairs)
  const payload = found.record.payload
    .replace(/,40,|,\d\d,(?="[\w-]{43}")/, (length) => `,${Number(length.slice(1, -1)) - 6 + deep.length},`)
    .replace('"here"', deep)
  await store.replace({ ...found.record, payload }, found.version)

  const reader = await sessions.open({ cookie }).load()
  expect([reader.userId, Object.keys(reader.data)]).toEqual(["ada", ["deep", "evil"]])
  expect((await sessions.commit(reader)).result).toBe("nothing")
  const writer = await sessions.open({ cookie }).load()
  writer.data.n = 1
  await sessions.commit(writer)
  await (await sessions.open({ cookie }).load()).update((data) => Object.assign(data, { more: 1 }))
  const after = await sessions.open({ cookie }).load()
  expect(after.data).toMatchObject({ n: 1, more: 1 })
  expect(JSON.stringify(after.data.deep)).toBe(deep)
  for (const change of [{ deep: [after.data.deep] }, { other: after.data.deep }, { bad: () => 1 }]) {
    const wrong = await sessions.open({ cookie }).load()
    Object.assign(wrong.data, change)
    await expect(async () => sessions.commit(wrong)).rejects.toThrow(
      /^data\.(deep|other|bad) is (a function|nested deeper than 128 levels)/,
    )
  }
  expect(await sessions.list("ada")).toHaveLength(1)

  for (const args of [
    ["show", id],
    ["show", id, "--json"],
    ["list", "--user", "ada", "--json"],
  ]) {
    const { code, stdout, stderr } = await holdfast(args, { store: `sqlite:${path}` })
    expect([code, stderr]).toEqual([0, ""])
    expect(stdout).toContain("… nested deeper than 130 levels")
    expect(stdout).toContain("\\u009b31m")
    expect(stdout.length).toBeLessThan(100_000)
  }
  const leaving = await sessions.open({ cookie }).load()
  leaving.logout()
  expect((await sessions.commit(leaving)).result).toBe("delete")
})
