import { type OpenedStore, storeLaws } from "../../src/testing/index.ts"
import { concurrency } from "./concurrency.ts"
import { storeHistory } from "./history.ts"
import { secrets } from "./secrets.ts"

/** All that every store has to show. */
export function everyLaw(name: string, open: () => Promise<OpenedStore>): void {
  storeLaws(name, open)
  storeHistory(open)
  concurrency(open)
  secrets(open)
}
