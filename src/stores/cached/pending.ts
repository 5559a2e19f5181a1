/** The invalidations that this process owes the cache: slots it could not clear after a write, and does not use until it could. */
export interface PendingInvalidations {
  /** Whether the id's slot may show what a write of this process has overtaken. */
  has(id: string): boolean
  /** To be told of a write that the slot may not show. Clears the slot, now or when the cache answers again. */
  add(id: string): Promise<void>
}

interface Invalidation {
  /** When whatever is in the slot will have ended by itself, in epoch milliseconds. */
  readonly expiresAt: number
}

/**
 * @param clear Clears a slot; `false` when the cache did not answer.
 * @param life The most milliseconds that anything stays in a slot.
 * @param pause The milliseconds between two attempts to clear what is pending.
 */
export function pendingInvalidations(
  clear: (id: string) => Promise<boolean>,
  life: number,
  pause: number,
): PendingInvalidations {
  const pending = new Map<string, Invalidation>()
  let isWaiting = false

  /** Clears the slot, and forgets the invalidation unless another write has added one meanwhile. */
  async function invalidate(id: string): Promise<boolean> {
    const invalidation = pending.get(id)
    const isDone = !invalidation || invalidation.expiresAt <= Date.now() || (await clear(id))
    if (isDone && pending.get(id) === invalidation) pending.delete(id)
    return isDone
  }

  function invalidateLater(): void {
    if (isWaiting || pending.size === 0) return
    isWaiting = true
    setTimeout(async () => {
      for (const id of pending.keys()) if (!(await invalidate(id))) break
      isWaiting = false
      invalidateLater()
    }, pause).unref()
  }

  return {
    has: (id) => (pending.get(id)?.expiresAt ?? 0) > Date.now(),
    async add(id) {
      pending.set(id, { expiresAt: Date.now() + life })
      await invalidate(id)
      invalidateLater()
    },
  }
}
