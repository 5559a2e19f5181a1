import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"

/** Processes that carry out orders, each with its answers. */
export interface Crew<Order, Answer> {
  /** Gives each process its order at the same time, and waits for all answers. */
  ask(orderOf: (worker: number) => Order): Promise<Answer[]>
  end(): Promise<void>
}

/** Starts processes of a script, whose arguments are theirs as JSON. */
export async function startCrew<Order extends object, Answer>(
  script: string,
  argumentsOf: readonly object[],
): Promise<Crew<Order, Answer>> {
  const children = argumentsOf.map((argument) => fork(script, [JSON.stringify(argument)]))
  const gone = new Map(
    children.map((child) => {
      const exit = once(child, "exit").then(([code]) => {
        throw new Error(`A process of ${script} ended with code ${code} before it had answered`)
      })
      exit.catch(() => {})
      return [child, exit]
    }),
  )
  const answerOf = async (child: ChildProcess): Promise<Answer> => {
    const [answer] = (await Promise.race([once(child, "message"), gone.get(child)!])) as [Answer]
    return answer
  }
  await Promise.all(children.map(answerOf)) // ready
  return {
    ask(orderOf) {
      const answers = Promise.all(children.map(answerOf))
      for (const [worker, child] of children.entries()) child.send(orderOf(worker))
      return answers
    },
    async end() {
      // One that failed has gone already, and what it failed with is told by who waited for its answer.
      const left = children.filter(({ connected }) => connected)
      for (const child of left) child.disconnect()
      await Promise.all(left.map((child) => gone.get(child)!.catch(() => {})))
    },
  }
}

/** In a process of a crew: answers each order with what `work` makes of it, until the crew is ended. */
export function serveOrders<Order, Answer>(
  work: (order: Order) => Promise<Answer>,
  close: () => Promise<unknown>,
): void {
  process.on("message", async (order: Order) => {
    process.send!((await work(order)) as object)
  })
  process.once("disconnect", () => void close())
  process.send!({})
}
