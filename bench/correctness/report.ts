import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { barChart } from "../requests/chart.ts"
import type { circumstances } from "../requests/report.ts"
import { table, writeResults } from "../results.ts"
import { CONTESTS, type Contest } from "./contests.ts"
import type { Tally } from "./tally.ts"

/** How the requests were made. */
export interface Setting {
  readonly rounds: number
  /** Of each library in each round. */
  readonly requests: number
  /** Of each library in the round in which no browser has two requests under way. */
  readonly oneByOne: number
  readonly browsers: number
  /** How many requests each browser has under way. */
  readonly lanes: number
  /** For how many milliseconds a page is busy, at most. */
  readonly busy: number
  readonly seed: number
}

/** What was counted in a contest, and where. */
export type Counted = Pick<Contest, "framework" | "store"> &
  ReturnType<typeof circumstances> & {
    readonly setting: Setting
    readonly figures: readonly Figures[]
  }

export interface Figures {
  readonly library: string
  readonly rounds: readonly Tally[]
  /** The same, where no browser has two requests under way. */
  readonly oneByOne: readonly Tally[]
}

/** Takes the new figures into those of earlier runs: the page of results, a file of JSON and a chart. */
export function report(fresh: readonly Counted[]): void {
  const key = ({ framework, store }: Pick<Counted, "framework" | "store">): string => `${framework} ${store}`
  const known = new Map([...earlier(), ...fresh].map((counted) => [key(counted), counted]))
  const all = CONTESTS.flatMap((contest) => known.get(key(contest)) ?? [])
  mkdirSync(new URL("../results/", import.meta.url), { recursive: true })
  writeFileSync(new URL("../results/correctness.svg", import.meta.url), chartOf(all))
  writeResults("What parallel requests lose", "correctness", sectionOf(all), all)
}

function earlier(): readonly Counted[] {
  const file = new URL("../results/correctness.json", import.meta.url)
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : []
}

/** One contest as lines for the terminal. */
export function linesOf({ framework, store, figures }: Counted): string {
  return `${framework} ${store}\n${table([["", ...HEAD], ...figures.map((row) => [row.library, ...cellsOf(row)])])}\n`
}

const HEAD = [
  "requests",
  "changes",
  "lost",
  "lost of 100,000 requests",
  "logouts undone",
  "logins lost",
  "one by one",
]

function cellsOf({ rounds, oneByOne }: Figures): string[] {
  const of = (part: keyof Tally, whole: keyof Tally): string =>
    `${count(sum(rounds, part))} of ${count(sum(rounds, whole))}`
  const rates = rounds.map(lostOf100000)
  return [
    count(sum(rounds, "requests")),
    count(sum(rounds, "changes")),
    count(sum(rounds, "lostUpdates")),
    `${count(median(rates))} (${count(Math.min(...rates))}–${count(Math.max(...rates))})`,
    of("undoneLogouts", "logouts"),
    of("lostLogins", "logins"),
    count(sum(oneByOne, "lostUpdates") + sum(oneByOne, "undoneLogouts") + sum(oneByOne, "lostLogins")),
  ]
}

function chartOf(all: readonly Counted[]): string {
  return barChart({
    title: "What parallel requests lose",
    unit: "acknowledged changes lost of 100,000 requests",
    groups: all.map(({ framework, store, figures }) => ({
      name: `${framework}, ${store}`,
      bars: figures.map(({ library, rounds }) => {
        const rates = rounds.map(lostOf100000)
        return { name: library, value: median(rates), least: Math.min(...rates), most: Math.max(...rates) }
      }),
    })),
  })
}

function lostOf100000({ lostUpdates, requests }: Tally): number {
  return (lostUpdates / requests) * 100_000
}

function sum(tallies: readonly Tally[], name: keyof Tally): number {
  return tallies.reduce((all, tally) => all + tally[name], 0)
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1]!
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en")
}

