/** A cache as Django uses it: bytes that end by themselves, and can be swapped for others. */
export interface ByteCache {
  get(key: string): Promise<Cached | undefined>
  /** Writes over whatever is there. */
  set(key: string, bytes: Buffer, expiresAt: number): Promise<void>
  /** Writes where nothing is; gives the version, or `undefined` when something was. */
  add(key: string, bytes: Buffer, expiresAt: number): Promise<string | undefined>
  /** Writes over this version and no other; a deadline in the past deletes it. */
  swap(key: string, bytes: Buffer, expiresAt: number, version: string): Promise<string | undefined>
  delete(key: string): Promise<boolean>
}

/** What lies under a key. */
export interface Cached {
  readonly bytes: Buffer
  readonly expiresAt: number
  readonly version: string
}

/** The instant when so many milliseconds are over; what the server keeps for ever ends in a year. */
export function deadlineIn(left: number): number {
  return Date.now() + (left < 0 ? 365 * 86_400_000 : left)
}
