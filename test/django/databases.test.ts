import { createPool } from "mysql2/promise"
import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { djangoTable } from "../../src/django/table.ts"
import type { SqlDatabase } from "../../src/stores/sql/database.ts"
import { describeStore } from "../services/service.ts"
import { type OpenSite, openSite, SECRET, sharingLaws } from "./sharing.ts"

/** A database of its own on a shared server, named so that no two runs meet. */
const NAME = `django_${process.pid}`

describeStore("postgres", ({ postgres }) => {
  site(
    (useTz) => ({
      ENGINE: "django.db.backends.postgresql",
      NAME: NAME + useTz,
      HOST: "127.0.0.1",
      PORT: new URL(postgres).port,
      USER: "postgres",
    }),
    async (useTz) => {
      const first = new pg.Client({ connectionString: postgres })
      await first.connect()
      await first.query(`CREATE DATABASE "${NAME + useTz}"`)
      await first.end()
      const pool = new pg.Pool({ connectionString: postgres.replace(/postgres$/, NAME + useTz), max: 4 })
      return { database: pool, close: () => pool.end() }
    },
  )
})

describeStore("mariadb", ({ mariadb }) => {
  site(
    (useTz) => ({
      ENGINE: "django.db.backends.mysql",
      NAME: NAME + useTz,
      HOST: "127.0.0.1",
      PORT: new URL(mariadb).port,
      USER: "root",
    }),
    async (useTz) => {
      const first = createPool({ uri: mariadb })
      await first.query(`CREATE DATABASE ${NAME + useTz}`)
      await first.end()
      const pool = createPool({ uri: mariadb.replace(/holdfast$/, NAME + useTz), connectionLimit: 4 })
      return { database: pool, close: () => pool.end() }
    },
  )
})

/** The tests on one database, with times in UTC and in the site's own zone. */
function site(
  settings: (useTz: boolean) => Readonly<Record<string, unknown>>,
  open: (useTz: boolean) => Promise<{ database: SqlDatabase; close: () => Promise<unknown> }>,
): void {
  describe.each([true, false])("Django's engine db with USE_TZ = %s", (useTz) => {
    let opened: OpenSite
    let pool: Awaited<ReturnType<typeof open>>

    beforeAll(async () => {
      pool = await open(useTz)
      opened = await openSite(() => ({ engine: "db", database: settings(useTz), useTz }))
    })
    afterAll(async () => {
      await opened.close()
      await pool.close()
    })

    const options = () => ({ engine: "db", database: pool.database, secretKey: SECRET, useTz }) as const
    sharingLaws(() => ({ site: opened.site, options: options() }))

    it("is cleared and copied in batches, what is dead and what is alive", async (context) => {
      if (!opened.site) return context.skip()
      const table = djangoTable(options(), useTz ? "UTC" : "America/Chicago")
      await table.clearExpired()
      const before = (await table.after("", 1000)).length
      for (let n = 10; n < 15; n++)
        for (const [name, expiresAt] of [
          ["dead", Date.now() - 60_000],
          ["live", Date.now() + 60_000],
        ] as const)
          await table.create({ id: `${name}${n}`, userId: null, payload: "x", expiresAt })
      expect(await table.clearExpired({ batchSize: 2 })).toBe(5)
      const [first, second] = await table.after("live11", 2)
      expect([first!.record.id, second!.record.id]).toEqual(["live12", "live13"])
      expect(Math.abs(first!.record.expiresAt - Date.now() - 60_000)).toBeLessThan(20_000)
      expect(await table.after("", 1000)).toHaveLength(before + 5)
      for (let n = 10; n < 15; n++) expect(await table.delete(`live${n}`)).toBe(true)
    })

    it("tells a row from one that says the same in other letters", async (context) => {
      if (!opened.site) return context.skip()
      const table = djangoTable(options(), useTz ? "UTC" : "America/Chicago")
      const record = { id: "a".repeat(32), userId: null, payload: "Abc", expiresAt: Date.now() + 60_000 }
      expect(await table.create(record)).toBe("Abc")
      expect(await table.create(record)).toBeUndefined()
      expect(await table.replace({ ...record, payload: "next" }, "aBC")).toBeUndefined()
      expect(await table.replace({ ...record, payload: "next" }, "Abc")).toBe("next")
      expect(await table.replace({ ...record, expiresAt: 0 }, "next")).toBeDefined()
      expect(await table.read(record.id)).toBeUndefined()
    })
  })
}
