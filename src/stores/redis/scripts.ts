import { createHash } from "node:crypto"
import { LUA } from "./layout.ts"

/** A Lua script, and the name under which a server remembers it. */
export interface RedisScript {
  readonly text: string
  readonly sha: string
}

// A server whose memory is full refuses a command that may ask for room, but in a script only as long as the script has written
// nothing. So a script that makes something begins its writing with such a command, and one that takes no more room than
// there was begins with another.
// The time is never asked for, since TIME is a right of its own: where a deadline is known, what is left until then tells it.

/** Lua: the deadline that an id has in a user's index, or `false`. Throws where the key holds something else. */
const placeIn = (index: string, id: string): string => `redis.call('ZSCORE', ${index}, ${id})`

/** Lua: the latest deadline in a user's index, or `nil`. */
const latestIn = (index: string): string => `redis.call('ZRANGE', ${index}, -1, -1, 'WITHSCORES')[2]`

/**
 * Lua that keeps an index until its latest deadline, and drops the ids whose time is over. Keys are written as `KEYS[n]`, since some servers
 * take no others.
 */
const tend = (index: string): string => `
  local latest = ${latestIn(index)}
  redis.call('PEXPIREAT', ${index}, latest)
  local left = redis.call('PTTL', ${index})
  if left > 0 then redis.call('ZREMRANGEBYSCORE', ${index}, '-inf', latest - left) end`

/**
 * Lua: whether an id has to be given its `place` anew to be there until the deadline. A deadline in the index only ever grows, so a writer that
 * is about to be refused can't shorten another's stay.
 */
const isToJoin = (place: string, deadline: string): string =>
  `(not ${place} or tonumber(${place}) < tonumber(${deadline}))`

/**
 * Writes over the record whose mark is ARGV[1], or over none when that is empty. Gives 1, or nil when refused.
 *
 * KEYS: the record; then, where they lie on the same server, the index to be in, and the index to leave. ARGV: the mark
 * expected, the mark to be, the deadline, the value, the id, how many indexes there are to be in.
 */
export const SWAP: RedisScript = script(`
local mark = ${LUA.mark("KEYS[1]")}
-- Clients send a command again when the connection broke before its answer: then this is our own write.
if mark == ARGV[2] then return 1 end
if mark ~= ARGV[1] then return false end
local isListed = ARGV[6] == '1'
local place = isListed and ${placeIn("KEYS[2]", "ARGV[5]")}
local isJoining = isListed and ${isToJoin("place", "ARGV[3]")}
-- The place comes first: whatever fails leaves no live session that can't be found.
local reply = isJoining and redis.pcall('ZADD', KEYS[2], ARGV[3], ARGV[5]) or 1
if type(reply) == 'number' then reply = redis.pcall('SET', KEYS[1], ARGV[4]) end
if reply.err then
  local isLarger = #ARGV[4] > redis.call('STRLEN', KEYS[1]) or (isListed and not place)
  if isLarger or not string.find(reply.err, 'OOM', 1, true) then return reply end
  redis.call('PERSIST', KEYS[1])
  if isJoining then redis.call('ZADD', KEYS[2], ARGV[3], ARGV[5]) end
  redis.call('SET', KEYS[1], ARGV[4])
end
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
if isListed then ${tend("KEYS[2]")}
end
-- The write stands, whatever becomes of this.
local former = isListed and KEYS[3] or not isListed and KEYS[2]
if former then redis.pcall('ZREM', former, ARGV[5]) end
return 1`)

/**
 * Moves the deadline of a record, if its mark is ARGV[3]. Gives 1, or nil when it is not or the record is gone.
 *
 * KEYS: the record; then, where it lies on the same server, the owner's index. ARGV: the deadline, the deadline as the
 * head has it, the mark, the id.
 */
export const TOUCH: RedisScript = script(`
if ${LUA.mark("KEYS[1]")} ~= ARGV[3] then return false end
local place = KEYS[2] and ${placeIn("KEYS[2]", "ARGV[4]")}
redis.call('PEXPIREAT', KEYS[1], ARGV[1])
-- A deadline in the past has ended it.
if redis.call('PTTL', KEYS[1]) < 0 then return 1 end
if KEYS[2] and ${isToJoin("place", "ARGV[1]")} then redis.call('ZADD', KEYS[2], ARGV[1], ARGV[4]) end
${LUA.setDeadline("KEYS[1]", "ARGV[2]")}
if KEYS[2] then ${tend("KEYS[2]")}
end
return 1`)

/** Deletes a record. Gives its owner, or nil when there was none. */
export const FORGET: RedisScript = script(`
local head = ${LUA.head("KEYS[1]")}
redis.call('DEL', KEYS[1])
return ${LUA.isWhole("head")} and ${LUA.ownerIn("head")}`)

/** Takes the id ARGV[1] out of the index KEYS[1], unless the record KEYS[2] is that of its owner ARGV[2]. */
export const UNLIST: RedisScript = script(`
if ${LUA.ownerIn(LUA.head("KEYS[2]"))} == ARGV[2] then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])`)

/** Gives the id ARGV[1] its place in the index KEYS[1], until ARGV[2] at least. */
export const ENLIST: RedisScript = script(`
local place = ${placeIn("KEYS[1]", "ARGV[1]")}
if place then redis.call('PERSIST', KEYS[1]) end
if ${isToJoin("place", "ARGV[2]")} then redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1]) end
${tend("KEYS[1]")}
return 1`)

/** The ids in the index KEYS[1], without those whose time is over. Writes nothing. */
export const LIST: RedisScript = script(`
local latest = ${latestIn("KEYS[1]")}
if not latest then return {} end
local left = redis.call('PTTL', KEYS[1])
return redis.call('ZRANGEBYSCORE', KEYS[1], left > 0 and latest - left or '-inf', '+inf')`)

function script(text: string): RedisScript {
  return { text, sha: createHash("sha1").update(text).digest("hex") }
}
