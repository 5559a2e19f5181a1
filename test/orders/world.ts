import { createSessions, SessionError, type SessionOptions, type Sessions } from "../../src/index.ts"
import { cookieIn, type Data, type MemoryStore } from "../security/stage.ts"
import { type OperationName, operations } from "./operations.ts"
import { watched } from "./queues.ts"
import type { Desk, Scene, Task } from "./schedule.ts"
import { time } from "./time.ts"
import { type Place, storeAt } from "./worlds.ts"

/** One task: an operation, and whether its request comes with the superseded cookie where there is one. */
export interface Part {
  readonly name: OperationName
  readonly isOld?: boolean
}

/** What came of a request or an operator's call. */
export interface Answer {
  readonly is: "answered" | "told ended" | "failed"
  readonly task: number
  readonly name: OperationName
  /** What the commit did. */
  readonly result: string
  /** The id of the session after the commit. */
  readonly id: string | undefined
  /** The cookie that goes with the answer; `""` clears it. */
  readonly cookie: string | undefined
  /** The error's code. */
  readonly code: string | undefined
}

/** What happened, in the order in which it did. */
export type Happening =
  | Answer
  | { readonly is: "asked to sign in" | "began to revoke"; readonly task: number }
  | { readonly is: "time passed"; readonly isSessionOver: boolean }

/** A place, and what the tasks do there. */
export interface World extends Scene {
  readonly place: Place
  readonly happened: readonly Happening[]
  /** The id of the session that each request's cookie opened; `null` for none. */
  readonly loaded: ReadonlyMap<number, string | null>
  /** What requests were told to be safe before their commits. */
  readonly stored: readonly { readonly key: string; readonly id: string }[]
}

/** The parts at a place; `processes` says in which process each is. */
export async function worldOf(
  place: Place,
  parts: readonly Part[],
  processes: readonly number[],
): Promise<World> {
  const store = await storeAt(place)
  const happened: Happening[] = []
  const loaded = new Map<number, string | null>()
  const stored: { key: string; id: string }[] = []
  const tell: Telling = {
    happened: (happening) => void happened.push(happening),
    loaded: (task, id) => void loaded.set(task, id),
    stored: (key, id) => void stored.push({ key, id }),
  }
  return {
    store,
    place,
    happened,
    loaded,
    stored,
    heard: () => happened.length,
    begin(desk) {
      const all = new Map<number, Sessions<Data>>()
      const tasks = parts.map((part, task): Task => {
        const process = processes[task]!
        const make = () => sessionsOver(desk.storeOf(process), place)
        const sessions = all.get(process) ?? watched(make, desk.watch(process))
        all.set(process, sessions)
        const over = operations[part.name].operate
          ? operate(sessions, task, part, place, tell)
          : request(sessions, task, part, place, tell)
        return { process, over }
      })
      return place.passes === undefined ? tasks : [...tasks, clock(desk, store, place, parts.length, tell)]
    },
  }
}

/** The sessions of a process at this place. */
export function sessionsOver(store: MemoryStore, { options }: Place): Sessions<Data> {
  return createSessions<Data>({ store, timeout: 60, warn: () => {}, ...options } as SessionOptions<Data>)
}

interface Telling {
  happened(happening: Happening): void
  loaded(task: number, id: string | null): void
  stored(key: string, id: string): void
}

/** The header of a browser that holds this cookie of ours. */
export function headerOf(cookie: string, { beside }: Place): string {
  return [beside, cookie].filter(Boolean).join("; ")
}

/** The key that a task sets. */
export function keyOf(task: number): string {
  return `key ${task}`
}

/** A request from its cookie to its answer, as adapters go about it. */
async function request(
  sessions: Sessions<Data>,
  task: number,
  part: Part,
  place: Place,
  tell: Telling,
): Promise<void> {
  const { name, isOld } = part
  const { work, isLogin, takesMark } = operations[name]
  const { cookies } = place
  const session = sessions.open({ cookie: headerOf((isOld && cookies[1]) || cookies[0], place) })
  const answer = (
    answered: Pick<Answer, "is" | "result" | "code">,
    headers: readonly (readonly [string, string])[],
  ) =>
    tell.happened({
      ...answered,
      task,
      name,
      id: session.isLoaded ? session.id : undefined,
      cookie: cookieIn(headers),
    })
  try {
    const mark = takesMark ? await sessions.mark("ada") : undefined
    if (takesMark) tell.happened({ is: "asked to sign in", task })
    await session.load()
    tell.loaded(task, session.isNew ? null : session.id)
    if (isLogin && !takesMark) tell.happened({ is: "asked to sign in", task })
    await work!(session, keyOf(task), { mark, stored: (key) => tell.stored(key, session.id) })
    const { result, headers } = await sessions.commit(session)
    answer({ is: "answered", result, code: undefined }, headers)
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    const { code } = error
    // The headers of the error's answer. What failed in the handler is committed here, so that this may fail too.
    const commit = async () => (await sessions.commit(session, { status: 500 })).headers
    const headers = await commit().catch(commit)
    answer({ is: code === "ERR_SESSION_ENDED" ? "told ended" : "failed", result: "", code }, headers)
  }
}

/** An operator's call. */
async function operate(
  sessions: Sessions<Data>,
  task: number,
  { name }: Part,
  { id }: Place,
  tell: Telling,
): Promise<void> {
  const answered = { task, name, result: "", id: undefined, cookie: undefined }
  try {
    await sessions.find("0".repeat(32)) // so that it may also begin after the others
    tell.happened({ is: "began to revoke", task })
    await operations[name].operate!(sessions, id)
    tell.happened({ is: "answered", ...answered, code: undefined })
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    tell.happened({ is: "failed", ...answered, code: error.code })
  }
}

/** The clock, which moves on at some moment. */
function clock(
  desk: Desk,
  store: MemoryStore,
  { id, now, passes = 0 }: Place,
  process: number,
  tell: Telling,
): Task {
  const over = desk.turnOf(process).then(async () => {
    time.now = now + passes * 1000
    tell.happened({ is: "time passed", isSessionOver: (await store.read(id)) === undefined })
  })
  return { process, over }
}
