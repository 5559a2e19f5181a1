import { parseData } from "./data.ts"

/** The JSON of each value of a data object, in the object's order, by the JSON of its key without the quotes. */
export type Pieces = Map<string, string>

/**
 * Cuts the JSON of a data object into the JSON of its values, without parsing them. Values that are as in `like` are not even looked
 * through. Text that is not as `JSON.stringify` writes it is parsed, and that of no object has none.
 */
export function piecesOf(text: string, like: Pieces = NONE): Pieces {
  return cut(text, like) ?? parsed(text)
}

/** The JSON of a data object of these values, as `JSON.stringify` would write it. */
export function joined(pieces: Pieces): string {
  let text = ""
  let hasIndex = false
  for (const [key, piece] of pieces) {
    text += `${text === "" ? '{"' : ',"'}${key}":${piece}`
    hasIndex ||= isDigit(key.charCodeAt(0))
  }
  if (text === "") return "{}"
  // Objects keep keys that are array indices in front, in order of size.
  return hasIndex ? JSON.stringify(JSON.parse(`${text}}`)) : `${text}}`
}

/** The key whose JSON, without quotes, this is. */
export function keyOf(literal: string): string {
  return literal.includes("\\") ? JSON.parse(`"${literal}"`) : literal
}

function parsed(text: string): Pieces {
  const entries = Object.entries(parseData(text) ?? {})
  return new Map(entries.map(([key, value]) => [JSON.stringify(key).slice(1, -1), JSON.stringify(value)]))
}

function cut(text: string, like: Pieces): Pieces | undefined {
  const pieces: Pieces = new Map()
  if (text === "{}") return pieces
  const last = text.length - 1
  for (let at = 0; text.charCodeAt(at) === (at === 0 ? BRACE : COMMA); ) {
    const colon = text.charCodeAt(at + 1) === QUOTE ? endOfString(text, at + 1) : last
    if (text.charCodeAt(colon) !== COLON) return undefined
    const key = text.slice(at + 2, colon - 1)
    const known = like.get(key)
    at = isThere(text, colon + 1, known) ? colon + 1 + known.length : endOfValue(text, colon + 1)
    pieces.set(key, text.slice(colon + 1, at))
    if (at === last && text.charCodeAt(at) === END_BRACE) return pieces
  }
  return undefined
}

/** Whether the value that begins here is this one. */
function isThere(text: string, begin: number, value: string | undefined): value is string {
  if (value === undefined) return false
  const end = begin + value.length
  const next = text.charCodeAt(end)
  // Several times as fast as `startsWith`.
  return (next === COMMA || next === END_BRACE) && text.slice(begin, end) === value
}

/** Where the value that begins here ends; the text's length where it does not, or where somebody else wrote it. */
function endOfValue(text: string, begin: number): number {
  let depth = 0
  let dull = 0
  for (let at = begin; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) at = endOfString(text, at) - 1
    else if (code > LAST_LETTER) {
      const kind = code | KIND
      if (kind === BRACE) depth++
      else if (kind === END_BRACE && depth-- === 0) return at
    } else if (depth > 0) {
      // A pattern is slow to begin and then a hundred times as fast.
      if (dull++ < MANY) continue
      at = nextMark(text, at) - 1
    } else if (code <= COMMA && code !== PLUS) return code === COMMA ? at : text.length
    dull = 0
  }
  return text.length
}

/** Where the next quote, bracket or brace is. */
function nextMark(text: string, from: number): number {
  MARK.lastIndex = from
  return MARK.test(text) ? MARK.lastIndex - 1 : text.length
}

/** What comes after the string that begins here; the text's length where it does not end. */
function endOfString(text: string, begin: number): number {
  let end = text.indexOf('"', begin + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end + 1
}

function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text.charCodeAt(before - 1) === BACKSLASH) before--
  return (at - before) % 2 === 1
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

const NONE: Pieces = new Map()
const MARK = /["[\]{}]/g
const MANY = 64
const [QUOTE, PLUS, COMMA, COLON, LAST_LETTER, BACKSLASH] = [0x22, 0x2b, 0x2c, 0x3a, 0x5a, 0x5c]
/** Brackets and braces differ in one bit. */
const [BRACE, END_BRACE, KIND] = [0x7b, 0x7d, 0x20]
