import type { ClearExpiredOptions } from "../index.ts"

/** What operators do with a backend beyond the `Store` contract, which stays small without it. */
export interface Backend {
  /** The number of dead records still there. */
  countExpired?(): Promise<number>
  /** Why there is no `countExpired`. */
  readonly whyNotCounted?: string
  /** Removes every record, in batches; gives the number of live ones, or of all where that is easier. */
  deleteAll?(options: ClearExpiredOptions): Promise<number>
  /** Why there is no `deleteAll`. */
  readonly whyNotDeleted?: string
  /** What doctor wants to know of it. */
  inspect(): Promise<readonly Finding[]>
}

/** One thing that doctor looked at. */
export interface Finding {
  readonly name: string
  /** What it is like. */
  readonly value: string
  /** What is wrong with it and what to do, in plain words; absent when it is fine. */
  readonly problem?: string
}
