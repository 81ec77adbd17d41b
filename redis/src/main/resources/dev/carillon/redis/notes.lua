
-- Notes that every node reads: names, and a time with each. Keys, in a slot of their own:
--   1  serial   how many notes were ever made
--   2  order    a sorted set: name, by the number of its newest note
--   3  notes    a hash: name -> its time
-- All of it ends together, so long after the newest note.

-- args: the name; its time, the time up to which notes are over, for how long notes are kept, how many there may be. Answers
-- its number, or 0 where there are too many.
local function note(keys, args)
    local name = args[1]
    local at, over, kept, max = struct.unpack('>I8I8I8I8', args[2])
    for _ = 1, STEPS do
        local oldest = redis.call('ZRANGE', keys[2], 0, 0)[1]
        local of = oldest and tonumber(redis.call('HGET', keys[3], oldest))
        if not oldest or (of and of > over) then
            break
        end
        redis.call('ZREM', keys[2], oldest)
        redis.call('HDEL', keys[3], oldest)
    end
    local before = redis.call('HGET', keys[3], name)
    if not before and redis.call('HLEN', keys[3]) >= max then
        return 0
    end
    local serial = redis.call('INCR', keys[1])
    redis.call('ZADD', keys[2], serial, name)
    redis.call('HSET', keys[3], name, string.format('%.0f', math.max(at, tonumber(before or 0))))
    for i = 1, 3 do
        redis.call('PEXPIRE', keys[i], kept)
    end
    return serial
end

-- args: the number of the newest note that is known, and how many to answer. Answers how many were ever made, and the next
-- ones: number, name, time.
local function notes(keys, args)
    local since, count_max = struct.unpack('>I8I4', args[1])
    local answer = { tonumber(redis.call('GET', keys[1]) or 0) }
    local next = redis.call(
        'ZRANGEBYSCORE', keys[2], string.format('(%.0f', since), '+inf', 'WITHSCORES', 'LIMIT', 0, math.min(count_max, CHUNK))
    for i = 1, #next, 2 do
        local at = redis.call('HGET', keys[3], next[i])
        if at then
            answer[#answer + 1] = tonumber(next[i + 1])
            answer[#answer + 1] = next[i]
            answer[#answer + 1] = tonumber(at)
        end
    end
    return answer
end

redis.register_function('@_note', note)
redis.register_function { function_name = '@_notes', callback = notes, flags = { 'no-writes' } }
