/**
 * Why a secret can't have been drawn at random, or `undefined`. It is refused for fewer than 6 different characters, for being
 * something said twice or more, and when of its pieces of three characters less than half differ. What a generator draws in hex,
 * base64 or decimal digits has all of that but once in many millions.
 */
export function weaknessOf(secret: string): string | undefined {
  const different = new Set(secret).size
  if (different < 6)
    return `has ${different === 1 ? "one character only" : `only ${different} different characters`}`
  if (periodOf(secret) <= secret.length / 2) return "says the same again and again"
  // Of a long text they would be less different by chance.
  const start = secret.slice(0, 128)
  const pieces = Array.from({ length: start.length - 2 }, (_, at) => start.slice(at, at + 3))
  return new Set(pieces).size < pieces.length / 2 ? "says nearly the same again and again" : undefined
}

/** After how many characters the text begins again, the last time perhaps cut short; its length if it never does. */
function periodOf(text: string): number {
  // The longest beginning that is an end as well, for each part (Knuth, Morris, Pratt).
  const borders = [0]
  for (let at = 1, border = 0; at < text.length; at++) {
    while (border > 0 && text[at] !== text[border]) border = borders[border - 1]!
    if (text[at] === text[border]) border++
    borders.push(border)
  }
  return text.length - borders.at(-1)!
}
