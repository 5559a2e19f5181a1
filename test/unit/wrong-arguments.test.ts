import { describe, expect, it } from "vitest"
import { createSessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { refusalOf } from "./refusal-of.ts"

// What plain JavaScript lets through beside the first argument. Each of these was taken for nothing said: a login without its mark, a
// revocation that spared nobody, or everybody.

type Loose = (...args: unknown[]) => unknown
const sessions = createSessions<Record<string, unknown>>({ store: memoryStore() })
const sealed = createSessions({ seal: ["Vb2kq-9sXt7LwPzR4mYc8HnJ0dFgAeQu1iTo5rKs"] })

describe("what is no options is refused, with what to write", () => {
  const login = async (options: unknown): Promise<unknown> =>
    ((await sessions.open({}).load()).login as Loose).call(await sessions.open({}).load(), "ada", options)
  const open = (options: unknown): unknown => (sessions.open as Loose)({}, options)
  const revokeUser = (options: unknown): unknown => (sessions.revokeUser as Loose)("ada", options)
  const clear = (options: unknown): unknown => (sessions.clearExpired as Loose)(options)
  const clearSealed = (options: unknown): unknown => (sealed.clearExpired as Loose)(options)
  const age = async (question: unknown): Promise<unknown> => {
    const session = await sessions.open({}).load()
    return (session.getExpiryAge as Loose).call(session, question)
  }
  const date = async (question: unknown): Promise<unknown> => {
    const session = await sessions.open({}).load()
    return (session.getExpiryDate as Loose).call(session, question)
  }

  it.each<[string, (options: unknown) => unknown, unknown, string]>([
    ["the mark itself", login, "MARK5", "login(userId, { mark })"],
    ["no mark", login, "", "login(userId, { mark })"],
    ["nothing", login, null, "login(userId, { mark })"],
    ["a flag", login, true, "login(userId, { mark })"],
    ["a promise of it", login, Promise.resolve("MARK5"), "login(userId, { mark })"],
    ["a list", login, ["MARK5"], "login(userId, { mark })"],
    ["a capital", login, { Mark: "MARK5" }, 'write "mark"'],
    ["a slip", login, { makr: "MARK5" }, 'did you mean "mark"?'],
    ["another's word", login, { remember: true }, 'it has "mark"'],
    ["a promise", login, { mark: Promise.resolve("MARK5") }, "it got a promise"],
    ["null", login, { mark: null }, "sessions.mark(userId)"],
    ["a slip", revokeUser, { execpt: "x" }, 'did you mean "except"?'],
    ["a capital", revokeUser, { Except: "x" }, 'write "except"'],
    ["the id itself", revokeUser, "0123", "revokeUser(userId, { except })"],
    ["nothing", revokeUser, null, "revokeUser(userId, { except })"],
    ["a session", revokeUser, { except: {} }, "except: session.id"],
    ["several", revokeUser, { except: ["x"] }, "except: session.id"],
    ["null", revokeUser, { except: null }, "except: session.id"],
    ["a slip", clear, { batchsize: 5 }, 'write "batchSize"'],
    ["a number", clear, 50, "clearExpired(options)"],
    ["null", clear, null, "clearExpired(options)"],
    ["none at a time", clear, { batchSize: 0 }, '"batchSize"'],
    ["text", clear, { batchSize: "5" }, '"batchSize"'],
    ["no function", clear, { onProgress: true }, '"onProgress"'],
    ["its controller", clear, { signal: new AbortController() }, '"signal"'],
    ["in a cookie too", clearSealed, { batchsize: 5 }, 'write "batchSize"'],
    ["a slip", open, { lasy: true }, 'did you mean "lazy"?'],
    ["a flag", open, true, "sessions.open(headers, options)"],
    ["null", open, null, "sessions.open(headers, options)"],
    ["a word", open, { lazy: "yes" }, '"lazy" must be true or false'],
    ["no request", open, { request: "GET /" }, '"request"'],
    ["null", open, { request: null }, '"request"'],
    ["a slip", age, { modificaton: new Date() }, 'did you mean "modification"?'],
    ["an instant", age, { modification: Date.now() }, '"modification"'],
    ["no instant", age, { modification: new Date(Number.NaN) }, '"modification"'],
    ["a number", age, 5, "takes an object of options"],
    ["a slip", date, { exipry: 5 }, 'did you mean "expiry"?'],
    ["no expiry", date, { expiry: "5" }, "seconds from 0 up"],
  ])("%s", async (_name, call, options, sentence) => {
    const message = await refusalOf(() => call(options))
    expect(message).toContain(sentence)
    expect(message).not.toContain("MARK5")
  })

  it("and nobody was signed in or out by any of them", async () => {
    const session = await sessions.open({}).load()
    session.login("ada")
    await sessions.commit(session)
    await refusalOf(() => revokeUser({ execpt: session.id }))
    expect(await sessions.list("ada")).toHaveLength(1)
    const other = await sessions.open({}).load()
    await refusalOf(() => (other.login as Loose).call(other, "ada", "mark"))
    expect(other.userId).toBe(null)
    expect(await sessions.revokeUser("ada", { except: undefined })).toBe(1)
    expect(await sessions.clearExpired(undefined)).toBeGreaterThanOrEqual(0)
    expect(sessions.open({}, { lazy: undefined as never, request: undefined })).toBeDefined()
  })
})
