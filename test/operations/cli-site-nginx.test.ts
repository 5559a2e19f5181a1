import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Finding } from "../../src/stores/backend.ts"
import { holdfast } from "../laws/cli-run.ts"
import { startNginx } from "../services/nginx.ts"
import { find } from "../services/programs.ts"
import { openStage, type Stage } from "./site-stage.ts"

// What doctor says of sites behind a real nginx, by the directives that people write.

const CACHE = ["proxy_cache pages", "proxy_cache_valid 200 1m"]
const IGNORANT = [...CACHE, "proxy_ignore_headers Set-Cookie Cache-Control Vary"]

let stage: Stage
beforeEach(() => {
  stage = openStage()
})
afterEach(() => stage[Symbol.asyncDispose]())

describe.skipIf(!find("nginx"))("a site behind nginx", () => {
  it.each<[string, readonly string[], Record<string, string>]>([
    ["that passes all on", [], {}],
    ["with a cache that obeys", [...CACHE, "add_header X-Cache $upstream_cache_status always"], {}],
    ["with a cache that keeps cookies", IGNORANT, { sharing: "two new visitors got the same session" }],
    [
      "with a cache that keeps pages and drops cookies",
      [...IGNORANT, "proxy_hide_header Set-Cookie"],
      { cookie: "none; the page answered 200" },
    ],
    [
      "with a cache that ignores Vary",
      [
        "proxy_cache pages",
        "proxy_cache_valid 200 1m",
        "proxy_ignore_headers Vary",
        "proxy_cache_key $uri",
        "add_header X-Cache $upstream_cache_status always",
      ],
      { sharing: "of two new visitors one got no cookie (x-cache: HIT)" },
    ],
    [
      "with proxy_cookie_flags",
      ["proxy_cookie_flags ~ nosecure nohttponly samesite=none"],
      { Secure: "missing", HttpOnly: "missing", SameSite: "None" },
    ],
    ["with proxy_cookie_path", ["proxy_cookie_path / /shop/"], { Path: "/shop/" }],
    [
      "that hides headers",
      ["proxy_hide_header Vary", "proxy_hide_header Cache-Control", "add_header Cache-Control max-age=60"],
      { caching: "Cache-Control: max-age=60", Vary: "missing" },
    ],
    [
      "that drops the request's cookies",
      ['proxy_set_header Cookie ""'],
      { return: "0 of 4 times the session was found again" },
    ],
  ])("%s", async (_what, location, expected) => {
    const nginx = await startNginx(await stage.app(), location)
    try {
      const { code, stdout } = await holdfast(["doctor", "--json", "--url", `${nginx.url}/`])
      const { findings } = JSON.parse(stdout) as { findings: Finding[] }
      const problems = findings.filter(({ problem }) => problem !== undefined)
      expect(Object.fromEntries(problems.map(({ name, value }) => [name, value]))).toEqual(expected)
      expect(code).toBe(problems.length > 0 ? 1 : 0)
    } finally {
      await nginx.close()
    }
  })
})
