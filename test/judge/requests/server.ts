import type { AddressInfo } from "node:net"
import { type FrameworkName, type Mount, SITES } from "./sites.ts"

/** What a process of a site is to serve. */
export interface SiteOrder {
  readonly framework: FrameworkName
  /** The module of the library, whose default export makes a `Mount` of the plan. */
  readonly library: string
  readonly plan: object
}

const { framework, library, plan }: SiteOrder = JSON.parse(process.argv[2]!)
const { default: prepare } = (await import(library)) as {
  default: (plan: object, framework: FrameworkName) => Promise<Mount>
}
const server = await SITES[framework](await prepare(plan, framework))
server.keepAliveTimeout = 120_000
process.once("disconnect", () => process.exit())
process.send!((server.address() as AddressInfo).port)
