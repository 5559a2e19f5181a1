import { randomInt } from "node:crypto"
import { expect, it } from "vitest"
import { describeStore } from "../services/service.ts"
import { PLACES } from "./requests/places.ts"
import type { FrameworkName } from "./requests/sites.ts"
import { tryOut } from "./requests/verdict.ts"

/** A framework for each; `npm run judge:requests` tries every store on all of them. */
const TRIED: Readonly<Record<string, FrameworkName>> = {
  memory: "hono",
  sqlite: "fastify",
  postgres: "koa",
  redis: "express",
}

for (const [name, framework] of Object.entries(TRIED))
  describeStore(name, () => {
    it(`keeps what it promises to browsers with parallel requests, on ${framework}, whatever fails meanwhile`, async () => {
      const seed = randomInt(1_000_000)
      const place = await PLACES[name]!()
      try {
        const verdict = await tryOut(place, framework, { seconds: 5, least: 500, seed })
        expect(verdict.offences, `seed ${seed}`).toEqual([])
        expect(verdict.good).toBeGreaterThan(0)
        expect(verdict.secrets).toBeGreaterThan(0)
      } finally {
        await place.close()
      }
    })
  })
