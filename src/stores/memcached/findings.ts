import type { Finding } from "../backend.ts"
import { MAX_ITEM_BYTES } from "./layout.ts"
import type { Stats } from "./stats.ts"

/** Whether a server with these figures and settings is fit to keep sessions. */
export function findingsOf({ figures, settings }: Stats): Finding[] {
  const number = (name: string): number => Number(figures.get(name) ?? 0)
  return [
    server(figures.get("version") ?? "unknown", number("uptime")),
    ...(settings.get("cas_enabled") === "no" ? [NO_CAS] : []),
    memory({
      share: number("bytes") / number("limit_maxbytes"),
      evicted: number("evictions"),
      refused: number("store_no_memory"),
      mayEvict: settings.get("evictions") !== "off",
      isStiff: settings.get("slab_automove") === "0",
    }),
    ...itemSize(Number(settings.get("item_size_max") ?? MAX_ITEM_BYTES)),
    connections(
      number("curr_connections"),
      // The server keeps some for itself.
      number("max_connections") - number("reserved_fds"),
      number("rejected_connections") + number("listen_disabled_num"),
    ),
    { name: "persistence", value: "none: its restart signs everybody out" },
  ]
}

function server(version: string, uptime: number): Finding {
  const value = `memcached ${version}, up for ${durationOf(uptime)}`
  if (/^(?:0|1\.[0-5])\./.test(version))
    return { name: "server", value, problem: "holdfast needs memcached 1.6: bring it up to date" }
  if (uptime >= HOUR) return { name: "server", value }
  return { name: "server", value, remark: "Whoever signed in before it was started is signed out" }
}

const NO_CAS: Finding = {
  name: "compare-and-swap",
  value: "off",
  problem:
    "Without it requests side by side overwrite each other's changes, and ended sessions come back. Start memcached without -C",
}

interface Memory {
  /** How much of it is in use, from 0 to 1. */
  readonly share: number
  /** How many living items it threw away since it was started. */
  readonly evicted: number
  /** How many items it refused to store for want of room. */
  readonly refused: number
  readonly mayEvict: boolean
  /** What is free in one size of items never serves another. */
  readonly isStiff: boolean
}

/** Whether it throws living sessions away, or refuses new ones. */
function memory(memory: Memory): Finding {
  const { share, evicted, refused, mayEvict } = memory
  const value = `${(share * 100).toFixed(0)} % used, ${mayEvict ? `${evicted} evicted` : `${refused} refused`}`
  const problem = lossOf(memory)
  if (problem) return { name: "memory", value, problem }
  const next = mayEvict ? "throws living sessions away" : "refuses logins"
  const remark = `It is nearly full, and ${next} then. Give it more memory (-m)`
  return { name: "memory", value, ...(share > TIGHT && { remark }) }
}

function lossOf({ share, evicted, refused, isStiff }: Memory): string | undefined {
  if (refused > 0)
    return "It had no room for what was to be stored: logins failed. Give it more memory (-m), or sessions a server of their own"
  if (evicted === 0) return undefined
  return isStiff && share < LOOSE
    ? "It throws living sessions away, although there is room, which it keeps for items of other sizes. Start it without slab_automove=0 and no_modern"
    : "It throws living sessions away to make room. Give it more memory (-m), or sessions a server of their own"
}

/** Whether it takes as large a session as the store believes. */
function itemSize(limit: number): Finding[] {
  const name = "item size"
  const value = `${limit} bytes at most`
  if (limit < MAX_ITEM_BYTES)
    return [
      {
        name,
        value,
        problem: `A larger session is refused, and the one that was there is lost. Start memcached with -I ${MAX_ITEM_BYTES}, or tell the store: memcachedStore(server, { maxItemBytes: ${limit} })`,
      },
    ]
  if (limit === MAX_ITEM_BYTES) return []
  const remark = `The store takes ${MAX_ITEM_BYTES} bytes unless it is told: memcachedStore(server, { maxItemBytes: ${limit} })`
  return [{ name, value, remark }]
}

function connections(open: number, limit: number, refused: number): Finding {
  const finding = { name: "connections", value: `${open} of ${limit}, ${refused} refused` }
  const problem = "Who gets none can't read a session. Allow more of them (-c)"
  return { ...finding, ...((refused > 0 || open > limit * CROWDED) && { problem }) }
}

function durationOf(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`
  if (seconds < 2 * HOUR) return `${Math.floor(seconds / 60)} minutes`
  if (seconds < 48 * HOUR) return `${Math.floor(seconds / HOUR)} hours`
  return `${Math.floor(seconds / HOUR / 24)} days`
}

const HOUR = 3600

/** Shares of memory: below the first there is room, above the second it is nearly full. Of connections: nearly all. */
const LOOSE = 0.7
const TIGHT = 0.85
const CROWDED = 0.8
