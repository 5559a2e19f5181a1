// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in src/stores/redis. */
export const REDIS_MUTATIONS: readonly Mutation[] = [
  [
    "stores/redis/client.ts",
    'if (typeof ttl === "number" && ttl > 0) return true',
    "return true",
    "laws/redis-commands laws/near-cache unit/wrong-options",
  ],

  [
    "stores/redis/clock.ts",
    "Number(seconds) * 1000 + Number(micros) / 1000",
    "Number(seconds) * 1000 + Number(micros)",
    "laws/clocks operations/redis-doctor",
  ],
  [
    "stores/redis/clock.ts",
    "if (/^NOPERM|unknown command/i.test((error as Error).message)) return undefined",
    "",
    "operations/redis-acl",
  ],

  [
    "stores/redis/connect.ts",
    'on("error", onError)\n\n',
    'on("error", () => {})\n\n',
    "operations/cli-servers",
  ],
  [
    "stores/redis/connect.ts",
    "else if (client.isOpen) await client.destroy()",
    "",
    "operations/cli-servers operations/cli-patience unit/url-close",
  ],
  [
    "stores/redis/connect.ts",
    "await first.catch(() => {})",
    "void first.catch(() => {})",
    "laws/redis-cluster operations/cli-servers",
  ],

  ["stores/redis/connection.ts", "renewals++", "", "faults/redis-demoted"],
  ["stores/redis/connection.ts", "reject(notSent(patience))", "resolve()", "faults/redis-offline"],

  ["stores/redis/facts.ts", "all.length - ours.length", "0", "operations/redis-doctor"],
  [
    "stores/redis/facts.ts",
    "Number(milliseconds) === -1",
    "Number(milliseconds) === -3",
    "operations/redis-doctor",
  ],
  [
    "stores/redis/facts.ts",
    'setting(ask, "min-replicas-to-write").then(Number, () => undefined)',
    "undefined",
    "operations/redis-doctor",
  ],

  [
    "stores/redis/findings.ts",
    'limit > 0 && policy !== "noeviction"',
    "false",
    "operations/redis-doctor operations/cli-servers",
  ],
  ["stores/redis/findings.ts", 'if (count("loading") === 1)\n', "if (false)\n", "operations/redis-doctor"],
  ["stores/redis/findings.ts", 'if (way !== "cluster") {', "if (false) {", "operations/redis-doctor"],
  [
    "stores/redis/findings.ts",
    'state !== "ok" || missing > 0',
    'state !== "ok" && missing > 0 && false',
    "operations/redis-doctor",
  ],
  [
    "stores/redis/findings.ts",
    "if (limit > 0 && used > NEARLY * limit)",
    "if (false)",
    "operations/redis-doctor",
  ],
  ["stores/redis/findings.ts", 'if (snapshots === "")', "if (false)", "operations/redis-doctor"],

  [
    "stores/redis/greeting.ts",
    "if (isEncrypted && (await speaksPlain(host)))",
    "if (false)",
    "operations/redis-doctor",
  ],
  [
    "stores/redis/greeting.ts",
    "if (!isEncrypted && (await speaksTls(host)))",
    "if (false)",
    "operations/redis-doctor",
  ],
  [
    "stores/redis/greeting.ts",
    "if (/CERT|SELF_SIGNED|ALTNAME/.test(code))",
    "if (false)",
    "operations/redis-doctor",
  ],

  [
    "stores/redis/ioredis.ts",
    "if (!connection.isReady()) return",
    "if (false) return",
    "faults/redis-offline",
  ],
  [
    "stores/redis/ioredis.ts",
    "const error = answers?.find(([failure]) => failure)?.[0]",
    "const error = undefined",
    "laws/redis-commands faults/redis-full",
  ],
  [
    "stores/redis/ioredis.ts",
    "if (isTakenBack(error)) throw notSent(patience.current())",
    "",
    "faults/redis-offline",
  ],

  [
    "stores/redis/lane.ts",
    "command.splice(0, command.length, TAKEN_BACK)",
    "void command",
    "laws/redis-commands laws/redis.test",
  ],
  ["stores/redis/lane.ts", "connection.heed(error)\n", "", "faults/redis-demoted"],
  [
    "stores/redis/lane.ts",
    "connection.isReady() ? send(command) :",
    "true ? send(command) :",
    "faults/redis-offline",
  ],

  ["stores/redis/layout.ts", 'text.replace(/[*?[\\]\\\\^-]/g, "\\\\$&")', "text", "operations/cli-servers"],
  [
    "stores/redis/layout.ts",
    'return owner !== NOBODY && owner !== ""',
    'return owner !== ""',
    "laws/redis-commands",
  ],

  [
    "stores/redis/link.ts",
    "Math.min(shortest ?? milliseconds, milliseconds)",
    "milliseconds",
    "laws/redis-commands faults/redis-offline",
  ],
  [
    "stores/redis/link.ts",
    'Object.assign(new Error(text), { name: "TimeoutError" })',
    "new Error(text)",
    "faults/redis-offline laws/redis-commands",
  ],
  ["stores/redis/link.ts", "!/^(?:MOVED|ASK) /.test(error.message)", "true", "laws/redis-cluster"],

  [
    "stores/redis/node-redis.ts",
    "if (performance.now() > end) throw notSent(patience.current())",
    "",
    "faults/redis-offline",
  ],

  ["stores/redis/open-cluster.ts", "defaults: login,", "", "operations/cli-servers laws/redis-cluster"],
  [
    "stores/redis/open-cluster.ts",
    "cluster.masters.map(",
    "cluster.masters.slice(1).map(",
    "operations/cli-servers operations/redis-doctor",
  ],

  [
    "stores/redis/open-sentinel.ts",
    "watchers: async () => [await sentinelFinding(watchers, name)],",
    "",
    "operations/redis-doctor",
  ],
  [
    "stores/redis/open-sentinel.ts",
    "nodeClientOptions: login,",
    "",
    "operations/cli-servers laws/redis-sentinel",
  ],

  [
    "stores/redis/open.ts",
    "url: address.url,",
    "url: `redis://${address.hosts[0]!.host}:${address.hosts[0]!.port}`,",
    "operations/redis-acl operations/redis-doctor operations/cli-servers",
  ],

  [
    "stores/redis/options.ts",
    'if (typeof prefix !== "string") throw',
    "if (false) throw",
    "unit/wrong-options",
  ],
  [
    "stores/redis/options.ts",
    'checkSeconds("wait.timeout", wait.timeout, MOST_WAIT)',
    "",
    "laws/redis-commands",
  ],

  ["stores/redis/rights.ts", "named ? [named] :", "false ? [] :", "operations/redis-acl"],

  ["stores/redis/run.ts", "isTogether = false\n", "", "laws/redis-commands laws/redis.test"],
  [
    "stores/redis/run.ts",
    "isTogether || call.keys.length === 1",
    "true",
    "laws/redis-commands laws/redis.test",
  ],
  ["stores/redis/run.ts", "if (count < replicas)\n", "if (false)\n", "laws/redis-commands"],
  ["stores/redis/run.ts", "UNKNOWN_SCRIPT.test(error.message) ?", "false ?", "laws/redis-commands"],

  [
    "stores/redis/scripts.ts",
    "if mark ~= ARGV[1] then return false end",
    "",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/scripts.ts",
    "if former then redis.pcall",
    "if false then redis.pcall",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/scripts.ts",
    "if former then redis.pcall",
    "if former then redis.call",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/scripts.ts",
    "local isJoining = isListed and",
    "local isJoining = false and",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/scripts.ts",
    "if isListed then ${tend",
    "if false then ${tend",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/scripts.ts",
    "if KEYS[2] and ${isToJoin",
    "if false and ${isToJoin",
    "laws/redis-commands laws/redis.test",
  ],
  ["stores/redis/scripts.ts", "if isLarger or not string.find", "if not string.find", "faults/redis-full"],
  [
    "stores/redis/scripts.ts",
    "if isLarger or not string.find(reply.err, 'OOM', 1, true) then",
    "if true then",
    "faults/redis-full",
  ],
  [
    "stores/redis/scripts.ts",
    "if left > 0 then redis.call('ZREMRANGE",
    "if false then redis.call('ZREMRANGE",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/scripts.ts",
    'if ${LUA.mark("KEYS[1]")} ~= ARGV[3] then return false end',
    "",
    "laws/redis-commands laws/redis.test",
  ],
  ["stores/redis/scripts.ts", "if mark == ARGV[2] then return 1 end", "", "laws/redis-commands"],

  ["stores/redis/sentinels.ts", "if (silent.length > 0)\n", "if (false)\n", "operations/redis-doctor"],
  ["stores/redis/sentinels.ts", "if (refusal || fine === 0)\n", "if (false)\n", "operations/redis-doctor"],

  [
    "stores/redis/slot.ts",
    "const hashed = end > begin + 1 ?",
    "const hashed = false ?",
    "laws/redis-cluster",
  ],
  ["stores/redis/slot.ts", "return crc & 0x3fff", "return crc & 0x1fff", "laws/redis-cluster"],

  [
    "stores/redis/store.ts",
    "before.owner === owner && expiresAt <= before.expiresAt",
    "before.owner === owner",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/store.ts",
    "expiresAt <= before.expiresAt\n    const isNew",
    "true\n    const isNew",
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/store.ts",
    "isNew && isSomebody(before.owner)",
    "false",
    "laws/redis-commands laws/redis.test",
  ],
  ["stores/redis/store.ts", "link.isCached && !fresh", "link.isCached", "laws/near-cache laws/redis.test"],
  [
    "stores/redis/store.ts",
    'version === "" ? undefined : swap',
    "swap",
    "laws/redis-commands -t an empty version",
  ],
  [
    "stores/redis/store.ts",
    'if (!BROKEN.test((error as Error | undefined)?.message ?? "")) throw error',
    "throw error",
    "faults/redis operations/cli-servers laws/redis-commands",
  ],

  [
    "stores/redis/under-way.ts",
    'TAKEN_BACK = "GET"',
    'TAKEN_BACK = "PING"',
    "laws/redis-commands laws/redis.test",
  ],
  [
    "stores/redis/under-way.ts",
    "/wrong number of arguments for 'get'/i",
    "/nothing/",
    "faults/redis-offline",
  ],
  [
    "stores/redis/under-way.ts",
    "if (since <= expired) left.forEach(takeBack)\n      else if",
    "if",
    "faults/redis-offline",
  ],

  [
    "stores/redis/upkeep.ts",
    'while (cursor !== "0" && !signal?.aborted)',
    "while (false)",
    "operations/cli-servers",
  ],
  [
    "stores/redis/upkeep.ts",
    '[user(""), 0],',
    '[user(""), 1],',
    "operations/cli-servers laws/redis-commands",
  ],

  [
    "stores/redis/users.ts",
    "await write(entry)\n      return (await write(call))[0]",
    "const answers = await write(call)\n      await write(entry)\n      return answers[0]",
    "laws/redis-cluster -t none lives unlisted",
  ],
  [
    "stores/redis/users.ts",
    "if (found.owner === owner) await run(enlist(owner, id, found.expiresAt))",
    "",
    "laws/redis-commands -t came back to its user",
  ],
  [
    "stores/redis/users.ts",
    "heal: (owner, id) => unlist(owner, id, async () => {})",
    "heal: (owner, id) => unlist(owner, id, () => leaveApart(owner, id))",
    "laws/redis-cluster laws/redis-commands",
  ],
]
