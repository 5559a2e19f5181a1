import { draftAnew, draftOver, openLatest } from "./drafts.ts"
import type { Draft, Kept, Live, Work } from "./engine.ts"
import { SessionError } from "./errors.ts"
import { begunAt, deadline, isSameExpiry, isTouchDue } from "./expiry.ts"
import { overlay } from "./merge.ts"
import { workOf } from "./pacing.ts"
import { type Plan, planCommit, type Write } from "./plan.ts"
import {
  dropToken,
  hasPendingToken,
  moveOn,
  nextId,
  returnIntent,
  type State,
  signOut,
  type TakenIntent,
  takeIntent,
} from "./state.ts"
import { type StoredText, textToKeep } from "./text-to-keep.ts"
import { goOn, mayNote, putOff } from "./uses.ts"
import { type Changeable, rebase, textOf, type View } from "./view.ts"
import { warnOfLostUse } from "./warnings.ts"

/** What a commit did; `"ended"` when the session had been ended or superseded, so that nothing was written. */
export type CommitResult = Exclude<Write, "refuse"> | "ended"

/** What a request makes of its session. */
export interface Change {
  readonly plan: Plan
  /** The sessions to end before anything is written. */
  readonly ends: readonly Live[]
  /** What the request wanted, to be given back when it can't be carried out. */
  readonly taken?: TakenIntent
  /** Whether data or expiry differ from what was loaded. */
  readonly isChanged: boolean
  /** Changes that have no session any more are dropped instead of refused. */
  readonly mayDrop: boolean
  /** The data's text when the change was made. */
  readonly mine: string
  /** The change, made to what is kept, of which `text` is what the application sees. Called again when another writer was faster. */
  make(kept: Changeable & Pick<StoredText, "stored">): Changeable
}

/**
 * Brings the store up to date with the session. Answers at once when there is nothing to do. Throws or
 * rejects with `ERR_SESSION_ENDED` when what the request changed has no session any more; with `mayDrop` only
 * when a login did not count. What `ready` throws, which is called before anything is done, leaves
 * everything as it was.
 */
export function commit(
  state: State,
  isFailed: boolean,
  mayDrop = false,
  ready?: () => void,
): CommitResult | Promise<CommitResult> {
  const { view } = state
  if (!view) return "nothing"
  const { text: from, expiry } = view
  let mine: string
  try {
    mine = isFailed ? from : textOf(view, state.context.settings)
  } catch (error) {
    if (state.intent !== "end") throw error
    // A logout holds, as in every other request that fails.
    return Promise.resolve(commit(state, true, mayDrop, ready)).then(() => {
      throw error
    })
  }
  const isExpiryChanged = !isFailed && !isSameExpiry(expiry, view.storedExpiry)
  const plan = planOf(state, view, isFailed, mine !== from, isExpiryChanged)
  if (plan.write === "nothing") return "nothing"
  if (plan.write === "refuse") return told(mayDrop, state.standing.unread)
  const isNote = plan.write === "touch" && !hasPendingToken(state)
  if (isNote && !mayNote(state.context.settings.uses)) return "nothing"
  const ends = endsOf(state, plan.write)
  ready?.()
  const result = carryOut(state, view, {
    plan,
    ends,
    taken: takeIntent(state),
    isChanged: mine !== from || isExpiryChanged,
    mayDrop,
    mine,
    make: (kept) => ({
      text: overlay(from, mine, kept.text),
      expiry: isExpiryChanged ? expiry : kept.expiry,
    }),
  })
  return isNote ? noted(result, state) : result
}

/** A request that only used its session does not fail because that could not be noted. */
async function noted(note: Promise<CommitResult>, { context: { settings } }: State): Promise<CommitResult> {
  try {
    const result = await note
    goOn(settings.uses)
    return result
  } catch (error) {
    if (!(error instanceof SessionError)) throw error
    putOff(settings.uses)
    warnOfLostUse(settings, error)
    return "nothing"
  }
}

function planOf(
  state: State,
  view: View,
  isFailed: boolean,
  isDataChanged: boolean,
  isExpiryChanged: boolean,
): Plan {
  const { context, standing } = state
  const { live } = standing
  return planCommit({
    isLooked: true,
    isFailed,
    intent: state.intent,
    isStored: view.isStored,
    isQuiet: standing.isQuiet,
    isEmpty: !isDataChanged && view.userId === null,
    isChanged: isDataChanged || isExpiryChanged,
    // Without an absolute limit the cookie ends with the deadline.
    isCookieChanged: isExpiryChanged || !Number.isFinite(context.settings.absolute),
    isTouchDue: view.isStored && !isDataChanged && !isExpiryChanged && isUseDue(state, live!),
    hasCookie: state.hasCookie || hasPendingToken(state),
    hasPendingToken: hasPendingToken(state),
  })
}

