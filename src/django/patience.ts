/** How long is waited for an answer, in milliseconds. */
export interface Patience {
  /** For the answer at the most: a longer wait is one for a lock that is not released. @default 60000 */
  readonly most?: number
  /** For the answer once a stop was asked for. @default 2000 */
  readonly grace?: number
}

/**
 * What the backend answers, of which a long piece of work takes one after another. `undefined` when a stop was asked for and it does not
 * answer soon after; rejects when it does not answer at all. What it was asked may be done all the same.
 */
export function patiently<Answer>(answer: Promise<Answer>): Promise<Answer>
export function patiently<Answer>(
  answer: Promise<Answer>,
  signal: AbortSignal | undefined,
  patience?: Patience,
): Promise<Answer | undefined>
export async function patiently<Answer>(
  answer: Promise<Answer>,
  signal?: AbortSignal,
  { most = 60_000, grace = 2000 }: Patience = {},
): Promise<Answer | undefined> {
  const timers: NodeJS.Timeout[] = []
  const { promise: late, resolve, reject } = Promise.withResolvers<undefined>()
  const after = (milliseconds: number, step: () => void): void =>
    void timers.push(setTimeout(step, milliseconds))
  const stop = (): void => after(grace, () => resolve(undefined))
  after(most, () => reject(new Error(`The backend gave no answer within ${most} ms; is the table locked?`)))
  if (signal?.aborted) stop()
  signal?.addEventListener("abort", stop)
  try {
    return await Promise.race([answer, late])
  } finally {
    signal?.removeEventListener("abort", stop)
    for (const timer of timers) clearTimeout(timer)
    answer.catch(() => {}) // its failure has no listener any more
  }
}
