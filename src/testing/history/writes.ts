import type { Found } from "../../index.ts"
import { isDone, isRefused, isUnknown, type StoreCall } from "./call.ts"
import type { Violation } from "./violation.ts"

/** A state of a record that was seen, or whose write was answered. */
export interface Write {
  readonly call: StoreCall
  /** What it was written over; absent for what was created. */
  parent?: Write
  /** What was written over it. */
  readonly children: Write[]
  /** Calls that found it in force at one moment between their beginning and their end: reads, touches, and writes over it. */
  readonly sights: StoreCall[]
  /** Touches of it, done or unknown. */
  readonly touches: StoreCall[]
}

/** What was written under one id. */
export interface Writes {
  readonly all: readonly Write[]
  /** The write that the version of a `replace` or `touch` stands for, where anybody ever said so. */
  writeOf(call: StoreCall): Write | undefined
}

/**
 * Finds out which calls wrote what is known to have been there, and what each was written over.
 *
 * @param listed The payloads that lists showed.
 */
export function writesOf(
  calls: readonly StoreCall[],
  listed: ReadonlySet<string>,
  tell: (violation: Violation) => void,
): Writes {
  const read = new Set(calls.filter(isFound).map(({ answer }) => (answer as Found).record.payload))
  const isShown = (payload: string): boolean => read.has(payload) || listed.has(payload)
  const byPayload = new Map<string, Write>()
  for (const call of calls) {
    const payload = call.given?.payload
    if (payload === undefined || isRefused(call) || (isUnknown(call) && !isShown(payload))) continue
    if (byPayload.has(payload))
      throw new TypeError(`A history writes each payload once; ${payload} comes twice`)
    byPayload.set(payload, { call, children: [], sights: [], touches: [] })
  }

  const byVersion = new Map<unknown, Write>()
  function name(version: unknown, write: Write, call: StoreCall): void {
    const other = byVersion.get(version)
    if (other && other !== write)
      tell({ rule: "a version stands for one write", calls: [other.call, write.call, call] })
    byVersion.set(version, write)
  }

  for (const write of byPayload.values()) if (isDone(write.call)) name(write.call.answer, write, write.call)
  for (const call of calls.filter(isFound)) {
    const { record, version } = call.answer as Found
    const write = byPayload.get(record.payload)
    if (write) name(version, write, call)
    const { userId } = write?.call.given ?? {}
    if (!write || userId !== record.userId)
      tell({ rule: "a read gives what was written", calls: write ? [write.call, call] : [call] })
    // A copy may be older than what is in force.
    if (!(call.answer as Found).isCopy) write?.sights.push(call)
  }

  const writeOf = ({ version }: StoreCall): Write | undefined => byVersion.get(version)
  for (const write of byPayload.values()) {
    if (write.call.call !== "replace") continue
    const parent = writeOf(write.call)
    if (!parent) continue
    write.parent = parent
    parent.children.push(write)
    parent.sights.push(write.call)
  }
  for (const call of calls) {
    const write = call.call === "touch" && !isRefused(call) ? writeOf(call) : undefined
    write?.touches.push(call)
    if (isDone(call)) write?.sights.push(call)
  }
  return { all: [...byPayload.values()], writeOf }
}

function isFound({ call, answer }: StoreCall): boolean {
  return call === "read" && answer !== undefined && answer !== null
}
