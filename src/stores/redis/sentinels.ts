import type { Finding } from "../backend.ts"

/** One Sentinel. */
export interface Watcher {
  readonly name: string
  /** Sends one command over a connection of its own. */
  ask(...command: string[]): Promise<unknown>
}

/** Whether the Sentinels of a URL can fail over: how many answer, and what they say themselves. */
export async function sentinelFinding(watchers: readonly Watcher[], primary: string): Promise<Finding> {
  const answers = await Promise.all(
    watchers.map(({ ask }) =>
      ask("SENTINEL", "CKQUORUM", primary).then(
        () => "ok" as const,
        ({ message }: Error) => message,
      ),
    ),
  )
  const fine = answers.filter((answer) => answer === "ok").length
  const silent = watchers.filter((_, place) => !/^(?:ok$|NO|ERR|-)/.test(answers[place]!))
  const refusal = answers.find((answer) => answer.startsWith("NOQUORUM"))
  const value = `${watchers.length - silent.length} of ${watchers.length} answer`
  if (refusal || fine === 0)
    return {
      name: "sentinels",
      value,
      problem: `They can't fail over: ${(refusal ?? answers[0]!).replace(/\.$/, "")}. Start those that are missing`,
    }
  if (silent.length > 0)
    return {
      name: "sentinels",
      value,
      problem: `No answer from ${silent.map(({ name }) => name).join(", ")}. Start it, or take it out of the URL`,
    }
  return { name: "sentinels", value }
}
