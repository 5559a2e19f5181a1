import { once } from "node:events"
import { type IncomingMessage, request } from "node:http"
import { afterEach, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import type { LawData } from "../../src/testing/index.ts"
import { adapters } from "../adapters/serve.ts"

// Every adapter tells the sessions what it knows of the connection, so that they can say why a browser keeps no cookie.

const open: (() => unknown)[] = []
afterEach(() => Promise.all(open.splice(0).map((close) => close())))

const WAYS = [
  ["plain http, on another host than localhost", { host: "shop.example" }, "came over plain http"],
  ["a proxy that ends https and says so", { host: "shop.example", "x-forwarded-proto": "https" }, undefined],
  ["localhost", { host: "localhost:3000" }, undefined],
] as const

it.each(
  Object.entries(adapters).flatMap(([name, serve]) => WAYS.map((way) => [name, ...way, serve] as const)),
)("%s: %s", async (name, _way, headers, warning, serve) => {
  const told: string[] = []
  const sessions = createSessions<LawData>({ store: memoryStore(), warn: (message) => told.push(message) })
  const { url, close } = await serve(
    sessions,
    (session) => {
      session.data.n = 1
      return { body: "hello" }
    },
    { lazy: false },
  )
  open.push(close)
  for (let n = 0; n < 2; n++) {
    const req = request(url, { headers, agent: false }).end()
    const [res] = (await once(req, "response")) as [IncomingMessage]
    res.resume()
    expect(res.headers["set-cookie"]).toHaveLength(1)
  }
  const isDisbelieved = told.some((message) => message.includes("does not believe it"))
  expect(isDisbelieved, "what the framework says of its proxies").toBe(
    "x-forwarded-proto" in headers && /^(?:express|koa|fastify)/.test(name),
  )
  const seen = told.filter((message) => !message.includes("does not believe it"))
  expect(seen).toEqual(warning ? [expect.stringContaining(warning)] : [])
})
