import { createSessions, type SessionOptions, type SessionRecord, type Sessions } from "../../src/index.ts"
import { memoryStore } from "../../src/stores/memory/index.ts"
import { type Data, type MemoryStore, request, surround } from "../security/stage.ts"
import { outsideTime, time } from "./time.ts"

/** A session somewhere in its life, where requests meet. */
export interface Place {
  readonly options: Partial<SessionOptions<Data>>
  readonly records: readonly SessionRecord[]
  /** The instant at which the requests set out. */
  readonly now: number
  /** What the browser holds then; what it held before, if that still opens the session. */
  readonly cookies: readonly [newest: string, superseded?: string]
  /** A cookie of the same name that stays beside the others, as after a change of the cookie's domain. */
  readonly beside: string | undefined
  readonly id: string
  readonly userId: string | null
  /** The session that the login left which began this one, as a moment after a renewal. */
  readonly left: { readonly id: string; readonly cookie: string } | undefined
  /** The deadline of the session. */
  readonly expiresAt: number
  /** By how many seconds the clock moves on at some moment. */
  readonly passes: number | undefined
  /** Whether any use moves the deadline. */
  readonly isTouchDue: boolean
}

/** How a place is come to. */
interface Way {
  readonly userId: string | null
  readonly options?: Partial<SessionOptions<Data>>
  /** The session is used once after each of these waits, in seconds; but for the first the browser uses its newest cookie. */
  readonly waits?: readonly number[]
  /** Then its user signs in anew, and uses the session after each of these waits. */
  readonly waitsAfterLogin?: readonly number[]
  /** Which of the cookies that the browser held stays beside the newest. */
  readonly keeps?: "the first" | "the last"
  readonly passes?: number
  readonly isTouchDue?: true
}

const RENEWING = { renew: 60, grace: 60 }
const IDLE = { idle: 1000 }

export type PlaceName =
  | "anonymous"
  | "ada"
  | "ada, a renewal due"
  | "ada, renewed a moment ago"
  | "ada, renewed and in use for longer than the grace"
  | "ada, signed in anew a moment after a renewal"
  | "ada, signed in anew for longer than the grace"
  | "anonymous, a touch due"
  | "ada, a touch due"
  | "ada, a touch and a renewal due"
  | "anonymous, the idle time ends"
  | "ada, the idle time ends"
  | "ada, the absolute limit comes"
  | "ada, an old cookie beside that was cut"
  | "ada, an old cookie beside that a renewal superseded"
  | "ada, an old cookie beside that is closed"

/** Every place in the life of a session where requests may meet; the clock moves on there by less than a login keeps late requests quiet. */
const WAYS: Readonly<Record<PlaceName, Way>> = {
  anonymous: { userId: null },
  ada: { userId: "ada" },
  "ada, a renewal due": { userId: "ada", options: RENEWING, waits: [61] },
  "ada, renewed a moment ago": { userId: "ada", options: RENEWING, waits: [61, 1] },
  "ada, renewed and in use for longer than the grace": {
    userId: "ada",
    options: RENEWING,
    waits: [61, 1, 61],
  },
  "ada, signed in anew a moment after a renewal": {
    userId: "ada",
    options: RENEWING,
    waits: [61, 1],
    waitsAfterLogin: [1],
  },
  "ada, signed in anew for longer than the grace": {
    userId: "ada",
    options: RENEWING,
    waits: [61, 1],
    waitsAfterLogin: [1, 61],
  },
  "anonymous, a touch due": { userId: null, options: IDLE, waits: [500], isTouchDue: true },
  "ada, a touch due": { userId: "ada", options: IDLE, waits: [500], isTouchDue: true },
  "ada, a touch and a renewal due": {
    userId: "ada",
    options: { ...RENEWING, ...IDLE },
    waits: [500],
    isTouchDue: true,
  },
  "ada, the idle time ends": { userId: "ada", options: IDLE, waits: [996], isTouchDue: true, passes: 5 },
  "anonymous, the idle time ends": {
    userId: null,
    options: IDLE,
    waits: [996],
    isTouchDue: true,
    passes: 5,
  },
  "ada, the absolute limit comes": {
    userId: "ada",
    options: { idle: 5000, absolute: 1000 },
    waits: [996],
    passes: 5,
  },
  "ada, an old cookie beside that was cut": { userId: "ada", keeps: "the first" },
  "ada, an old cookie beside that a renewal superseded": {
    userId: "ada",
    options: RENEWING,
    waits: [61, 1],
    keeps: "the last",
  },
  "ada, an old cookie beside that is closed": {
    userId: "ada",
    options: { renew: 120, grace: 60 },
    waits: [121, 1, 60, 1],
    keeps: "the last",
  },
}

export const placeNames: readonly PlaceName[] = Object.keys(WAYS) as PlaceName[]

/** Whether the browser may come with a cookie that was superseded and still opens the session. */
export function hasOldCookie(place: PlaceName): boolean {
  return place === "ada, renewed a moment ago"
}

const places = new Map<PlaceName, Promise<Place>>()

/** The place of this name; come to once, however often it is asked for. */
export function placeOf(name: PlaceName): Promise<Place> {
  const known = places.get(name) ?? outsideTime(() => come(WAYS[name]))
  places.set(name, known)
  return known
}

async function come(way: Way): Promise<Place> {
  const { userId, options = {}, waits = [], waitsAfterLogin, keeps, passes, isTouchDue = false } = way
  const memory = memoryStore()
  const ids = new Set<string>()
  const store = surround(memory, (method, call, [subject]) => {
    if (method === "create") ids.add((subject as SessionRecord).id)
    return call()
  })
  const sessions = createSessions<Data>({ store, ...options } as SessionOptions<Data>)
  const cookies: string[] = []
  const use = async (work: Parameters<typeof request>[2]): Promise<void> => {
    const { cookie } = await request(sessions, cookies[0], work)
    if (cookie) cookies.unshift(cookie)
  }
  await use((session) => Object.assign(session.data, { n: 1 }))
  if (userId !== null) await use((session) => session.login(userId))
  if (keeps !== "the first") cookies.splice(1)
  const pass = async (all: readonly number[]): Promise<void> => {
    for (const [n, wait] of all.entries()) {
      time.now += wait * 1000
      if (n < all.length - 1) await use((session) => session.userId)
    }
  }
  await pass(waits)
  const leftCookie = waitsAfterLogin && cookies[0]
  const left = leftCookie ? { id: await idOf(sessions, leftCookie), cookie: leftCookie } : undefined
  if (waitsAfterLogin) {
    await use((session) => session.login("ada"))
    cookies.splice(1)
    await pass(waitsAfterLogin)
  }
  const id = await idOf(sessions, cookies[0]!)
  const records = await Promise.all([...ids].map((each) => memory.read(each)))
  const beside = keeps && cookies[1]
  return {
    options,
    records: records.flatMap((found) => found?.record ?? []),
    now: time.now,
    cookies: (beside ? [cookies[0]] : cookies) as unknown as Place["cookies"],
    beside,
    id,
    userId,
    left,
    expiresAt: (await memory.read(id))!.record.expiresAt,
    passes,
    isTouchDue,
  }
}

async function idOf(sessions: Sessions<Data>, cookie: string): Promise<string> {
  return (await sessions.open({ cookie }).load()).id
}

/** A store with what lies there. */
export async function storeAt({ records, now }: Place): Promise<MemoryStore> {
  time.now = now
  const store = memoryStore()
  for (const record of records) await store.create(record)
  return store
}
