import type { StoreCall } from "./call.ts"

/** A rule of the contract that a history breaks, and the calls that contradict each other. */
export interface Violation {
  readonly rule: string
  readonly calls: readonly StoreCall[]
}
