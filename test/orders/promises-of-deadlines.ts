import { OWN_EXPIRY } from "./operations.ts"
import type { Story } from "./story.ts"
import { time } from "./time.ts"

/** A session whose deadline came is over, whoever knew it before. */
export function noDeadlineThatCameIsRevived({ world, left, isTimeOver }: Story): string | undefined {
  return isTimeOver && left.has(world.place.id) ? "a session was revived whose deadline had come" : undefined
}

/** Nothing brings a deadline forward but an expiry of the session's own. */
export function noUseBringsTheEndForward({ world, left }: Story): string | undefined {
  const { id, expiresAt } = world.place
  const session = left.get(id)
  const isEarlier = session && session.contents.expiry === null && session.expiresAt < expiresAt
  return isEarlier ? "a use brought the deadline forward" : undefined
}

/** A use that was due to move the deadline, and was answered, has moved it. */
export function anAcknowledgedUseMovesTheDeadline({ world, left, answers }: Story): string | undefined {
  const { id, isTouchDue, expiresAt, now, options } = world.place
  const session = left.get(id)
  if (!isTouchDue || !session || session.contents.expiry !== null) return undefined
  const used = answers.some((answer) => answer.id === id && MOVES.includes(answer.result))
  const due = Math.max(expiresAt, now + options.idle! * 1000)
  return used && session.expiresAt < due ? "a use was answered and the deadline did not move" : undefined
}

/** The session's own expiry, once acknowledged, is kept, and no use goes past it. */
export function anAcknowledgedExpiryIsKept({ world, left, tasks }: Story): string | undefined {
  const session = left.get(world.place.id)
  const isGiven = tasks.some(
    ({ name, answer }) => name === "expire" && answer?.is === "answered" && answer.id === world.place.id,
  )
  if (!session || !isGiven) return undefined
  const isKept = session.contents.expiry === OWN_EXPIRY && session.expiresAt <= time.now + OWN_EXPIRY * 1000
  return isKept ? undefined : "an expiry of the session's own is lost"
}

const MOVES = ["touch", "replace", "rotate", "login"]
