import type { Found } from "../../index.ts"
import { isDone, isUnknown, type StoreCall } from "./call.ts"
import type { Violation } from "./violation.ts"

/**
 * The violation in words and as a picture: a line for each call, in the order of their beginnings, its bar from its beginning to
 * its end. The calls that contradict each other are marked; those around them on the same id are there for the story.
 */
export function drawn({ rule, calls: marked }: Violation, history: readonly StoreCall[], width = 60): string {
  const from = Math.min(...marked.map(({ begin }) => begin))
  const to = Math.max(...marked.map((call) => Math.max(call.begin, isUnknown(call) ? call.begin : call.end)))
  const ids = new Set(marked.map(({ id }) => id))
  const around = history
    .filter((call) => marked.includes(call) || (ids.has(call.id) && call.end >= from && call.begin <= to))
    .sort((one, other) => one.begin - other.begin)
  const shown = around.length <= MOST ? around : around.filter((call) => marked.includes(call))
  const start = Math.min(...shown.map(({ begin }) => begin))
  const scale = (width - 1) / Math.max(to - start, 0.001)
  const column = (instant: number): number =>
    Math.min(width - 1, Math.max(0, Math.round((instant - start) * scale)))
  const words = shown.map(
    (call) => `${marked.includes(call) ? "▶" : " "} ${call.by.padEnd(8)} ${wordsOf(call)}`,
  )
  const widest = Math.max(...words.map(({ length }) => length))
  const lines = shown.map((call, n) => {
    const [left, right] = [column(call.begin), isUnknown(call) ? width - 1 : column(call.end)]
    const bar = `${" ".repeat(left)}├${"─".repeat(Math.max(0, right - left - 1))}${isUnknown(call) ? "…" : right > left ? "┤" : ""}`
    return `${words[n]!.padEnd(widest)}  ${bar}`
  })
  return [`Broken: ${rule}. ${(to - start).toFixed(1)} ms of ${[...ids].join(", ")}`, ...lines].join("\n")
}

function wordsOf(call: StoreCall): string {
  const { call: kind, given, version, answer } = call
  const asked = [given && short(given.payload), version !== undefined && `over ${short(version)}`].filter(
    Boolean,
  )
  return `${kind}(${asked.join(" ")}) → ${isUnknown(call) ? "?" : isDone(call) ? answered(answer) : "no"}`
}

function answered(answer: StoreCall["answer"]): string {
  if (answer === true) return "done"
  if (Array.isArray(answer)) return `${answer.length} records`
  if (typeof answer === "object") return short((answer as Found).record.payload)
  return short(answer as string | number)
}

function short(value: string | number): string {
  const text = String(value)
  return text.length <= 14 ? text : `${text.slice(0, 6)}…${text.slice(-6)}`
}

/** The most calls of a drawing that shows the calls around. */
const MOST = 40
