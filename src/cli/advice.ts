import { sentence } from "./failure.ts"

/** What went wrong and what to do about it, in two sentences. */
export function advised(error: unknown): string {
  const text = sentence(error)
  const advice = ADVICE.find(([sign]) => sign.test(text))?.[1] ?? "Mend this first, then ask again"
  return advice === "" ? text : `${text}. ${advice}`
}

/** What backends say, and what to do then. The first that fits counts. */
const ADVICE: readonly (readonly [sign: RegExp, advice: string])[] = [
  [/ECONNREFUSED/, "Nothing listens there: start the server, or mend host and port"],
  [/ENOTFOUND|EAI_AGAIN/, "This host name is not known: mend it, or the name server"],
  [
    /\bOOM\b|out of memory|maxmemory|no space left|ENOSPC|\bis full\b|quota|max_page_count/i,
    "The store is full: give it more memory or disk, and let it remove dead sessions (holdfast clear-expired)",
  ],
  [
    /READONLY|read[- ]?only|in recovery/i,
    "It takes no writes: give the URL of the primary, not of a replica",
  ],
  [
    /NOPERM|permission|command denied|can't run this command|EACCES|EPERM|not (?:allowed|permitted|authorized)/i,
    "Its user may not do this: give it the rights that the page of this store lists, in docs/stores",
  ],
  [/unauthenticated/, ""], // the client says what to do
  [
    /too many|number of clients|no more connections/i,
    "It takes no more connections: raise its limit, or close some that are idle",
  ],
  [
    /password|auth|access denied|WRONGPASS|\brole\b/i,
    "The server is there and refuses the user or the password",
  ],
  [
    /ETIMEDOUT|time|no answer|silent/i,
    "Is a table locked, a firewall in the way, or the server stopped or overloaded?",
  ],
]
