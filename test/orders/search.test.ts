import { expect, it } from "vitest"
import type { OperationName } from "./operations.ts"
import { everyOrder } from "./search.ts"
import { type Story, storyOf } from "./story.ts"
import { outsideTime } from "./time.ts"
import { worldOf } from "./world.ts"
import { type PlaceName, placeOf } from "./worlds.ts"

/** The place, what each part is and in which process, and how many faults there may be. */
const CASES: readonly (readonly [
  PlaceName,
  readonly (readonly [OperationName, process: number])[],
  faults: number,
])[] = [
  [
    "ada",
    [
      ["write", 0],
      ["rotate", 1],
      ["logout", 2],
    ],
    0,
  ],
  [
    "ada",
    [
      ["login with a mark", 0],
      ["revoke the user", 1],
    ],
    0,
  ],
  [
    "ada, a renewal due",
    [
      ["write", 0],
      ["login again", 1],
    ],
    1,
  ],
  [
    "anonymous, the idle time ends",
    [
      ["update", 0],
      ["rotate", 1],
    ],
    1,
  ],
  [
    "ada",
    [
      ["write", 0],
      ["update", 0],
      ["rotate", 1],
    ],
    0,
  ],
  [
    "ada",
    [
      ["login again", 0],
      ["revoke the user", 0],
    ],
    0,
  ],
  [
    "ada, renewed a moment ago",
    [
      ["login again", 0],
      ["write", 0],
      ["logout", 0],
    ],
    0,
  ],
  [
    "ada, a touch due",
    [
      ["read", 0],
      ["write", 0],
    ],
    1,
  ],
  [
    "ada, an old cookie beside that a renewal superseded",
    [
      ["rotate", 0],
      ["write", 1],
    ],
    0,
  ],
]

it.each(
  CASES,
)("%s: leaves out no order of %j that comes to something else", async (name, selection, faults) => {
  const parts = selection.map(([operation]) => ({ name: operation }))
  const processes = selection.map(([, process]) => process)
  const there = await placeOf(name)
  async function outcomes(isEachHeard: boolean): Promise<{ runs: number; found: Set<string> }> {
    const found = new Set<string>()
    const { runs } = await everyOrder(
      async () => {
        const world = await worldOf(there, parts, processes)
        let heard = 0
        return isEachHeard ? { ...world, heard: () => heard++ } : world
      },
      async (world, trace) => void found.add(outcomeOf(await storyOf(world, parts, processes, trace))),
      { faults },
    )
    return { runs, found }
  }
  const [few, all] = await outsideTime(async () => [await outcomes(false), await outcomes(true)])
  expect([...few.found].sort()).toEqual([...all.found].sort())
  expect(few.runs).toBeLessThan(all.runs)
})

/** What a run came to, but for what is random. */
function outcomeOf({ world, answers, jar, left, isTimeOver }: Story): string {
  const { id } = world.place
  return JSON.stringify({
    answers: answers.map(({ task, is, result, cookie }) => [task, is, result, cookie && "a cookie"]),
    jar: [jar.id === id, jar.userId],
    left: [...left.values()]
      .map((session) => ({
        isFirst: session.id === id,
        userId: session.userId,
        data: session.data,
        generation: session.credentials.generation,
        isOpen: session.credentials.previous?.forward !== undefined,
        isHeld: session.isHeld,
      }))
      .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other))),
    isTimeOver,
  })
}
