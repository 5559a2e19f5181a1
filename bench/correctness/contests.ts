import type { FrameworkName } from "../../test/judge/requests/sites.ts"
import type { StoreName } from "../requests/target.ts"
import type { LibraryPlan } from "./library.ts"

/** Libraries that do the same on one framework and one store. */
export interface Contest {
  readonly framework: FrameworkName
  readonly store: StoreName
  readonly contestants: readonly Contestant[]
}

/** A library, and how it is set up. */
export interface Contestant {
  readonly name: string
  readonly plan: Pick<LibraryPlan, "library" | "isRolling">
}

const HOLDFAST: Contestant = { name: "holdfast", plan: { library: "holdfast" } }
const EXPRESS_SESSION: Contestant = { name: "express-session", plan: { library: "express-session" } }
const FASTIFY_SESSION: Contestant = { name: "@fastify/session", plan: { library: "@fastify/session" } }
const NOT_ROLLING: Contestant = {
  name: "…, rolling: false",
  plan: { library: "@fastify/session", isRolling: false },
}
const KOA_SESSION: Contestant = { name: "koa-session", plan: { library: "koa-session" } }

export const CONTESTS: readonly Contest[] = [
  { framework: "express", store: "redis", contestants: [EXPRESS_SESSION, HOLDFAST] },
  { framework: "express", store: "postgres", contestants: [EXPRESS_SESSION, HOLDFAST] },
  { framework: "fastify", store: "redis", contestants: [FASTIFY_SESSION, NOT_ROLLING, HOLDFAST] },
  { framework: "fastify", store: "memory", contestants: [FASTIFY_SESSION, NOT_ROLLING, HOLDFAST] },
  { framework: "koa", store: "redis", contestants: [KOA_SESSION, HOLDFAST] },
  { framework: "koa", store: "cookie", contestants: [KOA_SESSION, HOLDFAST] },
]
