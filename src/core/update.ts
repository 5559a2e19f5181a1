import { carryOut, ended, unreadable } from "./commit.ts"
import { stringifyData } from "./data.ts"
import { SessionError } from "./errors.ts"
import { closed } from "./read-only.ts"
import { shown } from "./shown.ts"
import { inTurn, look, type State } from "./state.ts"
import { handOut, openText } from "./view.ts"

/** Makes a change to what is kept and stores it at once, in its turn among this request's updates and saves. */
export function update<Result>(state: State, change: (data: object) => Result): Promise<Result> {
  if (typeof change !== "function")
    throw new TypeError(`update(change) takes a function that changes the data; it got ${shown(change)}`)
  return inTurn(state, async () => {
    const view = look(state)
    const { engine, settings } = state.context
    if (!view.isStored || !engine.isShared) {
      if (state.isClosed) throw closed()
      const { isQuiet, unread } = state.standing
      if (isQuiet && view.userId === null && state.intent !== "end")
        throw unread === undefined ? ended() : unreadable(unread)
      return call(change, handOut(view))
    }
    let result: Result | undefined
    await carryOut(state, view, {
      plan: { write: "replace", cookie: Number.isFinite(settings.absolute) ? "leave" : "send" },
      ends: [],
      isChanged: true,
      mayDrop: false,
      mine: view.text,
      make({ stored, expiry }) {
        const opened = openText(stored, settings)
        if (!opened)
          throw new SessionError(
            "ERR_SESSION_DATA",
            "What is stored can't be used, so that it can't be changed",
          )
        result = call(change, opened.data)
        const text = stringifyData(
          opened.data,
          opened.text,
          settings.validate !== undefined,
          settings.maxBytes,
        )
        return { text, expiry }
      },
    })
    return result as Result
  })
}

function call<Data, Result>(change: (data: Data) => Result, data: Data): Result {
  const result = change(data)
  if (typeof (result as PromiseLike<unknown> | undefined)?.then === "function")
    throw new TypeError("update(change) takes a synchronous function; it got one that returns a promise")
  return result
}
