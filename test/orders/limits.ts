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
  const unfinished = story.tasks.filter(({ answer }) => answer?.result !== "login")
  return story.isTimeOver || isEnded(story) || unfinished.some((task) => endsWhatItLeaves(task, story))
}

function isEnded(story: Story): boolean {
  return isRevoked(story) || story.tasks.some(({ name, isEnd }) => isEnd && name !== "revoke the user")
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

/**
 * Whether what the request did, if anything, can't be known: its process ended, a call of it was given up, or a write failed and
 * the look at what came of it failed too.
 */
export function isUnanswered({ answer, process }: Told, { trace: { faults, ended } }: Story): boolean {
  if (ended.has(process)) return answer === undefined
  if (answer?.is !== "failed" || answer.cookie) return false
  const own = faults.filter((fault) => fault.process === process)
  return own.some(({ fate }) => fate === "given up") || own.length > 1
}
