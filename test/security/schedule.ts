import type { MemoryStore } from "./stage.ts"
import { surround } from "./stage.ts"

/** A task over a store whose every call waits for its turn. */
export type Task = (store: MemoryStore) => Promise<void>

/**
 * Runs the tasks once for every order in which their store calls can take place. `setUp` makes the store anew for each
 * run, and `check` looks at what came of it. Gives the number of runs.
 */
export async function everyOrder<World extends { store: MemoryStore }>(
  setUp: () => Promise<World>,
  tasks: (world: World) => readonly Task[],
  check: (world: World, order: readonly string[]) => Promise<void>,
): Promise<number> {
  let runs = 0
  for (let choices: number[] | undefined = []; choices; runs++) {
    const world = await setUp()
    choices = await run(world, tasks(world), choices, check)
  }
  return runs
}

/** One run. Takes the `choices` given, then the first at each turn; gives the next run's choices. */
async function run<World extends { store: MemoryStore }>(
  world: World,
  tasks: readonly Task[],
  choices: readonly number[],
  check: (world: World, order: readonly string[]) => Promise<void>,
): Promise<number[] | undefined> {
  const waiting = new Map<number, { name: string; go: () => void }>()
  const order: string[] = []
  let calls = 0
  const taken: { choice: number; of: number }[] = []
  let left = tasks.length
  let failure: unknown

  for (const [index, task] of tasks.entries()) {
    const store = surround(world.store, async (method, call) => {
      const place = calls++
      await new Promise<void>((go) => waiting.set(place, { name: `${index}.${method}`, go }))
      return call()
    })
    task(store)
      .catch((error: unknown) => {
        failure ??= error
      })
      .finally(() => left--)
  }
  for (let idle = 0; left > 0; ) {
    for (let n = 0; n < 3; n++) await new Promise((resolve) => setImmediate(resolve))
    if (waiting.size === 0) {
      if (++idle > 50) throw new Error(`Nobody moves after ${order.join(" ")}`)
      continue
    }
    idle = 0
    const choice = choices[taken.length] ?? 0
    const [place, { name, go }] = [...waiting].sort(([a], [b]) => a - b)[choice]!
    taken.push({ choice, of: waiting.size })
    waiting.delete(place)
    order.push(name)
    go()
  }
  if (failure) throw new Error(`After ${order.join(" ")}`, { cause: failure })
  await check(world, order)

  const last = taken.findLastIndex(({ choice, of }) => choice + 1 < of)
  return last === -1
    ? undefined
    : [...taken.slice(0, last).map(({ choice }) => choice), taken[last]!.choice + 1]
}