function sectionOf(all: readonly Counted[]): string {
  const [{ setting, machine, versions, date }] = all as [Counted]
  const rows = all.flatMap(({ framework, store, figures }) =>
    figures.map((row, n) => [n === 0 ? `${framework}, ${store}` : "", row.library, ...cellsOf(row)]),
  )
  const { browsers, lanes, busy, rounds, requests, oneByOne, seed } = setting
  return [
    "![Acknowledged changes lost of 100,000 requests, by library](results/correctness.svg)",
    table([["", "", ...HEAD], ...rows]),
    `**How it is counted.** Each library has the same site: a page that looks at the session, is busy for 0 to ${busy} ms, and then reads, sets one of four keys to a value that is used once, signs in, or signs out. ${browsers} browsers with a cookie jar each have ${lanes} requests under way, one after the other in each lane, over two processes (one where sessions are in memory). Nothing fails meanwhile. 30 % of the requests set a key, 0.5 % sign out and 0.5 % sign in again; where nobody is signed in 15 % sign in. ${rounds} rounds of ${requests.toLocaleString("en")} requests each, with seeds from ${seed} on, in which the libraries take turns; the rate is the median and range of the rounds. A request counts as answered once all of its answer is there. All answers are kept and judged afterwards:`,
    [
      "- *lost*: an acknowledged change of a key that a later request of the same session did not see, though nobody had changed that key since, and nobody had signed in or out in that session.",
      "- *logouts undone*: acknowledged logouts after which a request that began later found the session.",
      "- *logins lost*: acknowledged logins after which a later request of the same browser was not signed in, though it had not signed out. Logins with another login or logout of the browser beside them do not count. Nor do those beside a request that came without a session, or with an older cookie, and was given a session: which of both the browser keeps is up to the order in which the answers arrive.",
      `- *one by one*: all three, in a further round of ${oneByOne.toLocaleString("en")} requests in which no browser has two under way. It shows that what is counted comes from requests that run side by side.`,
    ].join("\n"),
    "These browsers never rest. A site whose visitors seldom have two requests under way that write loses proportionately less: what the table shows is how a library behaves when they meet, and not how often that happens on a site. How often they meet here also depends on the machine and on what else it does; this one had other work meanwhile.",
    "**How each is set up, and what it promises.** As its README says, with `resave: false` and `saveUninitialized: false` where there are such options. A login calls `regenerate()`, a logout `destroy()`, with koa-session `ctx.session = null`; holdfast's are `login()` and `logout()`.",
    PROMISES,
    "**Where the differences come from.** A library that reads the whole session when a request begins and writes the whole of it when it ends takes back whatever other requests wrote meanwhile: their keys, and also the end of the session, which such a write makes anew. holdfast writes by compare-and-swap, lays each request's changed keys over what the others stored, and leaves a tombstone in the place of a session that has ended. In a cookie there is no place in which requests could meet, so that there holdfast loses as much as others do; its documentation says so.",
    `To repeat it: \`npm run judge:peers\`. ${machine}; ${relevant(versions)}; ${date}.`,
  ].join("\n\n")
}

const PROMISES = [
  "- express-session says that with `resave: true` parallel requests may overwrite each other's changes, also where they change nothing, and that `saveUninitialized: false` helps where they come without a session. It promises nothing for sessions that two requests change.",
  "- @fastify/session and koa-session say nothing of parallel requests. With the former `rolling` is on where nobody says otherwise, so that requests that only read store their session too; it is counted without that as well.",
  "- holdfast promises that parallel requests lose no update, that a logout stays a logout, and that nobody is signed out by a login beside other requests; of sessions sealed in the cookie it promises none of the three.",
].join("\n")

function relevant(versions: Readonly<Record<string, string>>): string {
  const names = [
    "node",
    "holdfast",
    "express",
    "express-session",
    "connect-redis",
    "connect-pg-simple",
    "fastify",
    "@fastify/session",
    "koa",
    "koa-session",
    "redis-server",
    "PostgreSQL",
  ]
  return names.flatMap((name) => (versions[name] ? [`${name} ${versions[name]}`] : [])).join(", ")
}
