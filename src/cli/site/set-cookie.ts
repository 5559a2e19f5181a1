import { type SetCookie as Attributes, parseSetCookie } from "cookie"
import { isSealed } from "../../core/seal.ts"
import { sessionTokens } from "../../core/token.ts"
import type { Answer } from "./answer.ts"

/** One line `Set-Cookie` as a browser reads it. The value is a secret: nothing prints it. */
export interface SetCookie extends Attributes {
  readonly value: string
  /** The answer that has the line. */
  readonly answer: Answer
  /** The line is there to remove the cookie: it has no value, or neither life nor the form of a session's. */
  readonly isCleared: boolean
  /** Another cookie follows in the same line, which browsers take for a part of an attribute. */
  readonly isJoined: boolean
}

/** What a value has the form of. */
export type Form = "token" | "sealed" | "other"

/** All lines of an answer, in its order. */
export function cookiesOf(answer: Answer): readonly SetCookie[] {
  return (answer.headers["set-cookie"] ?? []).map((line) => {
    const { value = "", ...attributes } = parseSetCookie(line, { decode: (text) => text })
    const isOver = lifeOf(attributes, answer.answeredAt) <= 0
    const isCleared = value === "" || (isOver && formOf(value) === "other")
    return { ...attributes, value, answer, isCleared, isJoined: JOINED.test(line) }
  })
}

/** The lines that give a visitor this cookie. */
export function given(answers: readonly Answer[], name: string): readonly SetCookie[] {
  return answers.flatMap(cookiesOf).filter((cookie) => cookie.name === name && !cookie.isCleared)
}

/** How long it lives, in seconds; infinite when it ends with the browser. Max-Age counts before Expires. */
export function lifeOf({ maxAge, expires }: Pick<Attributes, "maxAge" | "expires">, now: number): number {
  if (maxAge !== undefined) return maxAge
  return expires ? (expires.getTime() - now) / 1000 : Number.POSITIVE_INFINITY
}

/** Whether the value is a token, a sealed session or something else, such as a key of Django's. */
export function formOf(value: string): Form {
  if (sessionTokens.isWellFormed(value)) return "token"
  return isSealed(value) ? "sealed" : "other"
}

/** Whether both values are of the same session, as far as they say: a token's secret may change, its id does not. */
export function isSameSession(one: string, other: string): boolean {
  if (one === other) return true
  return formOf(one) === "token" && formOf(other) === "token" && idOf(one) === idOf(other)
}

/** What tells cookies of one host and name apart: a browser keeps one for each place. */
export function placeOf({ domain = "", path = "" }: SetCookie): string {
  return `${domain.toLowerCase()} ${path}`
}

function idOf(token: string): string {
  return token.slice(0, token.indexOf("."))
}

/** A name and an equals sign after a comma, past the first attribute; a date has commas too. */
const JOINED = /;.*,\s*[\w!#$%&'*+.^`|~-]+=/
