import { EventEmitter } from "node:events"
import { GATE, type Gate, type Gated } from "./gate-type.ts"

type Listen = (this: Gated, event: string, listener: () => void) => Gated

/** Listeners of `drain` that wait for the commit, and the response's own ways to listen. */
interface Holding {
  readonly own: Readonly<Record<Name, Listen>>
  readonly held: { readonly name: Name; readonly listener: () => void }[]
}
const NAMES = ["on", "addListener", "once"] as const
type Name = (typeof NAMES)[number]

const HOLDING = Symbol("holdfast.drains")

/**
 * Holds listeners of `drain` back once a `write` was answered with `false`: middleware that wraps the ways to listen may attach
 * them where our own `drain` would not be heard. Gives a function that ends this, which gives one that wakes them.
 *
 * What is put on the response for this stays there and lets through afterwards: a property that is deleted turns
 * the object into a hash table, slower for everyone who uses it from then on.
 */
export function holdDrains(res: Gated, gate: Gate): () => () => void {
  const holder = res as unknown as Record<Name, Listen> & { [HOLDING]: Holding | undefined }
  const { on, addListener, once } = holder
  const holding: Holding = { own: { on, addListener, once }, held: [] }
  holder[HOLDING] = holding
  Object.assign(holder, HELD)
  return () => {
    for (const name of NAMES) if (holder[name] === HELD[name]) holder[name] = holding.own[name]
    return () => wake(res, gate, holding)
  }
}

const HELD = { on: holdingBack("on"), addListener: holdingBack("addListener"), once: holdingBack("once") }

function holdingBack(name: Name): Listen {
  return function (this: Gated, event, listener) {
    const { own, held } = (this as unknown as { [HOLDING]: Holding })[HOLDING]
    const { phase, owesDrain } = this[GATE]
    if (event !== "drain" || phase !== "waiting" || !owesDrain) return own[name].call(this, event, listener)
    held.push({ name, listener })
    return this
  }
}

/** Wakes those who wait to write on, when the connection has room again. */
function wake(res: Gated, gate: Gate, { own, held }: Holding): void {
  const rouse = (): void => {
    for (const { name, listener } of held) {
      if (name !== "once") own[name].call(res, "drain", listener)
      listener.call(res)
    }
  }
  if (!gate.owesDrain || gate.standIn?.hasEnded) return
  // Node tells its own listeners; what is busy beside it is middleware, which tells those that listen by its own ways.
  if (res.writableNeedDrain) EventEmitter.prototype.once.call(res, "drain", rouse)
  else if (gate.isBusy) own.once.call(res, "drain", rouse)
  else
    process.nextTick(() => {
      res.emit("drain")
      rouse()
    })
}
