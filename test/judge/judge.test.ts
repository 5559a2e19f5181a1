import { randomInt } from "node:crypto"
import { expect, it } from "vitest"
import { describeStore } from "../services/service.ts"
import { STORES } from "../services/stores.ts"
import { ARENAS } from "./backends.ts"
import { tryOut } from "./trial.ts"

// The trial in seconds; `npm run judge` gives every store minutes, and fails servers over.
for (const [name, open] of Object.entries(ARENAS).filter(([name]) => STORES.includes(name)))
  describeStore(name, () => {
    it("answers three processes as if they called one after another, whatever fails meanwhile", async () => {
      const seed = randomInt(1_000_000)
      const arena = await open()
      try {
        const verdict = await tryOut(arena, { seconds: 10, seed })
        expect(verdict.violations, `seed ${seed}`).toEqual([])
        expect(verdict.calls).toBeGreaterThan(100)
        expect(verdict.explained + verdict.givenUp).toBeGreaterThan(10)
        expect(verdict.faults).not.toEqual({})
      } finally {
        await arena.close()
      }
    }, 90_000)
  })
