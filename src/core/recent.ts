/** What was made of texts that came by lately. */
export interface Recent<Value> {
  get(text: string): Value | undefined
  /** `size` is what the value itself takes, in characters. */
  set(text: string, value: Value, size: number): void
}

/** Keeps so many at most, and so many characters; the oldest go first. */
export function recent<Value>(maxCount: number, maxSize: number): Recent<Value> {
  const kept = new Map<string, { readonly value: Value; readonly size: number }>()
  let total = 0

  function drop(text: string): void {
    total -= kept.get(text)?.size ?? 0
    kept.delete(text)
  }

  return {
    get: (text) => kept.get(text)?.value,
    set(text, value, own) {
      drop(text)
      const size = text.length + own
      kept.set(text, { value, size })
      total += size
      for (const oldest of kept.keys()) {
        if (kept.size <= maxCount && total <= maxSize) return
        drop(oldest)
      }
    },
  }
}
