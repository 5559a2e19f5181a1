import type { Patience } from "./patience.ts"
import type { Streams } from "./streams.ts"

/** One run of the command line. */
export interface Invocation extends Streams {
  /** What ends it early. */
  readonly patience: Patience
  /** What it ends with; the command sets it. */
  exitCode: number
}
