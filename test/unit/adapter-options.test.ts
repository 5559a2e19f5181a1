import { describe, expect, it } from "vitest"
import { session as express } from "../../src/adapters/express.ts"
import { session as fastify } from "../../src/adapters/fastify.ts"
import { session as fetch } from "../../src/adapters/fetch.ts"
import { session as hono } from "../../src/adapters/hono.ts"
import { session as koa } from "../../src/adapters/koa.ts"
import { session as node } from "../../src/adapters/node.ts"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { refusalOf } from "./refusal-of.ts"

const store = memoryStore()
const sessions = createSessions({ store })

type Loose = (sessions: unknown, options?: unknown) => unknown
const ADAPTERS = { express, fastify, fetch, hono, koa, node } as unknown as Readonly<Record<string, Loose>>

describe.each(Object.entries(ADAPTERS))("the adapter of %s, at the start", (name, session) => {
  it.each([
    [store, "write session(createSessions({ store }))"],
    [{ store }, "write session(createSessions({ store }))"],
    [undefined, "it got undefined"],
    [{ open() {} }, "takes what createSessions({ store }) gives"],
    [{ commit() {} }, "takes what createSessions({ store }) gives"],
  ])("takes no %o for sessions", async (wrong, sentence) => {
    expect(await refusalOf(() => session(wrong))).toContain(sentence)
  })

  it.each([
    [{ lazy: 1 }, 'The option "lazy"'],
    [{ lasy: true }, 'did you mean "lazy"?'],
    [{ secret: "x" }, "createSessions({ … })"],
    [null, "takes an object of options"],
  ])("takes no %o for options", async (wrong, sentence) => {
    expect(await refusalOf(() => session(sessions, wrong))).toContain(sentence)
  })

  it.skipIf(["fetch", "hono"].includes(name))("takes nothing but a text for a property", async () => {
    for (const property of [5, "", null])
      expect(await refusalOf(() => session(sessions, { property }))).toContain('The option "property"')
  })
})
