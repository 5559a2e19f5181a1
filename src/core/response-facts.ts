import type { HeaderSoFar } from "./cache-control.ts"
import type { ConnectionFacts } from "./why-no-cookie.ts"

/** What `commit` needs to know of the response. */
export interface ResponseFacts {
  /** The status about to be sent. From 500 up, changed data is not saved. @default 200 */
  readonly status?: number
  /** The `Vary` header so far. */
  readonly vary?: HeaderSoFar
  /** The `Cache-Control` header so far: an answer that sets a cookie keeps of it what `no-store` does not contradict. */
  readonly cacheControl?: HeaderSoFar
  /**
   * Gives what the adapter knows of the connection. Asked only when a cookie is sent and while there is something to warn of: that
   * browsers will not keep the cookie, once for each cause.
   */
  readonly connection?: (() => ConnectionFacts) | undefined
  /**
   * Called once before a promise is answered, before anything is stored. What it throws calls the commit off: `commit`
   * throws it, nothing is stored, and the session stays open.
   */
  readonly ready?: (() => void) | undefined
}
