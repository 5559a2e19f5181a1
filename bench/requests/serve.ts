/** A process that is one site, and tells what its requests cost it. */
import type { AddressInfo } from "node:net"
import type { Plan, Site } from "../sites/site.ts"
import type { Framework } from "./target.ts"

/** What the process is told: when the counted requests begin, and when they are over. */
export type ServeOrder = "begin" | "end"

/** What it says: where it listens, at first; then the CPU time of the counted requests, in microseconds. */
export type ServeAnswer = { readonly port: number } | { readonly cpu: number }

const { framework, plan } = JSON.parse(process.argv[2]!) as { framework: Framework; plan: Plan }
const { default: site } = (await import(`../sites/${framework}.ts`)) as { default: Site }
const server = await site(plan)
let before = process.cpuUsage()

process.on("message", (order: ServeOrder) => {
  if (order === "begin") {
    globalThis.gc?.()
    before = process.cpuUsage()
    say({ cpu: 0 })
  } else {
    const { user, system } = process.cpuUsage(before)
    say({ cpu: user + system })
  }
})
process.on("disconnect", () => process.exit())
say({ port: (server.address() as AddressInfo).port })

function say(answer: ServeAnswer): void {
  process.send?.(answer)
}
