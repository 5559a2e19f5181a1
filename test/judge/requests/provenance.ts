import type { History } from "./history.ts"
import { foundBy, homeOf, isGood, isRefused, type Tell, type Visit } from "./visit.ts"

/**
 * Data is seen in the session that it was written to, and in those that a login of the same user, or of a visitor who was nobody, began
 * from that. What was refused is seen nowhere.
 */
export function judgeProvenance(history: History, tell: Tell): void {
  const { finders, writers } = history
  for (const [id, visits] of finders) {
    const judged = new Set<string>()
    for (const visit of visits) {
      const { steps = [], ...data } = visit.seen!.data
      // A step that nobody wrote is told elsewhere.
      const known = steps.filter((step) => writers.has(step))
      for (const value of [...Object.values(data), ...known] as string[]) {
        const key = `${visit.seen!.user} ${value}`
        if (judged.has(key)) continue
        judged.add(key)
        const writer = writers.get(value)
        const rule = ruleBroken(writer, visit, id, history)
        if (rule) tell(rule, writer, visit)
      }
    }
  }
}

/** What is wrong where a request finds, in this session, what another one wrote. */
function ruleBroken(
  writer: Visit | undefined,
  visit: Visit,
  id: string,
  history: History,
): string | undefined {
  if (!writer) return "data is what was written"
  if (isRefused(writer)) return "what was refused is not stored"
  const user = isGood(writer) ? writer.seen!.user : null
  if (user !== null && user !== visit.seen!.user) return "nobody sees what another user wrote"
  return hasWay(homeOf(writer), id, history) ? undefined : "data stays in its session"
}

/** Whether logins may have taken data from one session to another. Nobody knows where some data was written. */
function hasWay(from: string | undefined, to: string, history: History): boolean {
  let at: string | undefined = to
  for (let logins = 0; logins < MOST; logins++) {
    if (from === undefined || at === from) return true
    const login = carrierTo(at, history)
    if (!login) return false
    at = login.sentId
  }
  return false
}

/** The login that began a session from another one, and may have taken its data along. */
function carrierTo(id: string | undefined, { logins }: History): Visit | undefined {
  const login = logins.get(id ?? "")?.find(({ sentId }) => sentId !== undefined && sentId !== id)
  if (!login || !isGood(login)) return login
  const { user, isNew } = login.seen!
  const isOwn = login.ask.do === "login" && (user === null || user === login.ask.user)
  return isOwn && !isNew && foundBy(login) === login.sentId ? login : undefined
}

/** More sessions than one after another. */
const MOST = 1000
