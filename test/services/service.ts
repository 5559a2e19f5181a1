import { describe, inject, it } from "vitest"
import { find } from "./programs.ts"
import { chosenStores, needsOf, type ServiceName } from "./stores.ts"

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
 * Tests of a store, run when this run is about that store and all it needs is there, else shown as skipped.
 *
 * @example
 * describeStore("postgres", ({ postgres }) => { storeLaws("postgres", …) })
 */
export function describeStore(
  name: string,
  body: (urls: Readonly<Record<ServiceName, string>>) => void,
): void {
  const { shared = [], own = [] } = needsOf(name)
  const missing = [
    ...shared.filter((needed) => service(needed) === undefined),
    ...own.filter((needed) => find(needed) === undefined),
  ]
  describeUnless(name, missing, () => body(inject("services") as Record<ServiceName, string>))
}

/** Tests of a store that start servers of this kind by themselves, to stop them or to set them up as they need. */
export function describeServer(name: ServiceName, title: string, body: () => void): void {
  describeUnless(name, find(name) ? [] : [`${name} that can be started`], () => describe(title, body))
}

/** All in a group of this name, unless something is missing. */
function describeUnless(name: string, missing: readonly string[], body: () => void): void {
  const reason = chosenStores().includes(name)
    ? missing.length > 0 && `no ${missing.join(" and no ")} here`
    : "left out by STORES"
  if (reason) it.skip(`${name}: ${reason}`, () => {})
  else describe(name, body)
}
