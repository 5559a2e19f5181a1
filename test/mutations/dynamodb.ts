// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what is looked for is source text
import type { Mutation } from "./mutation.ts"

/** What is broken in src/stores/dynamodb. */
export const DYNAMODB_MUTATIONS: readonly Mutation[] = [
  ["stores/dynamodb/client.ts", "return attempts > 1 && isOurs()", "return false", "faults/dynamodb"],
  ["stores/dynamodb/client.ts", "return attempts > 1 && isOurs()", "return attempts > 1", "faults/dynamodb"],
  ["stores/dynamodb/client.ts", "return attempts > 1 && isOurs()", "return isOurs()", "laws/dynamodb"],
  [
    "stores/dynamodb/client.ts",
    "start = page.LastEvaluatedKey as DynamodbStart",
    "start = undefined",
    "laws/dynamodb",
  ],

  ["stores/dynamodb/findings.ts", 'isOn && attribute === "ttl"', "isOn", "laws/dynamodb"],
  ["stores/dynamodb/findings.ts", "if (key !== KEY) {", "if (false) {", "laws/dynamodb"],
  ["stores/dynamodb/findings.ts", 'name === "AccessDeniedException" ||', "", "laws/dynamodb"],

  [
    "stores/dynamodb/items.ts",
    '"version = :version AND expiresAt > :now"',
    '"version = :version"',
    "laws/dynamodb",
  ],
  [
    "stores/dynamodb/items.ts",
    "attribute_not_exists(pk) OR expiresAt <= :now",
    "attribute_not_exists(pk)",
    "laws/dynamodb",
  ],
  ["stores/dynamodb/items.ts", "instantOf(expiresAt + left)", "instantOf(expiresAt)", "laws/dynamodb"],
  ["stores/dynamodb/items.ts", "Math.ceil(instant / 1000)", "Math.floor(instant / 1000)", "laws/dynamodb"],
  ["stores/dynamodb/items.ts", "Buffer.byteLength(value.S)", "value.S.length", "laws/dynamodb"],
  ["stores/dynamodb/items.ts", "if (!knownFrom(known) || ", "if (", "laws/dynamodb"],

  ["stores/dynamodb/open.ts", "abortSignal: AbortSignal.timeout(TIMEOUT)", "", "faults/dynamodb"],
  [
    "stores/dynamodb/open.ts",
    'if (isEnded) throw new Error("The store was closed")',
    "",
    "laws/dynamodb unit/url-close",
  ],
  [
    "stores/dynamodb/open.ts",
    "!(/^https?:/.test(endpoint) && URL.canParse(endpoint))",
    "false",
    "laws/dynamodb unit/url",
  ],

  [
    "stores/dynamodb/store.ts",
    "if (entry && entry !== before?.entry) await list(record.id, entry)",
    "",
    "laws/dynamodb",
  ],
  ["stores/dynamodb/store.ts", "if (next && next !== entry) await list(id, next)", "", "laws/dynamodb"],
  ["stores/dynamodb/store.ts", '${next ? ", entry = :entry" : ""}', "", "laws/dynamodb"],
  [
    "stores/dynamodb/store.ts",
    "before?.owner === owner && expiresAt <= before.until",
    "before?.owner === owner",
    "laws/dynamodb",
  ],
  ["stores/dynamodb/store.ts", "before.entry.owner !== entry?.owner", "false", "laws/dynamodb"],
  ["stores/dynamodb/store.ts", "each?.record.userId === userId", "each", "laws/dynamodb"],

  ["stores/dynamodb/sweep.ts", ", ...condition }", " }", "laws/dynamodb"],
  [
    "stores/dynamodb/sweep.ts",
    "begins_with(pk, :ours)",
    "attribute_exists(pk) OR pk = :ours",
    "laws/dynamodb",
  ],

  ["stores/dynamodb/table.ts", "if (found && keyIn(found) !== KEY)\n", "if (false)\n", "laws/dynamodb"],
  [
    "stores/dynamodb/table.ts",
    'if (errorName(error) !== "ResourceInUseException") throw error',
    "throw error",
    "laws/dynamodb",
  ],
  [
    "stores/dynamodb/table.ts",
    'if (errorName(error) === "ResourceNotFoundException") return undefined',
    "",
    "laws/dynamodb",
  ],

  [
    "stores/dynamodb/upkeep.ts",
    "begins_with(pk, :sessions) AND ${IS_DEAD}",
    "begins_with(pk, :sessions)",
    "laws/dynamodb",
  ],
  [
    "stores/dynamodb/upkeep.ts",
    '["ResourceNotFoundException", "ValidationException"]',
    '["ValidationException"]',
    "laws/dynamodb",
  ],
]
