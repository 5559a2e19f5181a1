import type { FrameworkName } from "../../test/judge/requests/sites.ts"
import type { Library, StoreName } from "../requests/target.ts"

/** Libraries that do the same on one framework and one store. */
export interface Contest {
  readonly framework: FrameworkName
  readonly store: StoreName
  readonly libraries: readonly Library[]
}

export const CONTESTS: readonly Contest[] = [
  { framework: "express", store: "redis", libraries: ["express-session", "holdfast"] },
  { framework: "express", store: "postgres", libraries: ["express-session", "holdfast"] },
  { framework: "fastify", store: "redis", libraries: ["@fastify/session", "holdfast"] },
  { framework: "fastify", store: "memory", libraries: ["@fastify/session", "holdfast"] },
  { framework: "koa", store: "redis", libraries: ["koa-session", "holdfast"] },
  { framework: "koa", store: "cookie", libraries: ["koa-session", "holdfast"] },
]
