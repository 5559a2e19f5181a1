import { setTimeout as sleep } from "node:timers/promises"
import type { Browser } from "./browser.ts"
import type { Ask } from "./visit.ts"

/** How often browsers ask for what, in parts of a thousand. What is left is reading. */
export interface Habits {
  readonly set: number
  readonly add: number
  readonly login: number
  /** A login by a browser in which nobody is signed in. */
  readonly firstLogin: number
  /** How many of the logins are as another user. */
  readonly loginAsOther: number
  readonly rotate: number
  readonly logout: number
  readonly revoke: number
  readonly revokeUser: number
  /** Reading with a cookie from before, by somebody who has a copy. */
  readonly copy: number
}

/** All that our sessions can do. */
export const EVERYTHING: Habits = {
  set: 280,
  add: 140,
  login: 10,
  firstLogin: 150,
  loginAsOther: 250,
  rotate: 8,
  logout: 4,
  revoke: 2,
  revokeUser: 2,
  copy: 40,
}

/** What every session library can do. */
export const ORDINARY: Habits = {
  set: 300,
  add: 0,
  login: 5,
  firstLogin: 150,
  loginAsOther: 0,
  rotate: 0,
  logout: 5,
  revoke: 0,
  revokeUser: 0,
  copy: 0,
}

/** How requests are drawn. */
export interface Workload {
  readonly habits: Habits
  /** Numbers from 0 to 1, in an order that a seed decides. */
  readonly random: () => number
  readonly users: readonly string[]
  /** For how many milliseconds a page is busy before it changes its session, at most. */
  readonly busy: number
  /** A session that somebody has, for an operator to revoke. */
  readonly someId: () => string | undefined
  /** Whether to go on. */
  readonly goesOn: () => boolean
}

/** Sends one request after another in a browser, beside its other lanes. */
export async function work(browser: Browser, home: string, workload: Workload): Promise<void> {
  const { habits, random, users, busy, someId, goesOn } = workload
  let count = 0
  const lane = Math.floor(random() * 1e9).toString(36)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const value = (): string => `${browser.name}.${lane}.${++count}`

  function draw(): Ask | "copy" {
    let at = random() * 1000
    const isIt = (parts: number): boolean => {
      at -= parts
      return at < 0
    }
    if (isIt(habits.set)) return { do: "set", key: pick(KEYS), value: value() }
    if (isIt(habits.add)) return { do: "add", value: value() }
    if (isIt(browser.user === null ? habits.firstLogin : habits.login))
      return { do: "login", user: random() * 1000 < habits.loginAsOther ? pick(users) : home }
    if (isIt(habits.rotate)) return { do: "rotate" }
    if (isIt(habits.logout)) return { do: "logout" }
    if (isIt(habits.revokeUser)) return { do: "revokeUser", user: pick(users) }
    if (isIt(habits.copy)) return "copy"
    const id = isIt(habits.revoke) ? someId() : undefined
    return id === undefined ? { do: "read" } : { do: "revoke", id }
  }

  while (goesOn()) {
    const ask = draw()
    const visit =
      ask === "copy" ? await browser.sendCopy({ do: "read" }) : await browser.send(ask, random() * busy)
    // One that could not be sent would be tried again at once, and one that failed adds to what is wrong.
    await sleep(visit?.status === undefined ? 20 : random() * 4)
  }
}

/** Few keys, so that requests meet at each, and enough to meet beside each other. */
const KEYS = ["a", "b", "c", "d"]
