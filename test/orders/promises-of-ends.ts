import { isUnanswered } from "./limits.ts"
import type { Story, Told } from "./story.ts"

/** After an acknowledged end nothing lives under the id. */
export function anAcknowledgedEndStaysAnEnd({ world, tasks, left }: Story): string | undefined {
  const { id, userId } = world.place
  const end = tasks.find(({ name, isEnd, loaded, answer }) => {
    if (!isEnd || answer?.is !== "answered") return false
    if (name === "revoke the user") return userId === "ada"
    return name === "revoke" || loaded === id
  })
  return end && left.has(id) ? `the session lives after ${end.name}` : undefined
}

/** The session that a login left ends with the one that it began. */
export function whatWasLeftEndsWithTheNewOne({ world, tasks, left }: Story): string | undefined {
  const { id, left: before } = world.place
  // One that failed may have ended the new one and not come to the other.
  const ends = tasks.filter(({ isEnd, isLogin }) => isEnd || isLogin)
  const areAnswered = ends.every(({ answer }) => answer?.is === "answered")
  const isEnded = ends.some(
    ({ name, loaded }) => name === "revoke" || (name.startsWith("logout") && loaded === id),
  )
  return before && isEnded && areAnswered && left.has(before.id)
    ? "the session that a login left outlived the new one"
    : undefined
}

/** A login that was asked for before an acknowledged revocation began lets nobody in after it. */
export function noLoginOutlivesARevocation(story: Story): string | undefined {
  const late = pairs(story).find(({ login, revocation }) => {
    const { answer, takesMark } = login
    // Without a mark at hand it is read a moment after the login was asked for.
    if (revocation.answer?.is !== "answered" || !takesMark || !answer?.cookie) return false
    const isBefore = at(story, "asked to sign in", login) < at(story, "began to revoke", revocation)
    return isBefore && story.tokens.get(answer.cookie)!.userId === "ada"
  })
  return late && "a login outlived a revocation"
}

/** A login that was asked for when all revocations were over counts. */
export function whoSignsInAfterARevocationIsSignedIn(story: Story): string | undefined {
  const { tasks, world, left } = story
  const revocations = tasks.filter(({ name }) => name === "revoke the user")
  if (revocations.length === 0 || revocations.some((task) => isUnanswered(task, story))) return undefined
  const refused = pairs(story).find(({ login }) => {
    const { answer } = login
    if (!answer || answer.is === "failed") return false
    const asked = at(story, "asked to sign in", login)
    if (revocations.some(({ answer: end }) => !end || world.happened.indexOf(end) > asked)) return false
    return answer.is === "told ended" || (answer.id !== world.place.id && !left.has(answer.id!))
  })
  return refused && "a login was refused that came after all revocations"
}

function pairs({ tasks }: Story): { login: Told; revocation: Told }[] {
  const logins = tasks.filter(({ name }) => name === "login again" || name === "login with a mark")
  const revocations = tasks.filter(({ name }) => name === "revoke the user")
  return logins.flatMap((login) => revocations.map((revocation) => ({ login, revocation })))
}

function at({ world }: Story, is: "asked to sign in" | "began to revoke", { task }: Told): number {
  const place = world.happened.findIndex((each) => each.is === is && each.task === task)
  return place < 0 ? Number.POSITIVE_INFINITY : place
}
