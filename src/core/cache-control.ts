/** A response header as frameworks have it so far. */
export type HeaderSoFar = string | readonly string[] | number | null | undefined

/**
 * The `Cache-Control` of an answer that sets a cookie: `no-store`, and of what others say whatever does not contradict it, in its
 * order and as they wrote it (RFC 9111 section 5.2). A value whose quotes do not match is left away.
 */
export function noStoreOver(present: HeaderSoFar): string {
  if (present === null || present === undefined) return "no-store"
  const directives = directivesOf(Array.isArray(present) ? present.join(",") : String(present))
  const kept = directives.filter((directive) => !CONTRADICTING.has(nameOf(directive)))
  // A cache that knows `must-understand` passes over `no-store` (section 5.2.2.3); `private` keeps shared ones away then.
  const isOpen = kept.some((directive) => nameOf(directive) === "must-understand")
  const isPrivate = kept.some((directive) => directive.toLowerCase() === "private")
  return ["no-store", ...(isOpen && !isPrivate ? ["private"] : []), ...kept].join(", ")
}

/** Parts at commas that are not inside quotes; none when a quote is left open. */
function directivesOf(value: string): readonly string[] {
  if (!WHOLE.test(value)) return []
  return (value.match(PART) ?? []).map((part) => part.trim()).filter(Boolean)
}

function nameOf(directive: string): string {
  return directive.split("=", 1)[0]!.trim().toLowerCase()
}

/** What lies between two commas: text, and quoted text with its escapes. */
const PART = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g
const WHOLE = /^(?:[^"]|"(?:[^"\\]|\\.)*")*$/

/** What lets a cache keep the answer, or speaks of one that is kept; and what is said already. */
const CONTRADICTING = new Set([
  "no-store",
  "public",
  "max-age",
  "s-maxage",
  "immutable",
  "stale-while-revalidate",
  "stale-if-error",
])
