import assert from "node:assert/strict"
import type { Laws } from "./stage.ts"

/** Responses of every kind. */
export function responsesLaws({ law }: Laws): void {
  law("keeps the session with responses that have no body", async ({ play }) => {
    const visit = await play((session, { path, query }) => {
      if (query.has("set")) session.data.n = path
      if (path === "/redirect") return { status: 302, headers: { location: "/elsewhere" } }
      if (path === "/fresh") return { status: 304, headers: { etag: '"1"' } }
      if (path === "/empty") return { status: 204 }
      return { body: String(session.data.n) }
    })
    for (const [path, status, method] of [
      ["/redirect", 302],
      ["/fresh", 304],
      ["/empty", 204],
      ["/head", 200, "HEAD"],
    ] as const) {
      const response = await visit(`${path}?set`, { cookie: "", method: method ?? "GET" })
      assert.equal(response.status, status)
      assert.equal(response.headers.getSetCookie().length, 1)
      assert.equal((await visit("/")).body, path)
    }
  })
}
