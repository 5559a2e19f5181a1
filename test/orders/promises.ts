import {
  isAnswerLost,
  isBegunWithoutATombstone,
  isDeleted,
  isSentUnconfirmed,
  isUnanswered,
  mayBeNobody,
  mayHaveEnded,
} from "./limits.ts"
import type { Story, Told } from "./story.ts"

/** Nobody is signed out but by an end, and no browser holds a cookie that leads nowhere while its session lives. */
export function nobodyIsSignedOutButByAnEnd(story: Story): string | undefined {
  const { world, jar, answers, left } = story
  const { id, userId } = world.place
  if (mayBeNobody(story) || isSentUnconfirmed(story)) return undefined
  if (jar.id !== undefined && isBegunWithoutATombstone(jar.id, story)) return undefined
  const session = left.get(jar.id ?? id)
  if (session && isAnswerLost(session, story)) return undefined
  if (jar.id === undefined) return "the browser's cookie leads nowhere"
  const isSignedIn = userId !== null || answers.some(({ result }) => result === "login")
  return isSignedIn && jar.userId === null ? "somebody is signed out" : undefined
}

/** Whoever was told that it was written finds it there, be it by the answer, by `save()` or by `update()`. */
export function whatWasAcknowledgedIsThere(story: Story): string | undefined {
  const { world, tasks, left } = story
  const written = tasks.flatMap(({ isWrite, key, answer }) =>
    isWrite && answer?.is === "answered" ? [{ key, id: answer.id! }] : [],
  )
  const lost = [...written, ...world.stored].find(
    ({ key, id }) => !mayHaveEnded(story, id) && left.get(id)?.data[key] !== true,
  )
  return lost && `${lost.key} is lost`
}

/** What lay in the session is there as long as it is. */
export function whatLayThereIsThere({ world, left }: Story): string | undefined {
  const session = left.get(world.place.id)
  return session && session.data.n !== 1 ? "what lay in the session is lost" : undefined
}

/** A session that an answered request began is there, and its cookie opens it. */
export function whatBeganIsThere(story: Story): string | undefined {
  const { world, answers, tokens } = story
  const gone = answers.find(({ is, id, cookie }) => {
    if (is === "told ended" || !cookie || id === world.place.id || mayHaveEnded(story, id!)) return false
    return tokens.get(cookie)!.id !== id
  })
  return gone && `the session that ${gone.name} began is gone`
}

/** What was loaded before a login or a rotation opens nothing after it. */
export function noCutTokenWorksAgain({ world, tasks, tokens }: Story): string | undefined {
  const { id, cookies, beside } = world.place
  const isCut = tasks.some(({ isCut, answer }) => isCut && answer?.id === id && answer.cookie)
  if (!isCut) return undefined
  return [...cookies, beside].some((cookie) => cookie && tokens.get(cookie)!.id === id)
    ? "a token from before a login or a rotation works"
    : undefined
}

/** What was loaded before a login is not written into what comes after it. */
export function whatWasLoadedBeforeALoginIsNotWrittenAfterIt(story: Story): string | undefined {
  const { world, tasks } = story
  const { id } = world.place
  const isAlone = ({ process }: Told): boolean =>
    tasks.filter((task) => task.process === process).length === 1
  const login = tasks.find(
    (task) => task.answer?.result === "login" && task.answer.id === id && isAlone(task),
  )
  const late =
    login &&
    tasks.find(
      (task) =>
        task.isWrite &&
        task.answer?.id === id &&
        (task.answer.result === "replace" || task.answer.result === "rotate") &&
        isAlone(task) &&
        lastWrite(story, task) > lastWrite(story, login),
    )
  return late && `${late.name} was written into what came after a login`
}

/** The place in the order of the last time that the task's process wrote to the session. */
function lastWrite({ world, trace }: Story, { process }: Told): number {
  return trace.order.findLastIndex(
    (step) => step.process === process && step.what === "replace" && step.about === world.place.id,
  )
}

/** A request whose cookie was superseded or whose session ended a moment ago begins nothing. */
export function aLateRequestBeginsNothing(story: Story): string | undefined {
  if (story.isTimeOver || isDeleted(story)) return undefined
  const late = story.tasks.find(({ loaded, answer }) => loaded === null && answer?.result === "create")
  return late && `${late.name} came late and began a session`
}

/** Every live session can be reached with a token that somebody was given. */
export function everySessionCanBeReached(story: Story): string | undefined {
  const { world, left, tokens, tasks } = story
  const reached = new Set([...tokens.values()].map(({ id }) => id))
  const orphan = [...left.values()].find((session) => {
    if (reached.has(session.id) || isAnswerLost(session, story)) return false
    return session.id === world.place.id || !tasks.some((task) => isUnanswered(task, story))
  })
  return orphan && `nobody can reach the session of ${orphan.userId ?? "an anonymous visitor"}`
}

/** Nobody is told that a session ended where nothing was ended, rotated or signed in anew. */
export function nobodyIsToldOfAnEndThatWasNone({ answers, tasks, isTimeOver }: Story): string | undefined {
  if (isTimeOver || tasks.some(({ isEnd, isCut }) => isEnd || isCut)) return undefined
  return answers.some(({ is, result }) => is === "told ended" || result === "ended")
    ? "somebody was told of an end that was none"
    : undefined
}

/** A request fails where a call of its own process failed, and as a failure of the store. */
export function onlyWhoseCallsFailedFails({ answers, tasks, trace }: Story): string | undefined {
  const failed = answers.filter(({ is }) => is === "failed")
  const wrong = failed.find(({ task, code }) => {
    const isFaulty = trace.faults.some(({ process }) => process === tasks[task]!.process)
    return !isFaulty || code !== "ERR_SESSION_STORE"
  })
  return wrong && `${wrong.name} failed with ${wrong.code}`
}

/** A page that only reads is served once its session is loaded, whatever becomes of the note that it was used. */
export function aPageThatOnlyReadsIsServed({ tasks }: Story): string | undefined {
  const failed = tasks.some(
    ({ name, loaded, answer }) => name === "read" && loaded !== undefined && answer?.is === "failed",
  )
  return failed ? "a page failed that only reads" : undefined
}

/** An answer to a failure clears no cookie. */
export function noFailureClearsTheCookie({ answers }: Story): string | undefined {
  const wrong = answers.find(({ is, cookie }) => is !== "answered" && cookie === "")
  return wrong && `${wrong.name} failed and cleared the cookie`
}
