import { once } from "node:events"
import { createSessions, type Sessions } from "../../src/index.ts"
import { openStore } from "./store.ts"

/** What a worker is to do. */
export interface Order {
  readonly url: string
  /** The cookie of the session to write to. */
  readonly written: string
  /** The cookie of the session that will be logged out. */
  readonly ended: string
  readonly worker: number
  readonly seconds: number
}

/** What a worker did. */
export interface Tally {
  commits: number
  updates: number
  refused: number
  revivals: number
  /** The last acknowledged value of each of its keys. */
  keys: Record<string, number>
}

export type HammerData = { n: number; [key: string]: number }

const LEAST = 6

const order: Order = JSON.parse(process.argv[2]!)
const tally: Tally = { commits: 0, updates: 0, refused: 0, revivals: 0, keys: {} }
const store = await openStore(order.url)
const sessions: Sessions<Partial<HammerData>> = createSessions<HammerData>({ store, timeout: 20 })

/** Four lanes of requests, one after another in each, until the time is up and each has made `LEAST`. */
async function work(seconds: number, request: (count: number, lane: number) => Promise<void>): Promise<void> {
  const end = Date.now() + seconds * 1000
  const run = async (lane: number): Promise<void> => {
    for (let count = 0; Date.now() < end || count < LEAST; count++) await request(count, lane).catch(refuse)
  }
  await Promise.all([0, 1, 2, 3].map(run))
}

/** Only an error of ours refuses a request; anything else is the test's own. */
function refuse(error: unknown): void {
  const { code } = error as { code?: string }
  if (code !== "ERR_SESSION_CONFLICT" && code !== "ERR_SESSION_ENDED") throw error
  tally.refused++
}

await work(order.seconds * 0.8, async (count, lane) => {
  const session = await sessions.open({ cookie: order.written }).load()
  if (count % 2 === 0) {
    await session.update((data) => {
      data.n = (data.n ?? 0) + 1
    })
    tally.updates++
  } else {
    const key = `worker${order.worker}-lane${lane}-key${count % 10}`
    session.data[key] = count
    await sessions.commit(session)
    tally.commits++
    tally.keys[key] = count
  }
})

let isLoggedOut = false
const told = once(process, "message").then(() => {
  isLoggedOut = true
})
const touchEnded = async (count: number): Promise<void> => {
  const wasLoggedOut = isLoggedOut
  const session = await sessions.open({ cookie: order.ended }).load()
  if (wasLoggedOut && !session.isNew) tally.revivals++
  if (session.isNew) return
  session.data[`worker${order.worker}`] = count
  await sessions.commit(session)
}
process.send!("half way")
await work(order.seconds * 0.2, touchEnded)
await told
for (let n = 0; n < 5; n++) await touchEnded(n).catch(refuse)
process.send!(tally)
await store.close()
process.disconnect?.()
