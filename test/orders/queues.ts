/**
 * Makes sessions whose queues of writers tell of which record they are asked: they are what requests of one process share beside
 * the store, and each is a map by the ids of records.
 */
export function watched<Made>(make: () => Made, asked: (id: unknown) => void): Made {
  const Own = globalThis.Map
  class Watched<Key, Value> extends Own<Key, Value> {
    override get(key: Key): Value | undefined {
      asked(key)
      return super.get(key)
    }
    override has(key: Key): boolean {
      asked(key)
      return super.has(key)
    }
    override set(key: Key, value: Value): this {
      asked(key)
      return super.set(key, value)
    }
    override delete(key: Key): boolean {
      asked(key)
      return super.delete(key)
    }
  }
  globalThis.Map = Watched as MapConstructor
  try {
    return make()
  } finally {
    globalThis.Map = Own
  }
}
