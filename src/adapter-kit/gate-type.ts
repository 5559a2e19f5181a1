import type { ServerResponse } from "node:http"
import type { Http2ServerResponse } from "node:http2"
import type { Member } from "./commit.ts"

/** A response of `node:http`, `node:https` or `node:http2`, or one that a framework built on it. */
export type NodeResponse = ServerResponse | Http2ServerResponse

/** The methods that send, and what the gate needs besides. Typed loosely: it passes on what it gets. */
export interface Gated extends Omit<ServerResponse, Sending> {
  [GATE]: Gate
  writeHead: Method
  flushHeaders: Method
  write: Method
  end: Method
  /** Compression has it. */
  flush?: Method | undefined
}
export type Sending = "writeHead" | "flushHeaders" | "write" | "end" | "flush"
export type Method = (this: Gated, ...args: unknown[]) => unknown

/** The response's own methods, from when the gate was put on it. */
export type Own = Record<Exclude<Sending, "flush"> | Listening, Method> & {
  readonly flush: Method | undefined
}
export type Listening = "on" | "addListener" | "once"

export interface Gate extends Own {
  /**
   * Nothing sent yet; telling inner middleware that the head is next; commit under way; committed, so that calls go
   * through; commit failed, so that what the handler sends goes nowhere.
   */
  phase: "shut" | "announcing" | "waiting" | "open" | "refused"
  readonly members: Member[]
  fail: (error: unknown) => void
  /** Takes the calls while the commit runs. */
  standIn: StandIn | undefined
  /** What the handler sent while the commit was under way. */
  calls: { readonly method: Sending; readonly args: unknown[] }[]
  /** A `write` was answered with `false`, so its caller waits for `drain`. */
  owesDrain: boolean
  /** The last `write` of those that were kept was answered with `false` when it was made. */
  isBusy: boolean
  /** Inner middleware was told that the head is next. */
  isAnnounced: boolean
  /** Closes the connection, which somebody asked for after the response was ended. */
  closing: (() => void) | undefined
}

export const GATE: unique symbol = Symbol("holdfast.gate")

/** Takes the calls on a response while its commit runs, and throws and knows what Node throws and knows. */
export interface StandIn {
  /** The handler has ended the response. */
  readonly hasEnded: boolean
  /** Whether the call comes after the end, so that it is Node's error and not to be made again. */
  isTooLate(method: Sending, args: readonly unknown[]): boolean
  /** Makes the call, after which `res` looks as it would if it had been made there. */
  take(res: Gated, method: Sending, args: readonly unknown[]): unknown
  /** Has `res` look again as it is. */
  reveal(res: Gated): void
}
