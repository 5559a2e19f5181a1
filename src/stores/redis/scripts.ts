import { createHash } from "node:crypto"

// A record begins with its mark (16 bytes), its deadline (15 digits) and its owner (22): see record-text.ts.

/** A Lua script, and the name under which a server remembers it. */
export interface RedisScript {
  readonly text: string
  readonly sha: string
}

/**
 * Lua that gives an id its place in a user's index, there until the deadline at least, and drops the ids whose time is over.
 * A score only ever grows, so a writer that is about to be refused can't shorten another's stay. Keys are written as
 * `KEYS[n]`, since some servers take no others.
 */
const enlist = (index: string, id: string, deadline: string): string => `
  redis.call('ZREMRANGEBYSCORE', ${index}, '-inf', redis.call('TIME')[1] * 1000)
  local known = redis.call('ZSCORE', ${index}, ${id})
  if not known or tonumber(known) < tonumber(${deadline}) then redis.call('ZADD', ${index}, ${deadline}, ${id}) end
  redis.call('PEXPIREAT', ${index}, redis.call('ZREVRANGE', ${index}, 0, 0, 'WITHSCORES')[2])`

/**
 * Writes over the record whose mark is ARGV[1], or over none when that is empty. Gives 1, or nil when refused.
 *
 * KEYS: the record; then, where they lie on the same server, the index to be in, and the index to leave. ARGV: the mark
 * expected, the mark to be, the deadline, the value, the id, how many indexes there are to be in.
 */
export const SWAP: RedisScript = script(`
local mark = redis.call('GETRANGE', KEYS[1], 0, 15)
-- Clients send a command again when the connection broke before its answer: then this is our own write.
if mark == ARGV[2] then return 1 end
if mark ~= ARGV[1] then return false end
if ARGV[6] == '1' then ${enlist("KEYS[2]", "ARGV[5]", "ARGV[3]")}
end
redis.call('SET', KEYS[1], ARGV[4])
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
-- The write stands, whatever becomes of this.
if ARGV[6] == '1' then
  if KEYS[3] then redis.pcall('ZREM', KEYS[3], ARGV[5]) end
elseif KEYS[2] then redis.pcall('ZREM', KEYS[2], ARGV[5])
end
return 1`)

/**
 * Moves the deadline of a record, if its mark is ARGV[3]. Gives 1, or nil when it is not or the record is gone.
 *
 * KEYS: the record; then, where it lies on the same server, the owner's index. ARGV: the deadline, the deadline as the
 * header has it, the mark, the id.
 */
export const TOUCH: RedisScript = script(`
if redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[3] then return false end
if KEYS[2] then ${enlist("KEYS[2]", "ARGV[4]", "ARGV[1]")}
end
redis.call('SETRANGE', KEYS[1], 16, ARGV[2])
redis.call('PEXPIREAT', KEYS[1], ARGV[1])
return 1`)

/** Deletes a record. Gives its owner, or nil when there was none. */
export const FORGET: RedisScript = script(`
local head = redis.call('GETRANGE', KEYS[1], 0, 52)
redis.call('DEL', KEYS[1])
return #head == 53 and string.sub(head, 32)`)

/** Takes the id ARGV[1] out of the index KEYS[1], unless the record KEYS[2] is that of its owner ARGV[2]. */
export const STRIKE: RedisScript = script(`
if string.sub(redis.call('GETRANGE', KEYS[2], 0, 52), 32) == ARGV[2] then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])`)

/** Gives the id ARGV[1] its place in a user's index, until ARGV[2] at least. */
export const ENLIST: RedisScript = script(`${enlist("KEYS[1]", "ARGV[1]", "ARGV[2]")}
return 1`)

/** The ids in a user's index, without those whose time is over. */
export const ROSTER: RedisScript = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', redis.call('TIME')[1] * 1000)
return redis.call('ZRANGE', KEYS[1], 0, -1)`)

function script(text: string): RedisScript {
  return { text, sha: createHash("sha1").update(text).digest("hex") }
}
