export type {
  LawData,
  LawEngine,
  LawHandler,
  LawResponse,
  Serve,
} from "./adapter-laws/stage.ts"
export { adapterLaws } from "./adapter-laws.ts"
export type { Answer, StoreCall } from "./history/call.ts"
export { drawn } from "./history/drawing.ts"
export { type JudgeOptions, judge } from "./history/judge.ts"
export { type Recording, recorded, recordingInMemory } from "./history/recorder.ts"
export { type Explanation, explain } from "./history/search.ts"
export type { Violation } from "./history/violation.ts"
export { callAtRandom, seeded, type WorkloadOptions } from "./history/workload.ts"
export type { OpenedStore, TestRunner } from "./store-laws/stage.ts"
export { storeLaws } from "./store-laws.ts"
