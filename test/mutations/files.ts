// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in src/stores/file. */
export const FILE_MUTATIONS: readonly Mutation[] = [
  [
    "stores/file/directory.ts",
    'unless(["ENOENT"], lstat(path))\n  return stats?.isDirectory() ?',
    'unless(["ENOENT"], lstat(path))\n  return stats ?',
    "unit/file-store",
  ],
  ["stores/file/directory.ts", "mkdir(path, { mode: 0o700 })", "mkdir(path)", "laws/file-processes"],
  [
    "stores/file/directory.ts",
    "if (!isNew && !(await lstat(path)).isDirectory()) throw",
    "if (false) throw",
    "unit/file-store",
  ],
  [
    "stores/file/directory.ts",
    'unless(["EEXIST"], open(path, NEW, 0o600))',
    "open(path, NEW, 0o600)",
    "laws/file.test unit/file-store",
  ],
  [
    "stores/file/directory.ts",
    "if (codes.includes(String((error as NodeJS.ErrnoException).code))) return undefined\n    throw error",
    "return undefined",
    "faults/file",
  ],
  [
    "stores/file/directory.ts",
    "await file.utimes(expiresAt / 1000, expiresAt / 1000)",
    "await file.utimes(expiresAt / 1000, Math.round(expiresAt / 1000))",
    "laws/file.test",
  ],

  [
    "stores/file/findings.ts",
    'isOpen ? { value: "not private", problem }',
    'false ? { value: "not private", problem }',
    "operations/findings-file",
  ],
  [
    "stores/file/findings.ts",
    "!isAll && dead > size / 2",
    "!isAll && dead < size / 2",
    "operations/findings-file",
  ],
  [
    "stores/file/findings.ts",
    "undated > 0 && undated > size / 2",
    "undated > size",
    "operations/findings-file",
  ],
  ["stores/file/findings.ts", "...(isMixed && { problem })", "", "operations/findings-file"],
  ["stores/file/findings.ts", "old === 0 ?", "true ?", "operations/findings-file"],

  ["stores/file/layout.ts", "/^[0-9a-f]{32}(?:[0-9a-f]{32})?$/", "/^[0-9a-f./]+$/i", "unit/file-store"],
  [
    "stores/file/layout.ts",
    "return [sessions, staging, users]",
    "return [sessions, users]",
    "operations/file-look unit/file-store",
  ],

  ["stores/file/open.ts", "if (missing.length === 0) return store", "return store", "operations/file-look"],
  [
    "stores/file/open.ts",
    "clearExpired: async (how) => whole()",
    "clearExpired: async (how) => store",
    "operations/file-look",
  ],

  [
    "stores/file/places.ts",
    "return uid === 0 ? undefined : { uid, gid }",
    "return undefined",
    "operations/file-look",
  ],
  ["stores/file/places.ts", "if (mode & 0o022) throw", "if (false) throw", "unit/file-store"],
  ["stores/file/places.ts", 'if (code === "EACCES") throw', "if (false) throw", "operations/file-look"],
  [
    "stores/file/places.ts",
    "if (!lstatSync(part).isDirectory()) throw",
    "if (false) throw",
    "unit/file-store",
  ],

  [
    "stores/file/record.ts",
    "stats?.isFile() ? Math.round(stats.mtimeMs) : 0",
    "Math.round(stats?.mtimeMs ?? 9e15)",
    "unit/file-torn",
  ],
  [
    "stores/file/record.ts",
    "if (!file && version !== before) {",
    "if (false) {",
    "unit/file-store laws/file-processes unit/file-torn",
  ],
  [
    "stores/file/record.ts",
    "newVersion(numberOf(version) + 1)",
    "newVersion(1)",
    "laws/file.test unit/file-store",
  ],
  ["stores/file/record.ts", "if (!isDone) await tidy(directory, [next])", "", "faults/file unit/file-store"],
  [
    "stores/file/record.ts",
    "name !== version && numberOf(name) <= numberOf(version)",
    "name !== version",
    "unit/file-store",
  ],
  [
    "stores/file/record.ts",
    "if (error instanceof SyntaxError || error instanceof TypeError) return undefined",
    "",
    "unit/file-store unit/file-torn",
  ],

  [
    "stores/file/sample.ts",
    "if (Math.abs(file.mtimeMs - file.ctimeMs) < 1000) counts.undated++",
    "",
    "operations/findings-file",
  ],
  ["stores/file/sample.ts", "if (file.mode & 0o044) counts.readable++", "", "operations/findings-file"],
  ["stores/file/sample.ts", "found.some(({ uid }) => uid !== owner)", "false", "operations/findings-file"],
  ["stores/file/sample.ts", "counts.size === ENOUGH", "false", "operations/findings-file"],

  [
    "stores/file/staging.ts",
    "if (!isDone) await tidy(from,",
    "if (false) await tidy(from,",
    "faults/file laws/file.test",
  ],
  [
    "stores/file/staging.ts",
    "unfinishedSince(layout, Date.now() - HOUR)",
    "unfinishedSince(layout, Date.now() + HOUR)",
    "unit/file-store",
  ],

  [
    "stores/file/store.ts",
    "if (entry?.version !== version) return false",
    "if (!entry) return false",
    "laws/file.test",
  ],
  [
    "stores/file/store.ts",
    "if (entry?.version !== version) return undefined",
    "if (!entry) return undefined",
    "laws/file.test",
  ],
  [
    "stores/file/store.ts",
    "!entry || entry.expiresAt > Date.now()) return entry",
    "true) return entry",
    "laws/file.test",
  ],
  ["stores/file/store.ts", "if (version !== undefined && !isNew) await list(record)", "", "faults/file"],
  ["stores/file/store.ts", "else if (!found) await index.removeOld(userId, id)", "", "unit/file-store"],
  ["stores/file/store.ts", "found?.record.userId === userId", "found", "laws/file.test"],
  ["stores/file/store.ts", "if (signal?.aborted) return removed", "", "laws/file.test unit/file-store"],

  [
    "stores/file/upkeep.ts",
    "stats.some(({ mode }) => (mode & 0o077) !== 0)",
    "false",
    "operations/findings-file",
  ],
  ["stores/file/upkeep.ts", "if (signal?.aborted) break", "", "unit/upkeep"],
  ["stores/file/upkeep.ts", "Date.now() - TWO_DAYS", "Date.now()", "operations/findings-file"],

  [
    "stores/file/users.ts",
    "stats !== undefined && stats.mtimeMs < Date.now() - HOUR",
    "stats !== undefined",
    "unit/file-store",
  ],
  ["stores/file/users.ts", "if (isNew === undefined) continue", "if (false) continue", "unit/file-store"],
  ["stores/file/users.ts", "&& !(await exists(id))) stale", "&& true) stale", "unit/file-store"],
]
