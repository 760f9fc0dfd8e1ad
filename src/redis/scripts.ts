/**
 * What Redis does in one step each. A lock is a key with the owner in it and a time to live; beside it stands the last token of
 * its name, in a key of the same hash slot.
 *
 * A token is the time of Redis in microseconds, or one more than the last where that is larger. So it is larger than any before
 * after FLUSHALL as well, when the last one is gone, as long as the clock of Redis was not set back since; and after the clock
 * was set back, as long as the last one is there, which is a day.
 */
export const scripts = {
  /** Gives the token as text, because a number of Lua loses digits on its way; nothing when another holds the lock. */
  take: `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return false end
local last = redis.call('GET', KEYS[2])
if owner then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
else
  redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2])
end
if not owner or not last then
  local time = redis.call('TIME')
  last = string.format('%.0f', math.max(time[1] * 1000000 + time[2], tonumber(last or '0') + 1))
end
redis.call('SET', KEYS[2], last, 'PX', ARGV[2] + ARGV[3])
return last`,

  renew: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[2] + ARGV[3])
return 1`,

  release: `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
}

/** Milliseconds that the last token of a name is kept after its lock. */
export const keepToken = 86_400_000

/** By the braces it is in the hash slot of the lock, also in a cluster of Redis. */
export const tokenKey = (name: string): string => `{${name}}:token`
