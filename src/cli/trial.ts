import { randomBytes } from "node:crypto"
import { createSessions, type Session, type Sessions, type Store, type UserIndex } from "../index.ts"
import type { Finding } from "../stores/backend.ts"
import { advised } from "./advice.ts"

/**
 * Does what applications do with a session of a user that is nobody's. Gives a finding for each step that fails, or one
 * that says that all went well. What it wrote is removed again, and ends within a minute if that can't be done.
 */
export async function trial(store: Store & Partial<UserIndex>, signal: AbortSignal): Promise<Finding[]> {
  const { noted, remove } = noting(store)
  const sessions = createSessions<Data>({ store: noted, warn: () => {} })
  const visitor: Visitor = {
    sessions,
    store: noted,
    user: `holdfast-doctor-${randomBytes(8).toString("hex")}`,
  }
  const findings: Finding[] = []
  const done: string[] = []
  let isSilent = false

  async function take(step: Step): Promise<void> {
    try {
      await step.take(visitor)
      done.push(step.done)
    } catch (error) {
      findings.push({ name: step.name, value: "failed", problem: advised(error) })
      // What does not answer would not answer what follows either.
      isSilent = isTimeout(error)
    }
  }
  for (const step of STEPS)
    if (!isSilent && !signal.aborted && (step.isPossible?.(visitor) ?? true)) await take(step)
  if (!isSilent) await take({ name: "remove", done: "removed", take: remove })
  if (findings.length > 0) return findings
  const value = `a session was ${done.slice(0, -1).join(", ")} and ${done.at(-1)}`
  return [{ name: "trial", value, ...(!store.listByUser && { remark: NO_INDEX }) }]
}

interface Data {
  n?: number
}

/** Who tries it. */
interface Visitor {
  readonly sessions: Sessions<Data>
  readonly store: Store & Partial<UserIndex>
  readonly user: string
  /** The cookie of the session that is tried, once there is one. */
  cookie?: string
  isSignedIn?: boolean
}

interface Step {
  readonly name: string
  readonly done: string
  /** Whether what comes before it has worked. */
  readonly isPossible?: (visitor: Visitor) => boolean
  readonly take: (visitor: Visitor) => Promise<unknown>
}

const hasSession = ({ cookie }: Visitor): boolean => cookie !== undefined

const STEPS: readonly Step[] = [
  {
    name: "begin",
    done: "begun",
    async take(visitor) {
      visitor.cookie = await given(visitor, undefined, (session) => {
        session.data.n = 1
        session.setExpiry(LIFE)
      })
    },
  },
  {
    name: "sign in",
    done: "signed in",
    async take(visitor) {
      visitor.cookie = await given(visitor, visitor.cookie, (session) => {
        session.data.n = 1
        session.setExpiry(LIFE)
        session.login(visitor.user)
      })
      visitor.isSignedIn = true
    },
  },
  {
    name: "read",
    done: "read",
    isPossible: hasSession,
    async take(visitor) {
      const session = await opened(visitor)
      expect(!session.isNew && session.data.n === 1, "A session that was just stored is not there")
      const user = visitor.isSignedIn ? visitor.user : null
      expect(session.userId === user, "A user who has just signed in is not signed in")
    },
  },
  {
    name: "list",
    done: "listed",
    isPossible: ({ store, isSignedIn = false }) => isSignedIn && store.listByUser !== undefined,
    async take(visitor) {
      const { id } = await opened(visitor)
      const listed = await visitor.sessions.list(visitor.user)
      expect(
        listed.some((session) => session.id === id),
        "A session that was just stored is not among its user's",
      )
    },
  },
  {
    name: "change",
    done: "changed",
    isPossible: hasSession,
    async take(visitor) {
      await visit(visitor, visitor.cookie, ({ data }) => Object.assign(data, { n: 2 }))
      expect((await opened(visitor)).data.n === 2, "A change that was just stored is not there")
    },
  },
  {
    name: "extend",
    done: "extended",
    isPossible: hasSession,
    async take(visitor) {
      const { store } = visitor
      const { id } = await opened(visitor)
      const found = await store.read(id, { fresh: true })
      const isMoved = found && (await store.touch(id, found.record.expiresAt + SLIDE, found.version))
      const after = await store.read(id, { fresh: true })
      // A store that counts in whole seconds is as good.
      const gained = (after?.record.expiresAt ?? 0) - (found?.record.expiresAt ?? 0)
      expect(isMoved === true && gained >= SLIDE / 2, "The deadline of a session could not be moved")
    },
  },
  {
    name: "rotate",
    done: "rotated",
    isPossible: hasSession,
    async take(visitor) {
      const before = visitor.cookie
      visitor.cookie = await given(visitor, before, (session) => session.rotate())
      expect(!(await opened(visitor)).isNew, "A session is not there under its new token")
      expect((await opened(visitor, before)).isNew, "A token that was replaced still opens its session")
    },
  },
  {
    name: "revoke",
    done: "revoked",
    isPossible: ({ isSignedIn = false }) => isSignedIn,
    async take(visitor) {
      const other = await given(visitor, undefined, (session) => {
        session.setExpiry(LIFE)
        session.login(visitor.user)
      })
      const { id } = await opened(visitor, other)
      expect(await visitor.sessions.revoke(id), "A session that was just stored could not be revoked")
      expect((await opened(visitor, other)).isNew, "A session that was revoked is still there")
    },
  },
  {
    name: "end",
    done: "ended",
    isPossible: hasSession,
    async take(visitor) {
      await visit(visitor, visitor.cookie, (session) => session.logout())
      expect((await opened(visitor)).isNew, "A session that was ended is still there")
    },
  },
]

/** Of a request with this cookie the cookie that its answer sets, if it does. */
async function visit(
  { sessions }: Visitor,
  cookie: string | undefined,
  work: (session: Session<Data>) => unknown,
): Promise<string | undefined> {
  const session = await sessions.open(cookie === undefined ? {} : { cookie }).load()
  work(session)
  const { headers } = await sessions.commit(session)
  return headers.find(([name]) => name === "set-cookie")?.[1].split(";", 1)[0]
}

async function given(...visiting: Parameters<typeof visit>): Promise<string> {
  const cookie = await visit(...visiting)
  if (cookie === undefined) throw new Error("A session that was stored got no cookie")
  return cookie
}

function opened({ sessions, cookie }: Visitor, other = cookie): Promise<Session<Data>> {
  return sessions.open({ cookie: other ?? "" }).load()
}

/** Whether the store failed by not answering. */
function isTimeout(error: unknown): boolean {
  return (error as { cause?: { name?: unknown } }).cause?.name === "TimeoutError"
}

function expect(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(`${otherwise}: is this a replica, or does something remove records?`)
}

/** The store, remembering what was written, and the way to remove all of it. */
function noting(store: Store & Partial<UserIndex>): {
  readonly noted: Store & Partial<UserIndex>
  remove(): Promise<void>
} {
  const ids = new Set<string>()
  return {
    noted: {
      ...store,
      create(record) {
        ids.add(record.id)
        return store.create(record)
      },
    },
    async remove() {
      for (const id of ids) await store.delete(id)
    },
  }
}

const NO_INDEX = "It can't find sessions by their user: they can't be listed or revoked by user"

/** How long what is tried lives, in seconds. */
const LIFE = 60

/** By how many milliseconds a deadline is moved. */
const SLIDE = 3000
