import type { Credentials } from "../../src/core/credentials.ts"
import { decodePayload, type SessionPayload, TOMBSTONE } from "../../src/core/payload.ts"
import { sessionTokens } from "../../src/core/token.ts"
import { type Operation, operations } from "./operations.ts"
import type { Trace } from "./schedule.ts"
import { type Answer, headerOf, keyOf, type Part, sessionsOver, type World } from "./world.ts"

/** What happened at a place, and what is left there. */
export interface Story {
  readonly world: World
  readonly trace: Trace
  readonly tasks: readonly Told[]
  /** In the order in which they were given. */
  readonly answers: readonly Answer[]
  /** Whether the session came to its end by its deadline. */
  readonly isTimeOver: boolean
  /** What the browser's cookie opens in the end, where the answers arrived in the order in which they were given. */
  readonly jar: Opened
  /** The tokens that somebody was given, before or in the run, and what each opens in the end. */
  readonly tokens: ReadonlyMap<string, Opened>
  /** The live sessions in the end, by id. */
  readonly left: ReadonlyMap<string, Left>
}

/** What is known of a task. */
export interface Told extends Part, Operation {
  readonly task: number
  readonly process: number
  readonly key: string
  /** The session that its cookie opened, `null` for none; absent until it was loaded. */
  readonly loaded: string | null | undefined
  /** Absent where its process ended before. */
  readonly answer: Answer | undefined
}

/** What a cookie opens. */
export interface Opened {
  readonly id: string | undefined
  readonly userId: string | null
}

/** A live session. */
export interface Left {
  readonly id: string
  readonly userId: string | null
  readonly expiresAt: number
  readonly data: Readonly<Record<string, unknown>>
  readonly contents: SessionPayload["contents"]
  readonly credentials: Credentials
  /** Whether somebody was given its current token. */
  readonly isHeld: boolean
}

export async function storyOf(
  world: World,
  parts: readonly Part[],
  processes: readonly number[],
  trace: Trace,
): Promise<Story> {
  const { place, happened, loaded } = world
  const answers = happened.filter((each): each is Answer => "result" in each)
  const tokens = new Map<string, Opened>()
  const sessions = sessionsOver(world.store, place)
  const open = async (cookie: string): Promise<Opened> => {
    const session = await sessions.open(cookie ? { cookie } : {}).load()
    return { id: session.isNew ? undefined : session.id, userId: session.userId }
  }
  for (const cookie of [
    ...place.cookies,
    place.beside,
    place.left?.cookie,
    ...answers.map((answer) => answer.cookie),
  ])
    if (cookie && !tokens.has(cookie)) tokens.set(cookie, await open(cookie))
  const held = answers.reduce((jar, { cookie }) => cookie ?? jar, place.cookies[0] as string)
  return {
    world,
    trace,
    answers,
    isTimeOver: happened.some((each) => each.is === "time passed" && each.isSessionOver),
    jar: (place.beside ? undefined : tokens.get(held)) ?? (await open(headerOf(held, place))),
    tokens,
    left: await leftIn(world, trace, [...tokens.keys()]),
    tasks: parts.map((part, task) => ({
      ...part,
      ...operations[part.name],
      task,
      process: processes[task]!,
      key: keyOf(task),
      loaded: loaded.get(task),
      answer: answers.find((answer) => answer.task === task),
    })),
  }
}

async function leftIn(
  { store, place }: World,
  { ids }: Trace,
  cookies: readonly string[],
): Promise<Map<string, Left>> {
  const proofs = new Set(
    cookies.map((cookie) => sessionTokens.claimOf(cookie.slice(cookie.indexOf("=") + 1)).proof),
  )
  const left = new Map<string, Left>()
  for (const id of new Set([...place.records.map((record) => record.id), ...ids])) {
    const found = await store.read(id)
    const payload =
      found && found.record.payload !== TOMBSTONE ? decodePayload(found.record.payload) : undefined
    if (!found || !payload) continue
    const { contents, credentials } = payload
    const { userId, expiresAt } = found.record
    const isHeld = proofs.has(credentials.proof)
    left.set(id, { id, userId, expiresAt, data: JSON.parse(contents.text), contents, credentials, isHeld })
  }
  return left
}
