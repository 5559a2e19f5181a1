/**
 * Why a secret can't have been drawn at random, or `undefined`. It is refused for fewer than 6 different characters, for being
 * nearly the same said twice or more, for running along the keyboard, for being made of the words that stand in examples, and when of
 * its pieces of three characters less than half differ. What a generator draws in hex, base64 or decimal digits has nothing of that
 * but once in many millions.
 */
export function weaknessOf(secret: string): string | undefined {
  const different = new Set(secret).size
  if (different < 6)
    return `has ${different === 1 ? "one character only" : `only ${different} different characters`}`
  // A long text would be less different by chance, and take long.
  const start = secret.slice(0, 128)
  if (repeats(start)) return "says nearly the same again and again"
  const text = start.toLowerCase()
  if (shareOnRows(text) > 2 / 3) return "runs along the keyboard"
  if (shareOfWords(text) > 1 / 2) return "is made of the words of examples"
  const pieces = Array.from({ length: start.length - 2 }, (_, at) => start.slice(at, at + 3))
  return new Set(pieces).size < pieces.length / 2 ? "says nearly the same again and again" : undefined
}

/** Whether the text, moved along by half its length or less, is the same but for every fifth character. */
function repeats(text: string): boolean {
  for (let period = 1; period <= text.length / 2; period++) {
    let left = (text.length - period) / 5
    for (let at = period; at < text.length && left >= 0; at++) if (text[at] !== text[at - period]) left--
    if (left >= 0) return true
  }
  return false
}

/** Of the steps from one character to the next the share that goes to a neighbour on the keyboard. */
function shareOnRows(text: string): number {
  let steps = 0
  for (let at = 1; at < text.length; at++) if (NEIGHBOURS.has(text.slice(at - 1, at + 1))) steps++
  return steps / (text.length - 1)
}

/** Of the letters and digits the share that is in such words. */
function shareOfWords(text: string): number {
  const characters = text.replace(/[^\p{L}\d]/gu, "").length
  const words = text.match(WORDS) ?? []
  return words.join("").length / characters
}

const ROWS = [
  "1234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "yxcvbnm",
  "azertyuiop",
  "qsdfghjklm",
  "wxcvbn",
]
const NEIGHBOURS = new Set(
  ROWS.flatMap((row) => Array.from(row.slice(1), (key, at) => [row[at] + key, key + row[at]])).flat(),
)

const WORDS =
  /secret|password|passphrase|change|replace|session|cookie|token|default|example|sample|placeholder|insert|please|random|string|character|development|production|keyboard|testing|super|least|long|very|must|your|this|that|here|goes|with|some|key/g
