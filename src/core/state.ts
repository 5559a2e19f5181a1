import { parseData } from "./data.ts"
import type { Engine, Kept } from "./engine.ts"
import { SessionError } from "./errors.ts"
import type { Expiry } from "./expiry.ts"
import type { Settings } from "./options.ts"
import type { CookiePlan, Intent } from "./plan.ts"
import { shut } from "./read-only.ts"
import type { Standing } from "./standing.ts"
import { freshView, type View, viewOf } from "./view.ts"

/** What all sessions of one `createSessions` share. */
export interface Context {
  readonly settings: Settings
  readonly engine: Engine
}

/** What is to become of the browser's cookie. */
export type NextCookie =
  | { readonly is: "leave" }
  | { readonly is: "clear" }
  | { readonly is: "send"; readonly token: string }

/** What one request knows of its session. Only this file assigns to it. */
export interface State {
  readonly context: Context
  /** The well-formed tokens that the request brought. */
  readonly tokens: readonly string[]
  /** It brought a cookie of our name, well-formed or not. */
  readonly hasCookie: boolean
  isLoaded: boolean
  /** The response has begun. */
  isClosed: boolean
  /** Its commit has failed. */
  hasFailed: boolean
  /** The last `update` or `save` under way: they run one after another. */
  busy: Promise<unknown> | undefined
  /** What the tokens are good for, by now. */
  standing: Standing
  /** The session as the handler sees it, from the moment it first looks. */
  view: View | undefined
  intent: Intent
  /** The login is another user's, so that the session that was loaded ends. */
  isReplaced: boolean
  /** The user's mark, from before the login. */
  mark: Promise<string> | undefined
  /** The id of the session that this request begins, once somebody asked for it. */
  nextId: string | undefined
  cookie: NextCookie
}

/** A request's state before anything is read. */
export function newState(
  context: Context,
  tokens: readonly string[],
  hasCookie: boolean,
  isLazy: boolean,
): State {
  return {
    context,
    tokens,
    hasCookie,
    isLoaded: tokens.length === 0 && !isLazy,
    isClosed: false,
    hasFailed: false,
    busy: undefined,
    standing: NOBODY,
    view: undefined,
    intent: "continue",
    isReplaced: false,
    mark: undefined,
    nextId: undefined,
    cookie: LEAVE,
  }
}

/** Notes what the tokens turned out to be good for. */
export function loaded(state: State, standing: Standing): void {
  state.standing = standing
  state.isLoaded = true
}

/** The session as the handler sees it. Throws `ERR_SESSION_NOT_LOADED` before it is loaded. */
export function look(state: State): View {
  if (state.view) return state.view
  if (!state.isLoaded)
    throw new SessionError(
      "ERR_SESSION_NOT_LOADED",
      "The session is not loaded yet: await session.load() first",
    )
  const { settings } = state.context
  const { live } = state.standing
  state.view = (live && viewOf(live, settings)) ?? freshView(settings)
  return state.view
}

/** The session for people to read, which is no use of it. */
export function peek({ view, standing: { live }, isLoaded, context: { settings } }: State): object {
  if (!isLoaded) return { isLoaded }
  if (view)
    return summaryOf(!view.isStored, view.userId, (view.isHandedOut && view.data) || parseData(view.text))
  const data = live && parseData(live.text)
  const isRefused = data && settings.validate && "refusal" in settings.validate(data)
  return live && !isRefused ? summaryOf(false, live.userId, data) : summaryOf(true, null, settings.fresh())
}

function summaryOf(isNew: boolean, userId: string | null, data: object | undefined): object {
  return { isNew, userId, data }
}

/** The session's id, which is there before it is stored. */
export function idOf(state: State): string {
  return look(state).isStored ? state.standing.live!.id : nextId(state)
}

/** The id of the session that this request begins, if it does. */
export function nextId(state: State): string {
  state.nextId ??= state.context.engine.newId()
  return state.nextId
}

