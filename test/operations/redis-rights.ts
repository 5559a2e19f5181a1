import { readFileSync } from "node:fs"

const page = readFileSync(new URL("../../docs/stores/redis.md", import.meta.url), "utf8")

/** The rights that the page on Redis gives a user in an ACL line, by the comment that stands over it. */
export function rightsOf(purpose: "serving" | "operating"): string {
  const line = new RegExp(`# ${purpose}\\b.*\\nACL SETUSER \\S+ (?:on >\\S+ )?(.+)`).exec(page)?.[1]
  if (!line) throw new Error(`docs/stores/redis.md gives no ACL line for ${purpose}`)
  return line
}
