// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in what the stores share, and in src/stores/memory and src/stores/url. */
export const STORE_MUTATIONS: readonly Mutation[] = [
  [
    "stores/backend.ts",
    "error instanceof Error && (error as { code?: unknown }).code === UNABLE",
    "error instanceof Error && false",
    "laws/cli.test -t told something wrong",
  ],
  [
    "stores/backend.ts",
    "error instanceof Error && (error as { code?: unknown }).code === ABSENT",
    "error instanceof Error && false",
    "operations/file-look -t makes nothing",
  ],

  ["stores/clock-finding.ts", "(before + Date.now()) / 2", "(before + Date.now())", "unit/doctor-report"],
  [
    "stores/clock-finding.ts",
    "Math.abs(skew) > TOLERATED && { problem }",
    "skew > TOLERATED && { problem }",
    "unit/doctor-report",
  ],

  ["stores/disk-findings.ts", "ffree < files * SCARCE", "false", "operations/findings-file"],
  [
    "stores/disk-findings.ts",
    "bavail < blocks * SCARCE",
    "false",
    "operations/findings-file operations/findings-sqlite",
  ],
  ["stores/disk-findings.ts", '1702057286: "FUSE",', "", "operations/findings-file"],

  [
    "stores/memory/open.ts",
    'throw unable("it ends with this process")',
    "return 0 as never",
    "laws/cli.test -t told something wrong",
  ],
  [
    "stores/memory/open.ts",
    'problem: "Every restart signs everybody out"',
    "",
    "laws/cli.test laws/guide unit/url",
  ],

  ["stores/memory/store.ts", "if (live(record.id)) return undefined", "", "laws/memory"],
  [
    "stores/memory/store.ts",
    "if (live(record.id)?.version !== expected) return undefined",
    "",
    "laws/memory",
  ],
  [
    "stores/memory/store.ts",
    "found.record.expiresAt <= Date.now()",
    "found.record.expiresAt < 0",
    "laws/memory",
  ],
  ["stores/memory/store.ts", "if (found) put(found)\n", "", "laws/memory unit/memory-store"],
  ["stores/memory/store.ts", "makeRoom()\n      const", "const", "laws/memory unit/memory-store"],
  [
    "stores/memory/store.ts",
    "if (found?.version !== version) return false",
    "if (!found) return false",
    "laws/memory",
  ],
  [
    "stores/memory/store.ts",
    "put({ record: { ...found.record, expiresAt }, version })",
    "put({ record: { ...found.record, expiresAt }, version: ++lastVersion })",
    "laws/memory",
  ],

  ["stores/package.ts", "|| !message.includes(`'${name}'`)", "", "unit/loaded-package"],
  ["stores/package.ts", 'code !== "ERR_MODULE_NOT_FOUND" ||', "", "unit/loaded-package"],

  ["stores/record-text.ts", "drawn += MARK_BYTES\n", "drawn += 0\n", "laws/redis-commands laws/redis.test"],
  [
    "stores/record-text.ts",
    "user === undefined ? null : (JSON.parse(user) as string)",
    "user as string",
    "laws/memcached.test laws/redis.test",
  ],

  [
    "stores/server-clock.ts",
    "Math.abs(ahead) < TOLERATED + known.doubt ? 0",
    "Math.abs(ahead) < 0 ? 0",
    "unit/server-clock",
  ],
  ["stores/server-clock.ts", "Math.round(ahead / 1000) * 1000", "Math.round(ahead)", "unit/server-clock"],
  [
    "stores/server-clock.ts",
    "if (theirs === undefined) isSilent = true",
    "if (theirs === undefined) origin = 0",
    "unit/server-clock",
  ],
  ["stores/server-clock.ts", "now - asking.since < PATIENCE", "true", "unit/server-clock"],
  ["stores/server-clock.ts", "moved(found.record, -by)", "moved(found.record, by)", "unit/server-clock"],
  ["stores/server-clock.ts", "expiresAt + (await clock.ahead())", "expiresAt", "unit/server-clock"],
  [
    "stores/server-clock.ts",
    "map((record) => moved(record, -by))",
    "map((record) => record)",
    "unit/server-clock",
  ],

  ["stores/url/address.ts", "Object.hasOwn(URL_SCHEMES, name) ?", "true ?", "unit/url"],
  [
    "stores/url/address.ts",
    'if (value !== "true" && value !== "false") throw',
    "if (false) throw",
    "unit/url laws/pgbouncer",
  ],
  [
    "stores/url/address.ts",
    "if (/^pass/i.test(parameter)) secrets.push(value, decode(value))",
    "",
    "unit/url unit/cli-secrets",
  ],
  ["stores/url/address.ts", "Number(number) > 65_535 ||", "", "unit/url"],
  ["stores/url/address.ts", 'hosts.length > 1 && place !== "hosts"', "false", "unit/url"],
  ["stores/url/address.ts", "password === undefined ? undefined : decode(password)", "password", "unit/url"],

  ["stores/url/open.ts", "closing ??= store.close()", "closing = store.close()", "unit/url-close"],

  ["stores/url/schemes.ts", "port: 26_379,", "port: 6379,", "unit/url"],
  [
    "stores/url/schemes.ts",
    'rediss: { ...REDIS, protocol: "rediss" }',
    'rediss: { ...REDIS, protocol: "redis" }',
    "unit/url",
  ],
  ["stores/url/schemes.ts", 'path: "must",', 'path: "may",', "unit/url"],

  ["stores/url/store.ts", "{ onError, mayCreate: true }", "{ onError, mayCreate: false }", "unit/url"],
  ["stores/url/store.ts", 'checkFunction("onError", options.onError)', "", "unit/url unit/wrong-options"],
]
