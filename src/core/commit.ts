import { assignData, parseData, stringifyData } from "./data.ts"
import type { Draft, Kept, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { deadline, deadlineOfChange, type Expiry, isSameExpiry, isTouchDue } from "./expiry.ts"
import { overlay } from "./merge.ts"
import { type Plan, planCommit } from "./plan.ts"
import type { Found, SessionRecord } from "./record.ts"
import { type Context, follow, freshView, openRecord, type State, type View } from "./state.ts"

/** What a commit did; `"gone"` when the session was ended by someone else meanwhile, so that nothing was written. */
export type CommitResult = Plan | "gone"

/** Brings the store up to date with the session. Answers at once when there is nothing to do. */
export function settle(state: State, isFailed: boolean): CommitResult | Promise<CommitResult> {
  const { view } = state
  if (!view) return "nothing"
  const { settings, engine } = state.context
  let text = view.text
  try {
    if (!isFailed && view.isHandedOut)
      text = stringifyData(view.data, view.text, settings.validate !== undefined)
  } catch (error) {
    if (!state.isDestroyed) throw error
    // A logout holds, as in every other request that fails.
    return Promise.resolve(settle(state, true)).then(() => {
      throw error
    })
  }
  const isChanged = text !== view.text || !isSameExpiry(view.expiry, view.storedExpiry)
  const plan = planCommit({
    looked: true,
    failed: isFailed,
    destroyed: state.isDestroyed,
    stored: view.isStored,
    empty: text === view.text && view.userId === null,
    rotated: state.isRotated,
    changed: isChanged,
    touchDue:
      settings.slidesOnUse &&
      state.found !== undefined &&
      (engine.isOutdated?.(state.found) ||
        isTouchDue(view.expiry, view.createdAt, state.found.record.expiresAt, Date.now(), settings)),
  })
  return plan === "nothing" ? plan : carryOut(state, view, plan, text)
}

async function carryOut(
  state: State,
  view: View,
  plan: Exclude<Plan, "nothing">,
  mine: string,
): Promise<CommitResult> {
  const { context, found: before } = state
  const { createdAt, userId, expiry } = view
  const isExpiryChanged = !isSameExpiry(expiry, view.storedExpiry)
  let written = mine
  let writtenExpiry = expiry

  const draft = (latest: Found | undefined): Draft => {
    const theirs = latest && latest !== before && view.isStored ? openRecord(context, latest) : undefined
    written = theirs ? overlay(view.text, mine, theirs.text) : mine
    writtenExpiry = theirs && !isExpiryChanged ? theirs.contents.expiry : expiry
    const contents = { userId, createdAt, expiry: writtenExpiry, text: written }
    const over = view.isStored ? latest?.record : undefined
    return encode(context, contents, over, plan === "replace" && !isExpiryChanged)
  }

  const expiresAt = deadline(expiry, createdAt, Date.now(), context.settings)
  const kept = await keep(
    { plan, found: before, expiresAt, size: mine.length, isLogin: state.isLogin, draft },
    state,
  )
  if (kept.isGone) return "gone"

  follow(state, kept)
  if (isExpiryChanged) state.nextCookie ??= state.token

  if (plan === "delete") {
    // What a failed request put into the session that was to follow is dropped with it.
    if (state.isClosed) state.view = freshView(context.settings)
  } else if (plan !== "touch") {
    view.isStored = true
    if (isSameExpiry(view.expiry, expiry)) view.expiry = writtenExpiry
    view.storedExpiry = writtenExpiry
    rebase(state, view, mine, written)
  }
  return plan
}

/** Carries the work out. What the handler asks for meanwhile is left to the next commit. */
async function keep(work: Work, state: State): Promise<Kept> {
  const { isDestroyed, isRotated, isLogin } = state
  state.isDestroyed = state.isRotated = state.isLogin = false
  try {
    return await state.context.engine.keep(work)
  } catch (error) {
    state.isDestroyed ||= isDestroyed
    state.isRotated ||= isRotated
    state.isLogin ||= isLogin
    throw error
  }
}

/** Moves the view on to the text `kept` in the store; what the handler changed since `from` stays changed. */
export function rebase(state: State, view: View, from: string, kept: string): void {
  view.text = kept
  const now = JSON.stringify(view.data)
  if (now === kept) return
  const next = parseData(overlay(from, now, kept))!
  if (state.isClosed) view.data = Object.freeze(next)
  else assignData(view.data, next)
}

/**
 * The record for these contents, its id aside, in place of the record `over`; with `mayKeepDeadline` it ends when that one does,
 * unless moving the deadline is due. Throws `ERR_SESSION_DATA` when it is too large.
 */
export function encode(
  { settings, codec }: Context,
  contents: { userId: string | null; createdAt: number; expiry: Expiry; text: string },
  over: SessionRecord | undefined,
  mayKeepDeadline: boolean,
): Draft {
  const { userId, expiry, createdAt } = contents
  const payload = codec.encode(contents, over?.payload)
  // A UTF-16 unit is at most 3 bytes of UTF-8, so most payloads need no counting.
  const bytes = payload.length * 3 > settings.maxBytes ? Buffer.byteLength(payload) : 0
  if (bytes > settings.maxBytes)
    throw new SessionError(
      "ERR_SESSION_DATA",
      `The session needs ${bytes} bytes; the option "maxBytes" allows ${settings.maxBytes}`,
    )
  const expiresAt =
    over && mayKeepDeadline && !settings.slidesOnChange
      ? deadlineOfChange(expiry, createdAt, over.expiresAt, Date.now(), settings)
      : deadline(expiry, createdAt, Date.now(), settings)
  return { userId, payload, expiresAt }
}
