/**
 * Text as Python's UTF-8 with `surrogatepass`, in which half a surrogate pair is three bytes like any other
 * character. JavaScript's own UTF-8 would turn it into a replacement character.
 */
export function encodeText(text: string): Buffer {
  if (!LONE.test(text)) return Buffer.from(text)
  const parts = text.split(/([\ud800-\udfff])/u).map((part, index) => {
    if (index % 2 === 0) return Buffer.from(part)
    const unit = part.charCodeAt(0)
    return Buffer.of(0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f))
  })
  return Buffer.concat(parts)
}

/** The text that `encodeText` wrote; `undefined` for other bytes. */
export function decodeText(bytes: Buffer): string | undefined {
  // Latin-1 keeps each byte one character, so that a pattern can find the halves.
  const parts = bytes.toString("latin1").split(/(\xed[\xa0-\xbf][\x80-\xbf])/)
  try {
    return parts
      .map((part, index) => {
        const piece = Buffer.from(part, "latin1")
        if (index % 2 === 0) return strict.decode(piece)
        return String.fromCharCode(0xd000 | ((piece[1]! & 0x3f) << 6) | (piece[2]! & 0x3f))
      })
      .join("")
  } catch {
    return undefined
  }
}

const LONE = /[\ud800-\udfff]/u
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
