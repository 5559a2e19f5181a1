import { expect, expectTypeOf, it } from "vitest"
import { z } from "zod"
import { session as expressSession } from "../../src/adapters/express.ts"
import { session as fetchSession } from "../../src/adapters/fetch.ts"
import { session as honoSession } from "../../src/adapters/hono.ts"
import { session as nodeSession } from "../../src/adapters/node.ts"
import { createSessions, type RegisteredSession, type Session, type SessionData } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"

const store = memoryStore()
const secret = "0123456789abcdefghijklmnopqrstuv"

// The compiler checks these lines; that they run too shows that the errors are at start-up.
it("A-11 a store or a seal, not both, not neither", () => {
  // @ts-expect-error: neither
  expect(() => createSessions({})).toThrow(TypeError)
  // @ts-expect-error: both
  expect(() => createSessions({ store, seal: [secret] })).toThrow(TypeError)
  // @ts-expect-error: no secret
  expect(() => createSessions({ seal: [] })).toThrow(TypeError)
  // @ts-expect-error: no list of secrets
  expect(() => createSessions({ seal: secret })).toThrow(TypeError)
  // @ts-expect-error: no such attribute value
  expect(() => createSessions({ store, cookie: { sameSite: "Lax" } })).toThrow(TypeError)
})

it("a schema gives data its type, and is not given beside another", async () => {
  const schema = z.object({ views: z.number().default(0), name: z.string().optional() })
  const sessions = createSessions({ store, schema })
  const session = await sessions.open({}).load()
  expectTypeOf(session.data).toEqualTypeOf<{ views: number; name?: string | undefined }>()
  // @ts-expect-error: of another type
  session.data.views = "1"
  // @ts-expect-error: not in the schema
  session.data.other = 1
  // @ts-expect-error: the schema says otherwise
  createSessions<{ views: string }>({ store, schema })
  expectTypeOf(await session.update((data) => data.views)).toEqualTypeOf<number>()
  expectTypeOf(sessions.list)
    .returns.resolves.items.toHaveProperty("data")
    .toEqualTypeOf<typeof session.data>()
})

it("without a schema data is what one says, or unknown values", () => {
  // Nothing puts the keys into a new session, so that each may be missing.
  const sessions = createSessions<{ n: number; name?: string }>({ store })
  expectTypeOf(sessions.open({}).data).toEqualTypeOf<{ n?: number; name?: string }>()
  // @ts-expect-error: of another type
  expect(() => (sessions.open({}).data.n = "1")).not.toThrow()
  expectTypeOf(sessions.of).returns.toEqualTypeOf(sessions.open({}))
  expectTypeOf(createSessions({ store }).open({}).data).toEqualTypeOf<SessionData>()
  expectTypeOf(createSessions<{ n?: number }>({ store }).open({}).data).toEqualTypeOf<{ n?: number }>()
  // Nobody registered sessions in this project, so that requests carry unknown values.
  expectTypeOf<RegisteredSession>().toEqualTypeOf<Session<SessionData>>()
})

it("what a session says of itself is not for writing", async () => {
  const session = await createSessions({ store }).open({}).load()
  expect(() => {
    // @ts-expect-error: login() does that
    session.userId = "ada"
  }).toThrow(TypeError)
  expect(() => {
    // @ts-expect-error: the object stays, its keys change
    session.data = {}
  }).toThrow(TypeError)
  // @ts-expect-error: ids are text, so that 1 and "1" are not two users
  expect(() => session.login(1)).toThrow(TypeError)
  // @ts-expect-error: not a promise of a user
  expect(() => session.login(Promise.resolve("ada"))).toThrow(TypeError)
})

it("adapters hand the type on", () => {
  const sessions = createSessions<{ views?: number }>({ store })
  fetchSession(sessions)((_request, session, env: { readonly name: string }) => {
    expectTypeOf(session.data).toEqualTypeOf<{ views?: number }>()
    return new Response(env.name)
  })
  nodeSession(sessions)((req) => expectTypeOf(req.session.data).toEqualTypeOf<{ views?: number }>())
  expectTypeOf(honoSession(sessions)).parameter(0).toHaveProperty("var")
  // @ts-expect-error: a store is not sessions
  expect(() => expressSession(store)).toThrow(TypeError)
})
