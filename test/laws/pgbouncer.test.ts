import pg from "pg"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { storeFromUrl } from "../../src/stores/url/index.ts"
import { startPgbouncer } from "../services/pgbouncer.ts"
import type { Server } from "../services/server.ts"
import { describeStore } from "../services/service.ts"
import { holdfast } from "./cli-run.ts"
import { newTable, sqlLaws } from "./sql-laws.ts"

describeStore("pgbouncer", ({ postgres }) =>
  describe("behind PgBouncer, which gives every statement another connection", () => {
    let bouncer: Server
    const table = newTable()
    const url = (query = ""): string => `${bouncer.url}?table=${table}${query}`
    beforeAll(async () => {
      bouncer = await startPgbouncer(postgres, "transaction")
      const store = await storeFromUrl(`${postgres}?table=${table}`)
      await store.migrate()
      await store.close()
    })
    afterAll(() => bouncer.close())

    sqlLaws(
      "pg.Pool without prepared statements",
      async () => {
        const pool = new pg.Pool({ connectionString: bouncer.url })
        return { database: pool, close: () => pool.end() }
      },
      { prepare: false },
    )

    /** The errors of many reads side by side. */
    async function errorsOf(store: { read(id: string): Promise<unknown> }): Promise<unknown[]> {
      const reads = Array.from({ length: 300 }, (_, n) => store.read(`${n}`))
      return (await Promise.allSettled(reads))
        .filter(({ status }) => status === "rejected")
        .map((read) => (read as PromiseRejectedResult).reason)
    }

    it("a store URL says what to do when prepared statements get lost, and with prepare=false none do", async () => {
      const losing = await storeFromUrl(url())
      const errors = await errorsOf(losing)
      expect(errors.length).toBeGreaterThan(0)
      for (const error of errors)
        expect(error).toMatchObject({
          code: expect.stringMatching(/^(26000|42P05)$/),
          message: expect.stringMatching(
            /prepared statement "holdfast .* add \?prepare=false to the store's URL/,
          ),
        })
      await losing.close()
      const store = await storeFromUrl(url("&prepare=false"))
      expect(await errorsOf(store)).toEqual([])
      await store.close()
    })

    it("the error of a request says so too", async () => {
      const store = await storeFromUrl(url())
      const sessions = createSessions({ store })
      const finds = await Promise.allSettled(Array.from({ length: 300 }, () => sessions.find("a".repeat(32))))
      const [failed] = finds.filter(({ status }) => status === "rejected") as PromiseRejectedResult[]
      expect(failed?.reason).toMatchObject({
        code: "ERR_SESSION_STORE",
        cause: { message: expect.stringContaining("?prepare=false") },
      })
      await store.close()
    })

    it("doctor sees the pooler, tries it, and says what to do", async () => {
      const lost = await holdfast(["doctor"], { store: url() })
      expect(lost.stdout).toMatch(/✗ pooler +there is one\n.*Add \?prepare=false/)
      expect(lost.code).toBe(1)
      const good = await holdfast(["doctor"], { store: url("&prepare=false") })
      expect(good).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/✓ pooler +there is one, and prepared/),
      })
      expect((await holdfast(["doctor"], { store: `${postgres}?table=${table}` })).stdout).not.toContain(
        "pooler",
      )
      const session = await startPgbouncer(postgres, "session")
      const kept = await holdfast(["doctor"], { store: `${session.url}?table=${table}` })
      expect(kept).toMatchObject({ code: 0, stdout: expect.stringMatching(/✓ pooler +there is one\n/) })
      await session.close()
    })
  }),
)

describe("prepare in a URL", () => {
  it.each(["0", "", "False", "off"])("is refused when it is %j", async (value) => {
    await expect(storeFromUrl(`mysql://db/shop?prepare=${value}`)).rejects.toThrow(
      'takes "prepare=true" or "prepare=false"',
    )
  })

  it("is a store's alone", async () => {
    await expect(storeFromUrl("sqlite:./a.db?prepare=false")).rejects.toThrow('only the parameter "table"')
  })
})
