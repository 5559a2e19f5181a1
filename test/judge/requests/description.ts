import { type Ask, isUnknown, type Offence, type Visit } from "./visit.ts"

/** The offence in words: a line for each request, in the order of their beginnings. Those that contradict each other are marked. */
export function describe({ rule, visits: marked }: Offence, all: readonly Visit[]): string {
  const start = Math.min(...marked.map(({ begin }) => begin))
  const from = start - AROUND
  const to = Math.max(...marked.map((visit) => (isUnknown(visit) ? visit.begin : visit.end)))
  const ids = new Set(marked.flatMap(idsOf))
  const around = all.filter(
    (visit) => visit.begin <= to && visit.end >= from && idsOf(visit).some((id) => ids.has(id)),
  )
  const shown = around.length <= MOST ? around : around.filter(isTelling).slice(-MOST)
  const lines = [...new Set([...marked, ...shown])]
    .sort((one, other) => one.number - other.number)
    .map((visit) => `${marked.includes(visit) ? "▶" : " "} ${lineOf(visit, start)}`)
  return [`Broken: ${rule}`, ...lines].join("\n")
}

/** Whether it changes more than data. */
function isTelling({ ask, given }: Visit): boolean {
  return given !== undefined || !["read", "set", "add"].includes(ask.do)
}

function idsOf({ sentId, givenId, seen, ask }: Visit): string[] {
  return [
    sentId,
    givenId,
    seen?.isNew ? undefined : seen?.id,
    ask.do === "revoke" ? ask.id : undefined,
  ].filter((id) => id !== undefined)
}

function lineOf(visit: Visit, start: number): string {
  const { number, by, begin, end, sent, given, seen, status, server, isCopy, code } = visit
  const took = `${(begin - start).toFixed(1)}–${(end - start).toFixed(1)} ms`
  const found = seen
    ? seen.isNew
      ? "nobody"
      : `${seen.user} in ${short(seen.id)} ${JSON.stringify(briefly(seen.data))}`
    : ""
  const parts = [
    `#${number} ${by}${isCopy ? " (a copy)" : ""} at ${server ?? "?"}`,
    took,
    wordsOf(visit.ask),
    sent === undefined ? "without a cookie" : `with ${secretOf(sent)}`,
    `→ ${status ?? "?"}${code === undefined ? "" : ` ${code}`}`,
    found,
    given === undefined ? "" : given === null ? "cookie cleared" : `given ${secretOf(given)}`,
  ]
  return parts.filter(Boolean).join(" ")
}

function wordsOf({ do: what, ...rest }: Ask): string {
  return `${what}(${Object.values(rest).map(short).join(", ")})`
}

/** Steps grow long. */
function briefly({ steps, ...data }: { readonly steps?: readonly string[] }): object {
  return { ...data, ...(steps && { steps: `${steps.length}, the last ${steps.at(-1)}` }) }
}

function secretOf(cookies: string): string {
  return `${short(cookies.replace(/^session=/, ""))}…${cookies.slice(-4)}`
}

function short(text: string): string {
  return text.length > 16 ? text.slice(0, 6) : text
}

/** Milliseconds before the first of them. */
const AROUND = 50
/** The most requests around that are shown. */
const MOST = 40
