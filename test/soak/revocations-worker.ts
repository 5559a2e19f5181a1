import { createSessions, type Session } from "../../src/index.ts"
import { turnClock } from "./clock.ts"
import { serveOrders } from "./crew.ts"
import { openStore } from "./store.ts"
import { cookieIn, soon } from "./turns.ts"

/** What a request does to a session. */
export type SessionTask = "rotate" | "renew" | "login again" | "sign in"

export interface RevocationOrder {
  /** By how many seconds the clock moves on first. */
  readonly pass: number
  readonly userId: string
  /** The user's mark, from before anything else. */
  readonly mark: string
  readonly tasks: readonly { readonly task: SessionTask; readonly cookie: string | undefined }[]
  /** Whether to revoke the user's sessions in the middle of it all, all but this one. */
  readonly except?: string
}

export interface RevocationAnswer {
  /** What browsers were given. */
  readonly cookies: readonly string[]
  /** Logins that were told that they came too late. */
  readonly refused: number
}

const { url, skew } = JSON.parse(process.argv[2]!) as { url: string; skew: number }
turnClock(skew)
const store = await openStore(url)
const sessions = createSessions<{ n?: number }>({ store, renew: 600, grace: 60, timeout: 30 })

serveOrders<RevocationOrder, RevocationAnswer>(async ({ pass, userId, mark, tasks, except }) => {
  turnClock(pass)
  const cookies: string[] = []
  let refused = 0
  const works: Record<SessionTask, (session: Session<{ n?: number }>) => unknown> = {
    rotate: (session) => session.rotate(),
    renew: (session) => session.userId,
    "login again": (session) => session.login(userId, { mark }),
    "sign in": (session) => session.login(userId, { mark }),
  }
  const request = async (task: SessionTask, cookie: string | undefined): Promise<void> => {
    await soon()
    const session = await sessions.open(cookie === undefined ? {} : { cookie }).load()
    await soon()
    works[task](session)
    try {
      const given = cookieIn((await sessions.commit(session)).headers)
      if (given) cookies.push(given)
    } catch (error) {
      if ((error as { code?: string }).code !== "ERR_SESSION_ENDED") throw error
      refused++
    }
  }
  const revoke = async (): Promise<void> => {
    await soon()
    await sessions.revokeUser(userId, { except })
  }
  await Promise.all([...tasks.map(({ task, cookie }) => request(task, cookie)), except && revoke()])
  return { cookies, refused }
}, store.close)
