import { itemsOf, type PythonDict, type PythonValue } from "./python-value.ts"
import { encodeText } from "./surrogates.ts"

/** The pickle that Python's own pickler makes of the value: protocol 5, which Python 3.8 and later read. */
export function pickle(value: PythonValue): Buffer {
  const parts: Buffer[] = []
  /** The texts written already, which are recalled and not written again. */
  const memo = new Map<string, number>()
  let noted = 0

  function put(opcode: number, ...fields: readonly Buffer[]): void {
    parts.push(Buffer.of(opcode), ...fields)
  }

  function note(): void {
    noted++
    put(0x94)
  }

  /** Text and bytes: their opcode for lengths of 1, 4 or 8 bytes. */
  function sized(bytes: Buffer, [one, four, eight]: readonly [number, number, number]): void {
    if (bytes.length < 2 ** 8) put(one, uint(bytes.length, 1), bytes)
    else if (bytes.length < 2 ** 32) put(four, uint(bytes.length, 4), bytes)
    else put(eight, uint(bytes.length, 8), bytes)
    note()
  }

  function text(value: string): void {
    const known = memo.get(value)
    if (known === undefined) {
      memo.set(value, noted)
      sized(encodeText(value), [0x8c, 0x58, 0x8d])
    } else if (known < 2 ** 8) put(0x68, uint(known, 1))
    else put(0x6a, uint(known, 4))
  }

  function integer(value: bigint): void {
    if (value >= 0n && value < 2n ** 8n) put(0x4b, uint(Number(value), 1))
    else if (value >= 0n && value < 2n ** 16n) put(0x4d, uint(Number(value), 2))
    else {
      const bytes = twosComplement(value)
      if (bytes.length <= 4) put(0x4a, int32(value))
      else if (bytes.length < 2 ** 8) put(0x8a, uint(bytes.length, 1), bytes)
      else put(0x8b, uint(bytes.length, 4), bytes)
    }
  }

  /** Puts all items into the container last written, in groups of a thousand. */
  function fill(items: readonly (() => void)[], one: number, many: number): void {
    if (items.length === 1) {
      items[0]!()
      put(one)
      return
    }
    for (let start = 0; start < items.length; start += BATCH) {
      put(MARK)
      for (const write of items.slice(start, start + BATCH)) write()
      put(many)
    }
  }

  function dict(value: PythonDict): void {
    put(0x7d)
    note()
    const items = [...value].map(([key, inner]) => () => {
      write(key)
      write(inner)
    })
    fill(items, 0x73, 0x75)
  }

  function list(items: readonly PythonValue[]): void {
    put(0x5d)
    note()
    fill(
      items.map((item) => () => write(item)),
      0x61,
      0x65,
    )
  }

  function tuple(items: readonly PythonValue[]): void {
    if (items.length > 3) put(MARK)
    for (const item of items) write(item)
    put([0x29, 0x85, 0x86, 0x87][items.length] ?? 0x74)
    if (items.length > 0) note()
  }

  function write(value: PythonValue): void {
    if (value === null) put(0x4e)
    else if (typeof value === "boolean") put(value ? 0x88 : 0x89)
    else if (typeof value === "bigint") integer(value)
    else if (typeof value === "number") put(0x47, double(value))
    else if (typeof value === "string") text(value)
    else if (value instanceof Uint8Array) sized(Buffer.from(value), [0x43, 0x42, 0x8e])
    else if (value instanceof Map) dict(value)
    else if (Array.isArray(value)) list(value)
    else tuple(itemsOf(value))
  }

  write(value)
  put(STOP)
  const body = Buffer.concat(parts)
  const frame = body.length < SMALLEST_FRAME ? [] : [Buffer.of(0x95), uint(body.length, 8)]
  return Buffer.concat([Buffer.of(0x80, 5), ...frame, body])
}

function uint(value: number, size: 1 | 2 | 4 | 8): Buffer {
  const field = Buffer.alloc(size)
  if (size === 8) field.writeBigUInt64LE(BigInt(value))
  else field.writeUIntLE(value, 0, size)
  return field
}

function int32(value: bigint): Buffer {
  const field = Buffer.alloc(4)
  field.writeInt32LE(Number(value))
  return field
}

function double(value: number): Buffer {
  const field = Buffer.alloc(8)
  field.writeDoubleBE(value)
  return field
}

/** The fewest bytes that hold the integer, little-endian. */
function twosComplement(value: bigint): Buffer {
  const bits = (value < 0n ? -value - 1n : value).toString(2).length + 1
  const size = Math.ceil(bits / 8)
  const hex = BigInt.asUintN(size * 8, value)
    .toString(16)
    .padStart(size * 2, "0")
  return Buffer.from(hex, "hex").reverse()
}

const MARK = 0x28
const STOP = 0x2e
const BATCH = 1000
const SMALLEST_FRAME = 4
