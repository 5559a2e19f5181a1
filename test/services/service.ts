import { describe, inject, it } from "vitest"
import { chosenStores, type ServiceName, STORES, type StoreName } from "./stores.ts"

declare module "vitest" {
  interface ProvidedContext {
    services: Partial<Record<ServiceName, string>>
  }
}

/** The URL of a server that was started for this run, or `undefined` when there is none. */
export function service(name: ServiceName): string | undefined {
  return inject("services")[name]
}

/**
 * Tests of a store, run when this run is about that store and its servers are there, else shown as skipped.
 *
 * @example
 * describeStore("postgres", ({ postgres }) => { storeLaws("postgres", …) })
 */
export function describeStore(
  name: StoreName,
  body: (urls: Readonly<Record<ServiceName, string>>) => void,
): void {
  const missing = STORES[name].filter((needed) => service(needed) === undefined)
  const reason = chosenStores().includes(name)
    ? missing.length > 0 && `no ${missing.join(" and no ")} here`
    : "left out by STORES"
  if (reason) it.skip(`${name}: ${reason}`, () => {})
  else describe(name, () => body(inject("services") as Record<ServiceName, string>))
}
