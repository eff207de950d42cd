"""Redis scripts behind `sessions`: each runs whole or not at all.

They name keys that are not in KEYS, which a single Redis allows and a Redis Cluster does not.
https://redis.io/docs/latest/develop/programmability/eval-intro/
"""

_END_ONE = """
local function end_one(session_id, user_id)
  if redis.call('DEL', 'session:' .. session_id) == 1 then
    redis.call('PUBLISH', 'session-ended',
      cjson.encode({session_id = session_id, user_id = user_id}))
  end
  redis.call('SREM', 'user-sessions:' .. user_id, session_id)
end
"""

START = """
-- KEYS: session, user's sessions. ARGV: session id, user id, now, token digest, seconds
for _, id in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  if redis.call('EXISTS', 'session:' .. id) == 0 then redis.call('SREM', KEYS[2], id) end
end
redis.call('HSET', KEYS[1], 'user_id', ARGV[2], 'created_at', ARGV[3], 'refreshed_at', ARGV[3],
  'refresh_token_sha256', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], ARGV[5])
"""

ROTATE = (
    _END_ONE
    + """
-- KEYS: session. ARGV: session id, spent digest, new digest, seconds, now
local user_id = redis.call('HGET', KEYS[1], 'user_id')
if not user_id then return 'ended' end
local newest = redis.call('HGET', KEYS[1], 'refresh_token_sha256')
if newest ~= ARGV[2] and newest ~= ARGV[3] then
  end_one(ARGV[1], user_id)
  return 'reused'
end
redis.call('HSET', KEYS[1], 'refresh_token_sha256', ARGV[3], 'refreshed_at', ARGV[5])
redis.call('EXPIRE', KEYS[1], ARGV[4])
redis.call('EXPIRE', 'user-sessions:' .. user_id, ARGV[4])
return 'rotated'
"""
)

END = (
    _END_ONE
    + """
-- KEYS: session. ARGV: session id
local user_id = redis.call('HGET', KEYS[1], 'user_id')
if user_id then end_one(ARGV[1], user_id) end
"""
)

END_ALL = (
    _END_ONE
    + """
-- KEYS: user's sessions. ARGV: user id, session id to keep (or empty)
for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  if id ~= ARGV[2] then end_one(id, ARGV[1]) end
end
"""
)
