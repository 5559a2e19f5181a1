import { expect } from "vitest"
import { TOMBSTONE } from "../../src/core/payload.ts"
import { createSessions, type SessionOptions } from "../../src/index.ts"
import { type Happening, type Operation, operations, type Part, type World } from "./orders.ts"
import type { Data } from "./stage.ts"

type Answered = Extract<Happening, { is: "answered" }>

/** Holds what came of an order of requests against what sessions promise. */
export async function check(parts: readonly Part[], world: World, order: readonly string[]): Promise<void> {
  const how = `${parts.map(({ name, isOld }) => (isOld ? `${name} (old)` : name)).join("; ")}: ${order.join(" ")}`
  const { happened, cookies, userId, store, options } = world
  const answered = happened.filter((each) => each.is === "answered")
  const kinds: Operation[] = parts.map(({ name }) => operations[name])
  const sessions = createSessions<Data>({ store, ...options } as SessionOptions<Data>)
  const open = async (cookie: string | undefined) => {
    const session = await sessions.open(cookie ? { cookie } : {}).load()
    return { id: session.isNew ? undefined : session.id, userId: session.userId, data: session.data }
  }

  // The browser's jar, where responses arrive in the order in which they were given.
  const jar = answered.reduce((held, { cookie }) => cookie ?? held, cookies[0] as string)
  const end = await open(jar)
  const isEnded = kinds.some((kind) => kind.isEnd)
  const isSignedIn =
    userId !== null || answered.some(({ name, result }) => isLogin(name) && result === "login")

  if (!isEnded) {
    expect(end.id, `the browser holds a cookie for no session: ${how}`).toBeDefined()
    if (isSignedIn) expect(end.userId, `signed out: ${how}`).not.toBe(null)
  }
  // Whoever was told that it was written finds it there, unless the session ended.
  for (const { key, id, result } of answered) {
    if (key === undefined || (await store.read(id)) === undefined) continue
    const [{ data } = { data: {} }] = (await sessions.find(id).then((info) => (info ? [info] : []))) as {
      data: Data
    }[]
    // A login ends an anonymous session that it can't take over any more.
    const isDisplaced =
      userId === null && answered.some((each) => isLogin(each.name) && each.loaded === undefined)
    const mayBeGone = isEnded || isDisplaced || kinds.some((kind) => kind === operations["login as another"])
    if (!mayBeGone) expect(data, `${result} of ${key} is lost: ${how}`).toHaveProperty([key])
  }
  if (!isEnded && !kinds.some((kind) => kind.isCut))
    for (const { result } of answered)
      expect(result, `nothing ended here, but somebody was told so: ${how}`).not.toBe("told ended")

  // What was loaded before a login or a rotation opens nothing after it.
  const superseded = answered.filter(
    ({ result, id }) => (result === "login" || result === "rotate") && id === world.id,
  )
  if (superseded.length > 0)
    for (const cookie of cookies)
      if (superseded.some((each) => each.cookie !== undefined))
        expect((await open(cookie)).id, `the token from before still works: ${how}`).not.toBe(world.id)

  await checkEnds(world, answered, how, open)
  await checkRevocations(world, answered, how)
  await checkOrphans(world, answered, how, open)
}

type Open = (cookie: string) => Promise<{ id: string | undefined; userId: string | null }>

/** After an acknowledged end nothing lives under the id. */
async function checkEnds(
  { happened, id, userId, store }: World,
  answered: readonly Answered[],
  how: string,
  _open: Open,
): Promise<void> {
  const isEnded = answered.some(
    ({ name, loaded }) => (name === "logout" || name === "logout and begin") && loaded === id,
  )
  const isRevoked =
    happened.some((each) => each.is === "revoked") && (userId === "ada" || !how.includes("user"))
  if (!isEnded && !isRevoked) return
  const found = await store.read(id)
  // Somebody may have signed in to an anonymous session after the user's sessions were revoked.
  const mayLive = !isEnded && answered.some(({ name, result }) => isLogin(name) && result === "login")
  if (found && !mayLive) expect(found.record.payload, `alive after its end: ${how}`).toBe(TOMBSTONE)
}

/** A login that was asked for before a revocation began does not outlive it; one that was asked for after it does. */
async function checkRevocations(
  { happened, store }: World,
  answered: readonly Answered[],
  how: string,
): Promise<void> {
  const began = happened.findIndex(({ is }) => is === "began to revoke")
  const ended = happened.findIndex(({ is }) => is === "revoked")
  if (began === -1 || !how.includes("revoke the user")) return
  const live = new Set((await store.listByUser("ada")).map(({ id }) => id))
  for (const answer of answered) {
    const { task, name, result, id } = answer
    if (name !== "login again" && name !== "login with a mark") continue
    const asked = happened.findIndex((each) => each.is === "asked to sign in" && each.task === task)
    // Without a mark at hand it is read a moment after the login was asked for.
    if (result === "login" && asked < began && operations[name].takesMark)
      expect(live.has(id), `outlived a revocation: ${how}`).toBe(false)
    if (asked > ended)
      expect([result, live.has(id)], `revoked before it began: ${how}`).toEqual(["login", true])
  }
}

/** Every live session can be reached with a token that somebody was given. */
async function checkOrphans(
  { cookies, store }: World,
  answered: readonly Answered[],
  how: string,
  open: Open,
): Promise<void> {
  const tokens = [...cookies, ...answered.flatMap(({ cookie }) => cookie || [])]
  const reachable = await Promise.all(tokens.map(async (cookie) => cookie && (await open(cookie)).id))
  for (const user of ["ada", "bob"])
    for (const { id } of await store.listByUser(user)) expect(reachable, `an orphan: ${how}`).toContain(id)
}

function isLogin(name: string): boolean {
  return (operations as Record<string, Operation>)[name]!.isLogin === true
}
