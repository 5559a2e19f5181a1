import pg from "pg"
import { createClient } from "redis"
import { expect, it, vi } from "vitest"
import type { Finding } from "../../src/stores/backend.ts"
import { holdfast } from "../laws/cli-run.ts"
import { newTable } from "../laws/sql-laws.ts"
import { startRedis } from "../services/redis.ts"
import { describeServer, describeStore } from "../services/service.ts"

// What doctor tries on servers that are not as they should be.

interface Doctor {
  readonly code: number | null
  readonly findings: readonly Finding[]
  problemOf(name: string): string | undefined
}

async function doctor(store: string, ...flags: string[]): Promise<Doctor> {
  const { code, stdout } = await holdfast(["doctor", "--json", ...flags], { store })
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  return { code, findings, problemOf: (name) => findings.find((each) => each.name === name)?.problem }
}

describeStore("postgres", ({ postgres: connectionString }) => {
  it("names what a role may not do, and what the table refuses, and leaves nothing", async () => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    const table = newTable()
    const url = new URL(connectionString)
    url.searchParams.set("table", table)
    const rows = async (): Promise<number> => (await client.query(`SELECT 1 FROM ${table}`)).rows.length
    const failed = ({ findings }: Doctor): string[] =>
      findings.filter(({ problem }) => problem).map(({ name }) => name)
    try {
      await holdfast(["migrate"], { store: url.href })
      expect(await doctor(url.href)).toMatchObject({ code: 0 })
      expect(await rows()).toBe(0)

      await client.query(`CREATE FUNCTION ${table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'nobody signs in here'; END $$`)
      await client.query(`CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON ${table}
        FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION ${table}_refuse()`)
      const refused = await doctor(url.href)
      expect([refused.code, failed(refused)]).toEqual([1, ["sign in"]])
      expect(refused.problemOf("sign in")).toContain("nobody signs in here")
      expect(await rows()).toBe(0)

      await client.query(`CREATE ROLE ${table} LOGIN`)
      await client.query(`GRANT SELECT, DELETE ON ${table} TO ${table}`)
      url.username = table
      const forbidden = await doctor(url.href)
      expect([forbidden.code, failed(forbidden)]).toEqual([1, ["rights", "begin", "sign in"]])
      expect(forbidden.problemOf("begin")).toMatch(
        /permission denied for table .*\. Its user may not do this: /,
      )
    } finally {
      await client.query(`DROP OWNED BY ${table}`).catch(() => {})
      await client.query(`DROP ROLE IF EXISTS ${table}`)
      await client.end()
    }
  })

  it("writes nothing where the table is missing or another one, and with --look", async () => {
    const client = new pg.Client({ connectionString })
    await client.connect()
    const [missing, other, ours] = [newTable(), newTable(), newTable()]
    const urlOf = (table: string): string => {
      const url = new URL(connectionString)
      url.searchParams.set("table", table)
      return url.href
    }
    try {
      await client.query(`CREATE TABLE ${other} (id text, visits integer)`)
      for (const table of [missing, other]) {
        const { code, findings, problemOf } = await doctor(urlOf(table))
        expect([code, problemOf("table")]).toEqual([1, expect.stringContaining("holdfast migrate")])
        expect(findings).toContainEqual({ name: "trial", value: "left out, since nothing is to be written" })
      }
      expect((await client.query(`SELECT 1 FROM ${other}`)).rows).toEqual([])
      expect((await client.query("SELECT to_regclass($1) AS found", [missing])).rows).toEqual([
        { found: null },
      ])

      await holdfast(["migrate"], { store: urlOf(ours) })
      await client.query(`CREATE FUNCTION ${ours}_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'nothing is to be written'; END $$`)
      await client.query(`CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON ${ours}
        EXECUTE FUNCTION ${ours}_refuse()`)
      expect(await doctor(urlOf(ours), "--look")).toMatchObject({ code: 0 })
      expect((await doctor(urlOf(ours))).problemOf("begin")).toContain("nothing is to be written")
    } finally {
      await client.end()
    }
  })
})

describeServer("redis", "doctor", () => {
  it("says that a full server refuses what grows", async () => {
    const server = await startRedis({ args: ["--maxmemory-policy", "noeviction"] })
    const client = await createClient({ url: server.url }).connect()
    try {
      await client.configSet("maxmemory", "1kb")
      const { code, problemOf } = await doctor(server.url)
      expect(code).toBe(1)
      expect(problemOf("begin")).toMatch(
        /^The session store failed while creating a session: OOM .*\. The store is full: /,
      )
    } finally {
      await client.close()
      await server.close()
    }
  })

  it("says that a server is a replica, and writes nothing to it", async () => {
    const primary = await startRedis()
    const replica = await startRedis({
      args: ["--replicaof", "127.0.0.1", `${primary.port}`, "--replica-read-only", "no"],
    })
    const client = await createClient({ url: replica.url }).connect()
    try {
      await vi.waitFor(async () => expect(await client.info()).toContain("master_link_status:up"), 20_000)
      const { code, findings, problemOf } = await doctor(replica.url)
      expect([code, problemOf("role")]).toEqual([1, expect.stringContaining("primary in the URL")])
      expect(findings).toContainEqual({ name: "trial", value: "left out, since nothing is to be written" })
      expect(await client.info("commandstats")).not.toMatch(/cmdstat_(?:evalsha|set|zadd):/)
    } finally {
      await client.close()
      await Promise.all([replica.close(), primary.close()])
    }
  })
})
