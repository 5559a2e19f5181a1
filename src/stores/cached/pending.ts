/** The slots this process could not clear after a write, which it does not use until it could or their time is up. */
export interface Debts {
  /** Whether the id's slot may show what a write of this process has overtaken. */
  has(id: string): boolean
  /** To be told of a write that the slot may not show. Clears the slot, now or when the cache answers again. */
  add(id: string): Promise<void>
}

interface Debt {
  /** When whatever is in the slot will have ended by itself. */
  readonly until: number
}

/**
 * @param clear Clears a slot; `false` when the cache did not answer.
 * @param life The most milliseconds that anything stays in a slot.
 * @param pause The milliseconds between two attempts to clear what is owed.
 */
export function cacheDebts(clear: (id: string) => Promise<boolean>, life: number, pause: number): Debts {
  const debts = new Map<string, Debt>()
  let isWaiting = false

  /** Clears the slot, and forgets the debt unless another write made it anew meanwhile. */
  async function pay(id: string): Promise<boolean> {
    const debt = debts.get(id)
    const isPaid = !debt || debt.until <= Date.now() || (await clear(id))
    if (isPaid && debts.get(id) === debt) debts.delete(id)
    return isPaid
  }

  function payLater(): void {
    if (isWaiting || debts.size === 0) return
    isWaiting = true
    setTimeout(async () => {
      for (const id of debts.keys()) if (!(await pay(id))) break
      isWaiting = false
      payLater()
    }, pause).unref()
  }

  return {
    has: (id) => (debts.get(id)?.until ?? 0) > Date.now(),
    async add(id) {
      debts.set(id, { until: Date.now() + life })
      await pay(id)
      payLater()
    },
  }
}
