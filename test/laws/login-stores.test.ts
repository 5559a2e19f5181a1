import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, it } from "vitest"
import { startExample } from "../fixtures/example.ts"
import { describeStore } from "../services/service.ts"
import type { ServiceName } from "../services/stores.ts"

const directory = mkdtempSync(join(tmpdir(), "holdfast-login-stores-"))
afterAll(() => rmSync(directory, { recursive: true }))

type UrlOf = (services: Readonly<Record<ServiceName, string>>) => string
const URLS: Record<string, UrlOf> = {
  postgres: ({ postgres }) => `${postgres}?table=login`,
  mariadb: ({ mariadb }) => `${mariadb}?table=login`,
  redis: ({ redis }) => `${redis}?prefix=login:`,
  memcached: ({ memcached }) => `${memcached}?prefix=login:`,
  file: () => `file:${join(directory, "sessions")}`,
  sqlite: () => `sqlite:${join(directory, "sessions.db")}`,
}

for (const [name, urlOf] of Object.entries(URLS))
  describeStore(name, (services) => {
    it("keeps people of the login example signed in over a restart", async () => {
      const app = await startExample({
        script: "login/server.ts",
        env: () => ({ SESSION_STORE: urlOf(services) }),
      })
      try {
        const page = `${app.url}/myapp/connection`
        const login = await fetch(`${app.url}/myapp/login`, {
          method: "POST",
          body: new URLSearchParams({ username: "ada", password: "x" }),
          redirect: "manual",
        })
        expect(login.status).toBe(303)
        const cookie = login.headers.getSetCookie()[0]!.split(";")[0]!
        const signedIn = async (): Promise<boolean> =>
          (await (await fetch(page, { headers: { cookie } })).text()).includes("Signed in as")
        expect(await signedIn()).toBe(true)
        expect(await app.stop("SIGINT", "SIGTERM")).toBe(0)
        await app.restart()
        expect(await signedIn()).toBe(true)
        await fetch(`${app.url}/myapp/logout`, { headers: { cookie } })
        expect(await signedIn()).toBe(false)
      } finally {
        await app.close()
      }
    })
  })
