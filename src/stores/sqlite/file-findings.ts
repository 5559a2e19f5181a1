import type { Finding } from "../backend.ts"
import { sized } from "../disk-findings.ts"

/** Whether the file is whole, by what SQLite's quick check says of it; that takes too long where the file is large. */
export function wholeFinding(size: number, check: () => string): Finding {
  const name = "integrity"
  if (size > MOST_CHECKED)
    return { name, value: `not checked, which takes long from ${sized(MOST_CHECKED)} on` }
  const fault = faultOf(check)
  const problem = `The file is damaged (${fault}). Stop the application, then put a backup in its place, or what .recover in sqlite3 saves of it`
  return {
    name,
    ...(fault === undefined
      ? { value: "whole" }
      : { value: "damaged", problem, isUnwritable: true as const }),
  }
}

function faultOf(check: () => string): string | undefined {
  try {
    const said = check()
    return said === "ok" ? undefined : said.replaceAll("\n", " ")
  } catch (error) {
    return (error as Error).message
  }
}

/** How large the file is. The disk gets back by itself nothing of what is `free` in it, a share from 0 to 1. */
export function sizeFinding(size: number, free: number): Finding {
  const value = `${sized(size)}, ${Math.round(free * 100 || 0)}% of it free for new sessions`
  const isMostlyFree = size > MUCH_FREE && free > MOSTLY
  const problem = "The file is mostly empty. To give the room back to the disk, run VACUUM in sqlite3"
  return { name: "size", value, ...(isMostlyFree && { problem }) }
}

/** Who else may read or write the file. */
export function modeFinding(mode: number): Finding {
  const bits = (mode & 0o777).toString(8).padStart(4, "0")
  const problem = "Other users of this machine may write the file, and sign in as anybody. Run: chmod 600"
  if (mode & 0o022) return { name: "permissions", value: bits, problem }
  const remark = "Other users of this machine may read what sessions hold; chmod 600 keeps it private"
  return { name: "permissions", value: bits, ...(mode & 0o044 && { remark }) }
}

/** How long the write-ahead log is. SQLite starts it over whenever nobody reads, at 4 MiB. */
export function logFinding(isLogged: boolean, size: number): Finding {
  if (!isLogged) return { name: "log", value: "none; the application turns it on" }
  const problem =
    "A connection that reads without end keeps the log from being emptied. Find it (fuser shows who has the file open) and close it"
  return { name: "log", value: sized(size), ...(size > HUGE_LOG && { problem }) }
}

const MOST_CHECKED = 64 * 2 ** 20
const HUGE_LOG = 64 * 2 ** 20
/** From which size on it is worth a word that more than this share of it is free. */
const MUCH_FREE = 64 * 2 ** 20
const MOSTLY = 0.8
