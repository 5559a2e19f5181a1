import { createPool } from "mysql2/promise"
import pg from "pg"
import { afterAll, beforeAll, describe } from "vitest"
import type { SqlDatabase } from "../../src/stores/sql-database.ts"
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

    sharingLaws(() => ({
      site: opened.site,
      options: { engine: "db", database: pool.database, secretKey: SECRET, useTz },
    }))
  })
}
