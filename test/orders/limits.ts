import { isMarkId } from "../../src/core/marks.ts"
import type { Left, Story, Told } from "./story.ts"

// What ends a session, and what is promised less where something failed.

/** Whether the session may have ended: by a call or a request for that, be it answered or not, or by its deadline. */
export function mayHaveEnded(story: Story, id: string): boolean {
  const { world, tasks, isTimeOver } = story
  if (id !== world.place.id)
    return isRevoked(story) && tasks.some((task) => task.answer?.id === id && isAdasLogin(task))
  return isTimeOver || isEnded(story) || tasks.some((task) => endsWhatItLeaves(task, story))
}

/** Whether the browser may hold nothing that opens a session: also where a login ended the one before, and then failed. */
export function mayBeNobody(story: Story): boolean {
  const { tasks, isTimeOver } = story
  const ending = isDeleted(story) ? tasks : tasks.filter(({ answer }) => answer?.result !== "login")
  return isTimeOver || isEnded(story) || ending.some((task) => endsWhatItLeaves(task, story))
}

function isEnded(story: Story): boolean {
  return (
    isRevoked(story) ||
    story.tasks.some((task) => isTakenBack(task, story)) ||
    story.tasks.some(({ name, isEnd }) => isEnd && name !== "revoke the user")
  )
}

/** Whether the user's sessions are revoked, and the session is or may be theirs. */
function isRevoked({ world, tasks }: Story): boolean {
  const isTheirs = world.place.userId === "ada" || tasks.some(isAdasLogin)
  return isTheirs && tasks.some(({ name }) => name === "revoke the user")
}

/** Whether it is a login that ends the session it came with: another user's, or an anonymous one that it can't go on with any more. */
function endsWhatItLeaves({ isLogin, loaded }: Told, { world, tasks }: Story): boolean {
  if (!isLogin) return false
  return (
    (loaded === null && world.place.userId === null) || tasks.some(({ name }) => name === "login as another")
  )
}

/**
 * The limit of marks: a login that can't look at the user's mark again can't be told from one that was revoked. It is ended, and with
 * it the session that it went into.
 */
function isTakenBack(
  { isLogin, answer, process }: Told,
  { tasks, trace: { faults, order } }: Story,
): boolean {
  const begun = order.filter(
    (step) => step.process === process && step.what === "create" && !isMarkId(step.about),
  )
  const logins = tasks.filter((task) => task.process === process && task.isLogin)
  const isApart = begun.length >= logins.length
  const isLost = faults.some(
    (fault) => fault.process === process && fault.what === "read" && isMarkId(fault.about),
  )
  return isLogin === true && answer?.is !== "answered" && isLost && !isApart
}

/**
 * The limit of ends that had to be deletes, since the store refused to write: a delete compares no version, so that it also ends what
 * somebody signed in to a moment before.
 */
export function isDeleted({ trace }: Story): boolean {
  return (
    trace.faults.length > 0 && trace.order.some(({ what, fate }) => what === "delete" && fate !== "refused")
  )
}

/** The same limit: nothing tells a late request to be quiet, so that it begins a session, whose cookie takes the place of a better one. */
export function isBegunWithoutATombstone(id: string, story: Story): boolean {
  const isBegun = story.tasks.some(
    ({ loaded, isLogin, answer }) => loaded === null && !isLogin && answer?.id === id,
  )
  return isBegun && isDeleted(story)
}

function isAdasLogin({ name, isLogin }: Told): boolean {
  return isLogin === true && name !== "login as another"
}

/**
 * The limit of one cookie: the answer to a rotation or a login is lost. The store holds a secret that nobody was given, made by a
 * request whose process ended, or that was told of a failure which does not say whether it was done.
 */
export function isAnswerLost({ isHeld }: Left, story: Story): boolean {
  return !isHeld && story.tasks.some((task) => task.isCut && isUnanswered(task, story))
}

/** The limit of an error's answer: where it can't look once more whether its token still opens the session, it sends it all the same. */
export function isSentUnconfirmed({ answers, tasks, trace }: Story): boolean {
  const last = answers.findLast(({ cookie }) => cookie !== undefined)
  if (last?.is !== "failed") return false
  return trace.faults.filter(({ process }) => process === tasks[last.task]!.process).length > 1
}

/**
 * Whether what the request did, if anything, can't be known: its process ended, a call of it was given up, or a write failed and
 * the look at what came of it failed too.
 */
export function isUnanswered({ answer, process }: Told, { trace: { faults, ended } }: Story): boolean {
  if (ended.has(process) && !answer) return true
  if (answer?.is !== "failed" || answer.cookie) return false
  const own = faults.filter((fault) => fault.process === process)
  return own.some(({ fate }) => fate === "given up") || own.length > 1
}