/** Whether a session that is used and not changed is to be written all the same. */
function isUseDue(state: State, live: Live): boolean {
  const { engine, settings } = state.context
  if (engine.isDue(live, hasPendingToken(state))) return true
  return settings.slidesOnUse && isTouchDue(live.expiry, begunAt(live), live.expiresAt, Date.now(), settings)
}

function endsOf({ standing: { live, others, rivals }, isReplaced }: State, write: Write): readonly Live[] {
  const own = live ? [live] : []
  if (write === "delete" || write === "restart") return [...own, ...others]
  if (write === "login") return isReplaced ? [...own, ...rivals] : rivals
  return []
}

/** The one way to the engine: carries the change out, and goes on from what is kept then. */
export async function carryOut(state: State, view: View, change: Change): Promise<CommitResult> {
  const { plan, ends, isChanged, mayDrop, mine } = change
  const { engine, settings } = state.context
  const { live } = state.standing
  const write = plan.write as Work["write"]
  const roomFor =
    (draft: (text: string) => Draft) =>
    (text: string): boolean =>
      engine.hasRoom?.(draft(text)) ?? true
  let drafted: (Draft & Pick<StoredText, "stored">) | undefined
  const work: Work = {
    write,
    ends,
    isChanged,
    hasPendingToken: hasPendingToken(state),
    live: view.isStored ? live : undefined,
    newId: () => nextId(state),
    expiresAt: live ? deadline(live.expiry, begunAt(live), Date.now(), settings) : 0,
    size: workOf(mine, view.data),
    mark: state.mark,
    draft(latest) {
      const seen = latest === live ? view.text : isChanged ? openLatest(latest, settings) : latest.text
      const { text: stored, expiry } = latest
      const made = isChanged ? change.make({ text: seen, expiry, stored }) : { text: seen, expiry }
      const draft = (text: string) => draftOver(latest, view, write, { ...made, text }, settings)
      const text =
        made.text === seen ? stored : textToKeep(made.text, { stored, seen }, settings, roomFor(draft))
      drafted = { ...draft(text), text: made.text, stored: text }
      return draft(text)
    },
    begin(takesLoaded) {
      const goesOn = takesLoaded && view.isStored
      const stored = goesOn ? live!.text : "{}"
      const seen = goesOn ? view.text : JSON.stringify(settings.fresh())
      const made = takesLoaded
        ? { text: mine, expiry: view.expiry }
        : change.make({ text: seen, expiry: null, stored })
      const isAsStored = goesOn && made.text === seen
      const draft = (text: string) => draftAnew(view, write, { ...made, text }, settings)
      const text = isAsStored ? stored : textToKeep(made.text, { stored, seen }, settings, roomFor(draft))
      drafted = { ...draft(text), text: made.text, stored: text }
      return draft(text)
    },
  }
  let kept: Kept
  try {
    kept = await engine.keep(work)
  } catch (error) {
    if (change.taken) returnIntent(state, change.taken)
    throw error
  }
  if (kept.isEnded) {
    dropToken(state)
    if (write === "login" || write === "restart") {
      signOut(state)
      throw ended(write)
    }
    return isChanged ? told(mayDrop, kept.unread) : "ended"
  }
  moveOn(state, plan.cookie, kept)
  if (drafted) rebase(view, mine, drafted, settings)
  if (kept.failure) throw kept.failure
  return write
}

/** What becomes of changes that have no session any more. */
function told(mayDrop: boolean, unread: string | undefined): "ended" {
  if (mayDrop) return "ended"
  throw unread === undefined ? ended() : unreadable(unread)
}

/** What was to be written has no session any more. */
export function ended(write?: Write): SessionError {
  return new SessionError(
    "ERR_SESSION_ENDED",
    write === "login" || write === "restart"
      ? "The user's sessions were revoked while the login was under way, so that it does not count"
      : "The session was ended or signed in anew by another request, so that nothing was stored",
  )
}

/** What was to be written would take the place of a session that can't be read here. */
export function unreadable(reason: string): SessionError {
  return new SessionError(
    "ERR_SESSION_ENDED",
    `The request's session stays as it is, and nothing was stored, since ${reason}`,
  )
}