/** Signs a user in. `mark` is the user's mark from before the password was checked, if the application has it. */
export function signIn(state: State, userId: string, mark: string | undefined): void {
  const before = look(state)
  if (before.userId !== null && before.userId !== userId) replace(state)
  const view = look(state)
  view.userId = userId
  view.signedInAt = Date.now()
  intend(state, "login")
  const { engine } = state.context
  if (!engine.mark) return
  state.mark = mark === undefined ? engine.mark(userId) : Promise.resolve(mark)
  state.mark.catch(() => {}) // a commit that waits for it gets the error
}

/** Has the login that follows end this session and begin another. */
export function replace(state: State): void {
  state.isReplaced = true
  beginAnew(state)
}

/** Signs nobody in after all: the login did not count. What follows is a new visitor's. */
export function signOut(state: State): void {
  state.standing = NOBODY
  state.mark = undefined
  beginAnew(state)
}

/** Gives the session its own end. */
export function setExpiry(state: State, expiry: Expiry): void {
  look(state).expiry = expiry
}

/** Asks for a new secret. */
export function rotate(state: State): void {
  look(state)
  intend(state, "rotate")
}

/** Ends the session; what the view holds from now on is the next one. */
export function end(state: State): void {
  look(state)
  state.intent = "end"
  beginAnew(state)
}

function beginAnew(state: State): void {
  state.view = freshView(state.context.settings)
  state.nextId = undefined
}

/** The stronger of what was wanted before and what is wanted now. */
function intend(state: State, intent: Intent): void {
  if (STRENGTH.indexOf(intent) > STRENGTH.indexOf(state.intent)) state.intent = intent
}

/** What a commit takes of a request's state. */
export type TakenIntent = Pick<State, "intent" | "isReplaced">

/** Takes what the request wants for a commit: what it wants meanwhile is left to the next one. */
export function takeIntent(state: State): TakenIntent {
  const { intent, isReplaced } = state
  state.intent = "continue"
  state.isReplaced = false
  return { intent, isReplaced }
}

/** Gives back what a commit took and could not carry out. */
export function returnIntent(state: State, taken: TakenIntent): void {
  intend(state, taken.intent)
  state.isReplaced ||= taken.isReplaced
}

/** Goes on from what is kept by now. */
export function moveOn(state: State, plan: CookiePlan, { live, token, isNewToken }: Kept): void {
  state.standing = { live, others: state.standing.others, rivals: [], isQuiet: false }
  if (plan === "clear") state.cookie = { is: "clear" }
  else if (token === undefined) dropToken(state)
  else if (isNewToken || plan === "send" || hasPendingToken(state)) state.cookie = { is: "send", token }
}

/** Whether an earlier commit of this request has a token for the browser. */
export function hasPendingToken({ cookie }: State): boolean {
  return cookie.is === "send"
}

/** Sends no token that opens nothing any more. */
export function dropToken(state: State): void {
  if (hasPendingToken(state)) state.cookie = LEAVE
}

/** Ends the handler's time to change the session. What is written to `data` from now on throws. */
export function close(state: State): void {
  state.isClosed = true
  const { view } = state
  if (view?.isHandedOut) view.data = shut(view.data!)
}

/** Notes that the commit has failed. What it did not do is not tried again. */
export function fail(state: State): void {
  state.hasFailed = true
  takeIntent(state)
}

/** Runs `work` after the updates and saves of the same request that are still under way. */
export function inTurn<Result>(state: State, work: () => Promise<Result>): Promise<Result> {
  return hold(state, state.busy ? state.busy.then(work, work) : work())
}

/** Lets the updates and saves that follow wait for this one. */
export function hold<Result>(state: State, turn: Promise<Result>): Promise<Result> {
  const over = (): void => {
    if (state.busy === turn) state.busy = undefined
  }
  state.busy = turn
  turn.then(over, over)
  return turn
}

const LEAVE: NextCookie = { is: "leave" }
const NOBODY: Standing = { live: undefined, others: [], rivals: [], isQuiet: false }
const STRENGTH: readonly Intent[] = ["continue", "rotate", "login", "end"]
