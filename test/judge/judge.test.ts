import { randomInt } from "node:crypto"
import { expect, it } from "vitest"
import { describeStore } from "../services/service.ts"
import { ARENAS } from "./backends.ts"
import { tryOut } from "./trial.ts"

// The trial in seconds; `npm run judge` gives every store minutes, and fails servers over.
for (const [name, open] of Object.entries(ARENAS))
  describeStore(name, () => {
    it("answers three processes as if they called one after another, whatever fails meanwhile", async () => {
      const arena = await open()
      try {
        // A slow machine is given more than one trial to make so many calls.
        for (let calls = 0; calls < 500; ) {
          const seed = randomInt(1_000_000)
          const verdict = await tryOut(arena, { seconds: 10, seed })
          expect(verdict.violations, `seed ${seed}`).toEqual([])
          expect(verdict.explained + verdict.givenUp).toBeGreaterThan(10)
          expect(verdict.faults).not.toEqual({})
          calls += verdict.calls
        }
      } finally {
        await arena.close()
      }
    }, 90_000)
  })
