import type { ClearExpiredOptions, Store, UserIndex } from "../core/store.ts"

/** A backend opened from a URL: what applications need of it, and what operators need. */
export interface Backend {
  readonly store: OpenStore
  readonly upkeep: Upkeep
}

/** A store together with its connection, which is the caller's to close. */
export type OpenStore = Store &
  Partial<UserIndex> & {
    /** Creates or updates what the store needs in its backend. Does nothing where it needs nothing. */
    migrate(): Promise<void>
    /** Ends the connection. Calls that follow fail, but for `close` itself, which may be called again. */
    close(): Promise<void>
  }

/** What operators do with a backend beyond the `Store` contract. What a backend can't do rejects with `unable`. */
export interface Upkeep {
  /** Resolves once the backend has answered; rejects with the reason why it doesn't. */
  connected(): Promise<void>
  /** The number of dead records still there. */
  countExpired(): Promise<number>
  /** Removes every record, in batches; gives the number of live ones, or of all where that is easier. */
  deleteAll(options: ClearExpiredOptions): Promise<number>
  /** The backend's clock, in epoch milliseconds; `undefined` where it has none but this machine's. */
  clock(): Promise<number | undefined>
  /** What doctor wants to know of it. */
  inspect(): Promise<readonly Finding[]>
}

/** One thing that doctor looked at. */
export interface Finding {
  readonly name: string
  /** What it is like. */
  readonly value: string
  /** What is wrong with it and what to do, in plain words; absent when it is fine. */
  readonly problem?: string
  /** What is worth knowing of it although it is no problem. */
  readonly remark?: string
  /** Nothing may be written while it is so: the table is missing or another one, or this is a replica. */
  readonly isUnwritable?: true
}

/** What an `open.ts` exports: it opens the backend that the URL names. Only what the URL needs is loaded. */
export type Open = (address: Address, opening: Opening) => Backend | Promise<Backend>

/** A client that was opened from a URL. */
export interface Link<Client> extends Pick<Upkeep, "connected">, Pick<OpenStore, "close"> {
  readonly client: Client
}

/** How a backend is opened. */
export interface Opening {
  /** Told of a connection's errors. */
  readonly onError: (error: Error) => void
  /**
   * Whether a file or directory that is not there is made. Where it may not, opening it makes and changes nothing: what is not
   * there fails with `absent`, at once or when it is asked for.
   */
  readonly mayCreate: boolean
}

/** What a store URL says. */
export interface Address {
  /** The backend that the scheme stands for. */
  readonly kind: string
  /** The URL as the client takes it: without the parameters that are ours. */
  readonly url: string
  /** The URL for people to read: no password, no parameters. */
  readonly label: string
  /** Every text in it that must never be shown, as written and as meant. */
  readonly secrets: readonly string[]
  /** Whether the connection is to be encrypted from the start (TLS). */
  readonly isEncrypted: boolean
  readonly user: string | undefined
  readonly password: string | undefined
  /** The port is 0 where the scheme has none. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  /** The path of a file or directory; after a host, what follows the slash. */
  readonly path: string
  /** What the backend is told, when the URL says it. */
  readonly options: {
    readonly table?: string
    readonly prefix?: string
    readonly endpoint?: string
    readonly prepare?: boolean
  }
}

/** The error that says why a backend can't do what `Upkeep` asks. */
export function unable(why: string): Error {
  return Object.assign(new Error(why), { code: UNABLE })
}

export function isUnable(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === UNABLE
}

/** The error that says that the file or directory a URL names is not there, or holds no sessions. */
export function absent(message: string): Error {
  return Object.assign(new Error(message), { code: ABSENT })
}

export function isAbsent(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === ABSENT
}

const UNABLE = "ERR_UPKEEP_UNABLE"
const ABSENT = "ERR_STORE_ABSENT"
