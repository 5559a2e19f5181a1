import { createHash } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { recorded } from "../../src/testing/history/recorder.ts"
import { callAtRandom, seeded } from "../../src/testing/history/workload.ts"
import { openStore } from "../soak/store.ts"
import { recordingTo } from "./recording.ts"

/** What a process of a trial is to do. */
export interface WorkerOrder {
  readonly url: string
  readonly name: string
  readonly seed: number
  /** Where it writes what it did. */
  readonly file: string
  /** Names the ids of this trial. */
  readonly run: string
  readonly seconds: number
}

const order: WorkerOrder = JSON.parse(process.argv[2]!)
const store = await openStore(order.url)
const recording = recordingTo(order.file)

/** The records that all processes work on at the moment. They change every second, so that each history stays short. */
function idsNow(): readonly string[] {
  const epoch = Math.floor(Date.now() / 1000)
  return [0, 1, 2].map((n) =>
    createHash("sha256").update(`${order.run} ${epoch} ${n}`).digest("hex").slice(0, 32),
  )
}

const users = ["ada", "bob"].map((name) => `${name} ${order.run}`)
const signal = AbortSignal.timeout(Math.round(order.seconds * 1000))
const watched = recorded(store, order.name, recording.record)
process.once("disconnect", () => process.exit())
process.send!("ready")
await Promise.all(
  [0, 1].map((lane) =>
    callAtRandom(
      watched,
      { ids: idsNow, users, random: seeded(order.seed * 10 + lane), onError: () => sleep(5) },
      signal,
    ),
  ),
)
recording.close()
await Promise.race([store.close(), sleep(1000)])
process.exit()
