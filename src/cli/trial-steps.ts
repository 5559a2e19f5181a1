import type { Session, Sessions, Store, UserIndex } from "../index.ts"

// What doctor tries: each step does what applications do, and fails with a sentence where the store did not do as it should.

/** What is put into it. */
export interface Data {
  n?: number
}

/** Who tries it. */
export interface Visitor {
  readonly sessions: Sessions<Data>
  readonly store: Store & Partial<UserIndex>
  readonly user: string
  /** The cookie of the session that is tried, once there is one. */
  cookie?: string
  isSignedIn?: boolean
}

/** One thing that applications do with a session. */
export interface Step {
  readonly name: string
  readonly done: string
  /** Whether what comes before it has worked. */
  readonly isPossible?: (visitor: Visitor) => boolean
  readonly take: (visitor: Visitor) => Promise<unknown>
}

const hasSession = ({ cookie }: Visitor): boolean => cookie !== undefined

/** In the order in which they are tried. */
export const STEPS: readonly Step[] = [
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

function expect(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(`${otherwise}: is this a replica, or does something remove records?`)
}

/** How long what is tried lives, in seconds. */
const LIFE = 60

/** By how many milliseconds a deadline is moved. */
const SLIDE = 3000
