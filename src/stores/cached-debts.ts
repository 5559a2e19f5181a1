/** The slots this process could not clear, which it does not use until it could or their time is up. */
export interface Debts {
  /** Whether the id's slot is not to be trusted. */
  has(id: string): boolean
  /** A writer sets to work who could not take the slot. */
  begin(id: string): void
  /** A write is done that the slot may not show; `begun` when `begin` came before. Clears the slot if the cache answers. */
  end(id: string, begun: boolean): Promise<void>
}

interface Debt {
  /** Writers at work without having taken the slot. */
  readonly writers: number
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

  /** Clears the slot, and forgets the debt unless another write has a part in it. */
  async function pay(id: string): Promise<boolean> {
    const debt = debts.get(id)!
    const isOver = !debt.writers && debt.until <= Date.now()
    const isPaid = isOver || (await clear(id))
    if (isPaid && !debt.writers && debts.get(id) === debt) debts.delete(id)
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

  function change(id: string, writers: number, until: number): void {
    const debt = debts.get(id)
    debts.set(id, { writers: (debt?.writers ?? 0) + writers, until: Math.max(debt?.until ?? 0, until) })
  }

  return {
    has(id) {
      const debt = debts.get(id)
      return debt !== undefined && (debt.writers > 0 || debt.until > Date.now())
    },
    begin: (id) => change(id, 1, 0),
    async end(id, begun) {
      change(id, begun ? -1 : 0, Date.now() + life)
      await pay(id)
      payLater()
    },
  }
}
