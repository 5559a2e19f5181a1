import type { Finding } from "../backend.ts"
import type { Sample } from "./sample.ts"

/** Whether all parts of the directory are there. */
export function partsFinding(directory: string, missing: readonly string[]): Finding {
  const problem = `There is no ${missing.join(", no ")}. Run: holdfast migrate`
  return { name: "directory", value: directory, ...(missing.length > 0 && { problem }) }
}

/** Whether other users may look at sessions. */
export function permissionFinding(directory: string, isOpen: boolean): Finding {
  const problem = `Other users of this machine may look into it. Run: chmod -R go= ${directory}`
  return { name: "permissions", ...(isOpen ? { value: "not private", problem } : { value: "private" }) }
}

/** Whether all belongs to one user: what belongs to another one, the application can't read. */
export function ownerFinding(directory: string, owner: string, isMixed: boolean): Finding {
  const problem = `Some of it belongs to another user than the directory does, so that the application fails on it. Run: chown -R ${owner} ${directory}`
  return { name: "owner", value: owner, ...(isMixed && { problem }) }
}

/** How many sessions are dead. */
export function sessionsFinding({ size, dead, isAll }: Sample): Finding {
  const [live, gone] = [size - dead, dead].map((count) => count.toLocaleString("en"))
  const value = `${live} live, ${gone} dead${isAll ? "" : `, of ${size.toLocaleString("en")} that were looked at`}`
  const isPiling = !isAll && dead > size / 2
  const problem = "More sessions are dead than alive. Run holdfast clear-expired every hour or every day"
  return { name: "sessions", value, ...(isPiling && { problem }) }
}

/** Whether the files still have the modification times that the store gave them. */
export function deadlineFinding({ size, undated }: Sample): Finding {
  const problem =
    "Deadlines are the files' modification times, and these are the time of a copy: everybody in it is signed out. Copy the directory again, with cp -a or rsync -a"
  const isLost = undated > 0 && undated > size / 2
  return { name: "deadlines", ...(isLost ? { value: "lost", problem } : { value: "kept" }) }
}

/** What processes have left that died long ago. */
export function leftoverFinding(old: number): Finding {
  const problem =
    "Nobody clears away what processes that died have left. Run holdfast clear-expired every hour or every day"
  const value = `${old.toLocaleString("en")} unfinished`
  return { name: "leftovers", ...(old === 0 ? { value: "none" } : { value, problem }) }
}
