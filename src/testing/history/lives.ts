import { isDone, isUnknown, type StoreCall } from "./call.ts"
import type { Violation } from "./violation.ts"
import type { Write } from "./writes.ts"

/** The life of a record under an id: what was created, and all that was written over it, until it ended. */
export interface Life {
  readonly root: Write
  readonly writes: readonly Write[]
  /** It was there at the latest at the end of this call. */
  readonly first: StoreCall
  /** It was still there at the beginning of this call. */
  readonly last: StoreCall
  /** What ended it for certain: a write with a deadline in the past. */
  readonly ending?: StoreCall
}

/** The lives under one id in their order. Tells where two were there at the same time. */
export function livesOf(writes: readonly Write[], tell: (violation: Violation) => void): readonly Life[] {
  const roots = writes.filter(({ parent }) => !parent)
  // Where one order of two lives is possible and the other is not, this is the possible one.
  const lives = roots.map(lifeOf).sort((one, other) => middle(one) - middle(other))
  for (const [n, life] of lives.entries()) {
    const next = lives[n + 1]
    if (next && life.last.begin > next.first.end)
      tell({
        rule: "what ended stays ended, and what is there is not created again",
        calls: [life.root.call, next.first, life.last],
      })
  }
  return lives
}

/** Whether two lives may have been lived in either order. */
export function isOrderOpen(lives: readonly Life[]): boolean {
  return lives.some((life, n) => {
    const next = lives[n + 1]
    return next !== undefined && next.last.begin <= life.first.end
  })
}

function middle({ first, last }: Life): number {
  return first.end + last.begin
}

function lifeOf(root: Write): Life {
  const writes: Write[] = []
  for (const open = [root]; open.length > 0; ) {
    const write = open.pop()!
    writes.push(write)
    open.push(...write.children)
  }
  // A write with a deadline in the past is the end of the life, not a sign of it.
  const isEnding = ({ call }: Write): boolean => call.given!.expiresAt <= call.at
  const signs = [
    ...writes.filter((write) => !isEnding(write)).map(({ call }) => call),
    ...writes.flatMap(({ sights }) => sights.filter((call) => call.call !== "touch" || !isPast(call))),
  ]
  const ending =
    writes.find((write) => isEnding(write) && isDone(write.call))?.call ??
    writes.flatMap(({ touches }) => touches).find((call) => isPast(call) && isDone(call))
  const [head = root.call] = signs
  return {
    root,
    writes,
    first: signs.reduce((best, call) => (call.end < best.end ? call : best), head),
    last: signs.reduce((best, call) => (call.begin > best.begin ? call : best), head),
    ...(ending && { ending }),
  }
}

function isPast({ expiresAt, at }: StoreCall): boolean {
  return expiresAt !== undefined && expiresAt <= at
}

/** Whether the record may have ended by itself before `instant`, by what its writers and touches said. */
export function mayHaveExpired({ writes }: Life, instant: number): boolean {
  return writes.some(
    ({ call, touches, children }) =>
      children.every(({ call }) => isUnknown(call)) &&
      [call.given!.expiresAt, ...touches.map(({ expiresAt }) => expiresAt!)].some((due) => due <= instant),
  )
}
