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
const served = await site(plan)
const cpu = "cpu" in served ? () => served.cpu() : ownCpu
let before = cpu()

process.on("message", (order: ServeOrder) => {
  if (order === "begin") {
    before = cpu()
    say({ cpu: 0 })
  } else say({ cpu: cpu() - before })
})
process.on("disconnect", () => process.exit())
say({ port: "port" in served ? served.port : (served.address() as AddressInfo).port })

function ownCpu(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function say(answer: ServeAnswer): void {
  process.send?.(answer)
}
