// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in src/stores/memcached and src/stores/cached. */
export const CACHE_MUTATIONS: readonly Mutation[] = [
  ["stores/cached/circuit.ts", "if (failures >= 3) {", "if (false) {", "unit/cached-store"],
  ["stores/cached/circuit.ts", "shutUntil = performance.now() + pause\n    }", "}", "unit/cached-store"],
  ["stores/cached/circuit.ts", "failures = answer ? 0 : failures + 1", "failures = 0", "unit/cached-store"],

  ["stores/cached/pending.ts", "isDone && pending.get(id) === invalidation", "isDone", "unit/cached-store"],
  ["stores/cached/pending.ts", "invalidation.expiresAt <= Date.now() ||", "", "unit/cached-store"],
  [
    "stores/cached/pending.ts",
    "await invalidate(id)\n      invalidateLater()",
    "invalidateLater()",
    "unit/cached-store unit/cached-interleavings",
  ],

  ["stores/cached/slot.ts", "|| end <= Date.now()", "", "unit/cached-store"],
  ["stores/cached/slot.ts", "expiresAt: end + rest", "expiresAt: end", "unit/cached-store"],
  ["stores/cached/slot.ts", "|| others.length > 0", "", "unit/cached-store"],

  [
    "stores/cached/slots.ts",
    "found ? cache.replace(mark, found.version) : cache.create(mark)",
    "cache.create(mark)",
    "unit/cached-store unit/cached-interleavings",
  ],

  ["stores/cached/store.ts", "const seen = fresh ||", "const seen =", "unit/near-copies laws/cached"],
  [
    "stores/cached/store.ts",
    "!pending.has(id) && (await lease.end(found))",
    "(await lease.end(found))",
    "unit/cached-",
  ],
  ["stores/cached/store.ts", "if (!isShown) await pending.add(id)", "", "unit/cached-"],
  [
    "stores/cached/store.ts",
    "durable.read(id, { fresh })",
    "durable.read(id)",
    "unit/near-copies unit/cached-store",
  ],
  ["stores/cached/store.ts", "cache.limit?.(timeout * 1000)", "", "unit/guard"],

  ["stores/memcached/client.ts", "silence?.refresh()", "void silence", "faults/memcached"],
  [
    "stores/memcached/client.ts",
    "const next = hasValue ? start + size + 2 : start",
    "const next = hasValue ? start + size : start",
    "laws/memcached.test",
  ],
  [
    "stores/memcached/client.ts",
    'if (reply.code.includes("ERROR")) asked?.reject(refusalOf(reply.code))\n      else asked',
    "asked",
    "laws/memcached.test operations/memcached-doctor",
  ],
  [
    "stores/memcached/client.ts",
    "for (const asked of waiting.splice(0)) asked.reject(reason)",
    "",
    "faults/memcached",
  ],

  [
    "stores/memcached/findings.ts",
    'settings.get("cas_enabled") === "no" ? [NO_CAS]',
    "false ? [NO_CAS]",
    "operations/memcached-doctor",
  ],
  ["stores/memcached/findings.ts", "if (refused > 0)\n", "if (false)\n", "unit/memcached-findings"],
  ["stores/memcached/findings.ts", "isStiff && share < LOOSE", "isStiff", "unit/memcached-findings"],
  [
    "stores/memcached/findings.ts",
    "if (limit < MAX_ITEM_BYTES)\n",
    "if (false)\n",
    "operations/memcached-doctor",
  ],

  ["stores/memcached/items.ts", "if (size > maxItemBytes)\n", "if (false)\n", "laws/memcached.test"],
  [
    "stores/memcached/items.ts",
    'over ? `C${over.number}` : "ME"',
    'over ? `C${over.number}` : "MS"',
    "laws/memcached.test",
  ],
  [
    "stores/memcached/items.ts",
    "`md ${keyOf(prefix, id)} C${number}`",
    "`md ${keyOf(prefix, id)}`",
    "laws/memcached.test",
  ],

  ["stores/memcached/layout.ts", "/^[\\w-]{1,128}$/.test(id) ? id", "true ? id", "laws/memcached.test"],
  [
    "stores/memcached/layout.ts",
    "if (left <= 30 * 86_400) return Math.max(left, 1)",
    "return Math.max(left, 1)",
    "laws/memcached.test",
  ],
  ["stores/memcached/layout.ts", "return expiresAt > Date.now()", "return true", "laws/memcached.test"],

  [
    "stores/memcached/open.ts",
    "memcachedStore(client, options)",
    "memcachedStore(client)",
    "operations/cli-servers laws/memcached",
  ],
  [
    "stores/memcached/open.ts",
    'void (await client.send("mn"))',
    "undefined",
    "laws/cli.test operations/cli-patience operations/memcached-doctor",
  ],

  [
    "stores/memcached/stats.ts",
    "settings: pairsIn(settings)",
    "settings: pairsIn(figures)",
    "operations/memcached-doctor -t compare-and-swap",
  ],
  [
    "stores/memcached/stats.ts",
    "figures: pairsIn(figures)",
    "figures: pairsIn(settings)",
    "operations/memcached-doctor -t finds a new server good",
  ],

  ["stores/memcached/store.ts", "|| item.mark !== mark", "", "laws/memcached"],
  [
    "stores/memcached/store.ts",
    "isLive(expected) ? expected : await look(record.id)",
    "expected",
    "laws/memcached.test",
  ],
  [
    "stores/memcached/store.ts",
    "if (item && isLive(item)) return undefined\n        const instead",
    "const instead",
    "laws/memcached.test",
  ],
  ["stores/memcached/store.ts", "!/^[!-~]{0,100}$/.test(prefix)", "false", "laws/memcached.test"],

  [
    "stores/memcached/upkeep.ts",
    "* 1000 + 500",
    "* 1000 + 5500",
    "operations/memcached-doctor operations/cli-servers",
  ],
  [
    "stores/memcached/upkeep.ts",
    "throw unable(\n        `memcached",
    "return 0\n      throw unable(\n        `memcached",
    "operations/cli-servers",
  ],
]
