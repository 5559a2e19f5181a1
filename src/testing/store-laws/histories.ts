import assert from "node:assert/strict"
import { randomInt } from "node:crypto"
import { drawn } from "../history/drawing.ts"
import { judge } from "../history/judge.ts"
import { recorded, recordingInMemory } from "../history/recorder.ts"
import { callAtRandom, seeded } from "../history/workload.ts"
import { type Law, newId } from "./stage.ts"

/** Histories: the answers of calls made at the same time are those of some order of them. */
export function historyLaws(law: Law): void {
  law("answers calls at the same time as if they came one after another", async (opened) => {
    const { store, deadlineStep, isIndexApart } = opened
    const seed = randomInt(1_000_000)
    const recording = recordingInMemory()
    const watched = recorded(store, "one process", recording.record)
    const ids = [newId(), newId()]
    const users = [`ada ${newId()}`, `bob ${newId()}`]
    const signal = AbortSignal.timeout(1000)
    const callers = Array.from({ length: 4 }, (_, n) =>
      callAtRandom(watched, { ids: () => ids, users, random: seeded(seed + n) }, signal),
    )
    await Promise.all(callers)
    const calls = recording.calls()
    const [first] = judge(calls, { deadlineStep }).filter(
      ({ rule }) => !isIndexApart || rule !== "a list misses nothing",
    )
    assert.equal(first && `Seed ${seed}. ${drawn(first, calls)}`, undefined)
  })
}
