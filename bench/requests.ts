/**
 * Measures what a session costs a request, beside the same page without one and beside other libraries.
 *
 *     node bench/requests.ts [--quick] [--only read,redis,express]
 *
 * `--only` takes names of works, stores, frameworks and libraries; what is named of each kind is what is measured.
 * `--quick` takes a minute or two, and its figures go nowhere but to the terminal: they are rough, taken before the compiler is done.
 */
import { parseArgs } from "node:util"
import { installPeers } from "./install.ts"
import { type Address, openAddress } from "./requests/address.ts"
import { FULL, LOAD_CORE, measure, QUICK, type Target } from "./requests/measure.ts"
import { settleOn } from "./requests/process.ts"
import { circumstances, linesOf, type Measured, report } from "./requests/report.ts"
import { GROUPS, type Group, type StoreName } from "./requests/target.ts"
import { WORKS, type Work } from "./requests/work.ts"

const { values } = parseArgs({ options: { quick: { type: "boolean" }, only: { type: "string" } } })
const pace = values.quick ? QUICK : FULL
const pairs = chosen(values.only?.split(",") ?? []).filter(
  (pair) => values.only !== undefined || !values.quick || isAtTheHeart(pair),
)

installPeers()
await settleOn(LOAD_CORE)
const addresses = new Map<StoreName, Address>()
const all: Measured[] = []
try {
  for (const [n, { group, work }] of pairs.entries()) {
    const { framework, store } = group
    if (!addresses.has(store)) addresses.set(store, await openAddress(store))
    const targets = targetsOf(group, work, addresses.get(store)!.address)
    const figures = await measure(targets, work, pace)
    const measured = { framework, store, work: work.name, pace, ...circumstances(), figures }
    all.push(measured)
    console.log(`${n + 1} of ${pairs.length}: ${linesOf(measured)}`)
  }
} finally {
  for (const { close } of addresses.values()) await close()
}
if (!values.quick) report(all)

/** A site for each library of the group. */
function targetsOf({ framework, store, libraries }: Group, { isLazy }: Work, address: string): Target[] {
  return libraries.map((library) => ({
    name: library,
    framework,
    plan: { store, library, address, isLazy, sessions: 0 },
    isKept: library !== "bare" && library !== "empty",
  }))
}

/** The works of each group that are to be measured. */
function chosen(names: readonly string[]): { group: Group; work: Work }[] {
  const known = [
    GROUPS.map(({ framework }) => framework),
    GROUPS.map(({ store }) => store),
    WORKS.map(({ name }) => name),
    GROUPS.flatMap(({ libraries }) => libraries),
  ].map((kind) => new Set<string>(kind))
  const stray = names.find((name) => !known.some((kind) => kind.has(name)))
  if (stray !== undefined)
    throw new TypeError(
      `--only takes names of ${known.map((kind) => [...kind].join(", ")).join("; ")}; not "${stray}"`,
    )
  const [frameworks, stores, works, libraries] = known.map((kind) => {
    const named = names.filter((name) => kind.has(name))
    return (name: string): boolean => named.length === 0 || named.includes(name)
  })
  return GROUPS.filter(({ framework, store }) => frameworks!(framework) && stores!(store)).flatMap(
    (group) => {
      const measured = {
        ...group,
        libraries: group.libraries.filter((name) => name === "bare" || libraries!(name)),
      }
      return WORKS.filter(({ name }) => works!(name))
        .filter((work) => isWorth(work, group))
        .map((work) => ({ group: worthFor(work, measured), work }))
    },
  )
}

/** Not every pair says something new: from every side it is looked at where Express meets a server. */
function isWorth({ name }: Work, { framework, store }: Group): boolean {
  if (framework === "express" && store === "redis") return true
  if (["read", "visitor", "write", "login"].includes(name)) return true
  return (
    framework === "express" && (store === "sqlite" || store === "postgres") && ["lazy", "hot"].includes(name)
  )
}

/** A middleware that does nothing is measured where ours does little more, the near-cache where it matters. */
function worthFor({ name }: Work, group: Group): Group {
  const isWorthIt = (library: string): boolean => {
    if (library === "empty") return name === "lazy" || name === "visitor"
    return library !== "near-cache" || name === "read" || name === "write"
  }
  return { ...group, libraries: group.libraries.filter(isWorthIt) }
}

/** What a quick run is about: the three stores on Express, and what costs no store anything. */
function isAtTheHeart({
  group: { framework, store },
  work: { name },
}: {
  group: Group
  work: Work
}): boolean {
  if (framework !== "express" || store === "memory" || store === "cookie") return false
  return name === "read" || (store === "redis" && (name === "visitor" || name === "lazy"))
}
