import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { describe, expect, it } from "vitest"
import { describeStore } from "../services/service.ts"
import { hammer } from "./hammer/hammer.ts"

describe("many processes of both sides at one session", () => {
  it("lose nothing of this side's, nor of Django's by this side, in SQLite", async (context) => {
    const directory = await mkdtemp(join(tmpdir(), "holdfast-hammer-"))
    const isThere = await check(join(directory, "site.db"))
    await rm(directory, { recursive: true })
    if (!isThere) context.skip()
  })

  describeStore("postgres", ({ postgres }) => {
    it("lose nothing of this side's, nor of Django's by this side", async (context) => {
      const name = `hammer_${process.pid}`
      const client = new pg.Client({ connectionString: postgres })
      await client.connect()
      await client.query(`CREATE DATABASE ${name}`)
      await client.end()
      if (!(await check(postgres.replace(/postgres$/, name)))) context.skip()
    })
  })
})

async function check(url: string): Promise<boolean> {
  const report = await hammer(url, 3, 2)
  if (!report) return false
  console.log(report)
  expect(report.nodeAcknowledged).toBeGreaterThan(0)
  expect(report.djangoWrites).toBeGreaterThan(0)
  expect(report.nodeWrites).toBe(report.nodeAcknowledged)
  expect(report.lostByNode).toBe(0)
  return true
}
