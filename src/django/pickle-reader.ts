import { SessionError } from "../core/errors.ts"
import { MAX_DEPTH, type PythonDict, type PythonKey, type PythonValue } from "./python-value.ts"
import { decodeText } from "./surrogates.ts"

/**
 * The value in a pickle of protocol 2 to 5, when it is made of what JSON knows, and tuples and bytes. It can
 * build nothing else: no opcode that names, calls or builds an object is known here. Throws
 * `ERR_SESSION_DATA` for every other pickle, for what is none, and for one that recalls so much that it comes to more than
 * `maxBytes`.
 */
export function parsePickle(bytes: Buffer, maxBytes: number = MAX_BYTES): PythonValue {
  const memo: PythonValue[] = []
  /** What is on the stack; `undefined` marks where a group of items began. */
  const stack: (PythonValue | undefined)[] = []
  let at = 0

  function take(length: number): Buffer {
    if (length > bytes.length - at) throw refused("it ends too early")
    at += length
    return bytes.subarray(at - length, at)
  }

  /** A little-endian length of 1, 4 or 8 bytes. */
  function length(size: 1 | 4 | 8): number {
    const field = take(size)
    return size === 8 ? Number(field.readBigUInt64LE()) : field.readUIntLE(0, size)
  }

  function pop(): PythonValue {
    const value = stack.pop()
    if (value === undefined) throw refused("its stack is empty")
    return value
  }

  /** The items above the last mark. */
  function group(): PythonValue[] {
    const mark = stack.lastIndexOf(undefined)
    if (mark === -1) throw refused("a mark is missing")
    const items = stack.splice(mark)
    return items.slice(1) as PythonValue[]
  }

  function append(items: readonly PythonValue[]): void {
    const list = stack.at(-1)
    if (!Array.isArray(list)) throw refused("something is appended to what is no list")
    for (const item of items) list.push(item)
  }

  function setItems(items: readonly PythonValue[]): void {
    const dict = stack.at(-1)
    if (!(dict instanceof Map) || items.length % 2 !== 0) throw refused("an item is set in what is no dict")
    for (let i = 0; i < items.length; i += 2) (dict as PythonDict).set(keyOf(items[i]!), items[i + 1]!)
  }

  function tuple(items: readonly PythonValue[]): void {
    stack.push({ tuple: items })
  }

  function popLast(count: number): PythonValue[] {
    return Array.from({ length: count }, pop).reverse()
  }

  function recall(index: number): void {
    const value = memo[index]
    if (value === undefined) throw refused("it recalls what it never noted")
    stack.push(value)
  }

  function note(index: number): void {
    const value = stack.at(-1)
    if (value === undefined) throw refused("its stack is empty")
    memo[index] = value
  }

  const opcodes: Record<number, () => void> = {
    128: () => {
      const protocol = length(1)
      if (protocol < 2 || protocol > 5) throw refused(`it is of protocol ${protocol}`)
    },
    149: () => void take(8), // FRAME: only says how much to read ahead
    40: () => void stack.push(undefined), // MARK
    78: () => void stack.push(null),
    136: () => void stack.push(true),
    137: () => void stack.push(false),
    75: () => void stack.push(BigInt(length(1))),
    77: () => void stack.push(BigInt(take(2).readUInt16LE())),
    74: () => void stack.push(BigInt(take(4).readInt32LE())),
    138: () => void stack.push(integer(take(length(1)))),
    139: () => void stack.push(integer(take(length(4)))),
    71: () => void stack.push(take(8).readDoubleBE()),
    140: () => void stack.push(text(take(length(1)))),
    88: () => void stack.push(text(take(length(4)))),
    141: () => void stack.push(text(take(length(8)))),
    67: () => void stack.push(new Uint8Array(take(length(1)))),
    66: () => void stack.push(new Uint8Array(take(length(4)))),
    142: () => void stack.push(new Uint8Array(take(length(8)))),
    93: () => void stack.push([]),
    97: () => append(popLast(1)),
    101: () => append(group()),
    125: () => void stack.push(new Map()),
    115: () => setItems(popLast(2)),
    117: () => setItems(group()),
    41: () => tuple([]),
    133: () => tuple(popLast(1)),
    134: () => tuple(popLast(2)),
    135: () => tuple(popLast(3)),
    116: () => tuple(group()),
    148: () => note(memo.length),
    113: () => note(length(1)),
    114: () => note(noteAt(length(4), bytes.length)),
    104: () => recall(length(1)),
    106: () => recall(length(4)),
  }

  if (bytes[0] !== 0x80) throw refused("it does not say its protocol")
  for (;;) {
    const opcode = take(1)[0]!
    if (opcode === STOP) break
    const carryOut = opcodes[opcode]
    if (!carryOut) throw refused(`opcode 0x${opcode.toString(16).padStart(2, "0")} makes more than data`)
    carryOut()
  }
  const value = pop()
  if (stack.length > 0) throw refused("something is left over")
  checkSize(value, Math.max(maxBytes, bytes.length))
  return value
}

/** Python counts its notes, so an index beyond the number of bytes is no pickle, but a way to fill the memory. */
function noteAt(index: number, limit: number): number {
  if (index > limit) throw refused("it notes something at an index that it can't have come to")
  return index
}

/**
 * Refuses what recalls itself, and what a few bytes blow up to by recalling again and again: as a tree, which
 * is how it is used, it has to stay within bounds. A value counts as one, and text as its length.
 */
function checkSize(whole: PythonValue, most: number): void {
  let size = 0
  const count = (value: PythonValue): void => {
    size += 1 + (typeof value === "string" || value instanceof Uint8Array ? value.length : 0)
    if (size > most) throw refused("it comes to too many values and characters, or holds itself")
  }
  const walk = (value: PythonValue, depth: number): void => {
    count(value)
    if (depth > MAX_DEPTH) throw refused("it is nested too deep, or holds itself")
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return
    if (value instanceof Map) for (const key of value.keys()) count(key)
    const items = value instanceof Map ? value.values() : "tuple" in value ? value.tuple : value
    for (const item of items) walk(item, depth + 1)
  }
  walk(whole, 0)
}

/** Two's complement, little-endian. */
function integer(bytes: Buffer): bigint {
  if (bytes.length === 0) return 0n
  const hex = Buffer.from(bytes).reverse().toString("hex")
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
}

function text(bytes: Buffer): string {
  const decoded = decodeText(bytes)
  if (decoded === undefined) throw refused("a text is not UTF-8")
  return decoded
}

function keyOf(value: PythonValue): PythonKey {
  if (typeof value === "object" && value !== null) throw refused("a key is neither text nor number")
  return value
}

function refused(reason: string): SessionError {
  return new SessionError("ERR_SESSION_DATA", `its pickle can't be read: ${reason}`)
}

const STOP = 0x2e
/** The default of the option `maxBytes`. */
const MAX_BYTES = 1_048_576
