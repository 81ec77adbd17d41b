-- The steps of the shared log that must be whole, as functions of Redis. `@` is the name of the library, which carries
-- the format and a fingerprint of this text, so that nodes of two versions have theirs side by side.
--
-- Keys of a channel, all in one slot:
--   1  head     a text of fixed length (HEAD): the epoch, the newest record's offset, check and time; the bytes that the
--               records count for; and a time before which none of them was accepted
--   2  records  a list: the record with the offset head - length + 1 first. What is in a list is without a hole
--   3  keys     a hash: idempotency key -> its first use (USE)
--   4  order    a list: those keys in the order of their uses (ORDER)
-- and of a map
--   5  values   a hash: key of the map -> the newest record of that key; and under TOTALS how many of them are values, and
--               how many bytes these count for
--   6  index    a sorted set: key of the map, by the offset of that record
-- and where data was taken out
--   7  redacted a list of the newest REDACTIONS such acts (REDACTION)
--
-- No call does more than STEPS steps of letting go of what is no longer kept: each append adds one record and one key, so
-- that is enough to catch up. What nobody appends to is let go of by Redis at the end of its time. A map's removals go with
-- their records, its values stay. Numbers are big-endian, and exact up to 2^53.

local VERSION = 1
local HEAD = '>Bc8I8c4I8I8I8'
local HEAD_BYTES = 45
local REDACTED_BYTES = 8 -- behind a head: how often data was taken out, if ever
local USE = '>I8c4I8c16'
local ORDER = '>I8I8'
local STEPS = 64
local CHUNK = 256 -- each chunk is looked up anew, and holds records that may not fit
local OVERHEAD_BYTES = 64
local MAP = '>I4I8I8I8I8'
local TOTALS = '' -- no key of a map
local REDACTION = '>I8I8c4'
local REDACTIONS = 64
-- flags of a record
local IS_BYTES, KEYED, REMOVED, REDACTED = 4, 8, 16, 64

local function millis()
    local time = redis.call('TIME')
    return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function head_of(key)
    local value = redis.call('GET', key)
    if not value then
        return nil
    end
    local is_redacted = #value == HEAD_BYTES + REDACTED_BYTES
    if string.byte(value) ~= VERSION or (#value ~= HEAD_BYTES and not is_redacted) then
        error('the head has another format')
    end
    local head = {}
    local _
    head.redactions = is_redacted and struct.unpack('>I8', value, HEAD_BYTES + 1) or 0
    _, head.epoch, head.offset, head.check, head.at, head.bytes, head.oldest_at = struct.unpack(HEAD, value)
    return head
end

local function text_of(head)
    local text = struct.pack(
        HEAD, VERSION, head.epoch, head.offset, head.check, head.at, head.bytes, head.oldest_at)
    return head.redactions > 0 and text .. struct.pack('>I8', head.redactions) or text
end

local function time_of(record)
    if string.byte(record) ~= VERSION then
        error('a record has another format')
    end
    return (struct.unpack('>I8', record, 19))
end

local function offset_of(record)
    return (struct.unpack('>I8', record, 3))
end

-- What a record with these flags does to a map, where that begins in this text; nil if it does nothing.
local function change_of(flags, text, at)
    if bit.band(flags, KEYED) == 0 then
        return nil
    end
    local key_length, tag_length = struct.unpack('>I2I2', text, at)
    return {
        key = string.sub(text, at + 4, at + 3 + key_length),
        bytes = key_length + tag_length,
        is_removed = bit.band(flags, REMOVED) ~= 0,
    }
end

local function change_in(record)
    return change_of(string.byte(record, 2), record, 37)
end

local function has_value(record)
    return bit.band(string.byte(record, 2), REMOVED) == 0
end

local function bytes_of(record)
    local change = change_in(record)
    return struct.unpack('>I4', record, 33) + OVERHEAD_BYTES + (change and change.bytes or 0)
end

-- How a key was used before; nil if it was not.
local function use_of(keys, key, mark, epoch, since)
    local use = redis.call('HGET', keys, key)
    if not use then
        return nil
    end
    local offset, check, at, used_mark = struct.unpack(USE, use)
    if at < since then
        return nil
    end
    if used_mark ~= mark then
        return 'C'
    end
    return struct.pack('>c1c8I8c4', 'D', epoch, offset, check)
end

-- ---- maps

-- Whether a value is still its key's newest, and its time is over.
local function is_over(keys, change, map, now)
    local value = redis.call('HGET', keys[5], change.key)
    return value and has_value(value) and offset_of(value) == map.expiring and now - time_of(value) >= map.time_to_live
end

-- How many values there are, and of how many bytes, after a change of this size; nil if that is more than may be.
local function totals_after(keys, change, size, map)
    local count, bytes = 0, 0
    local kept = redis.call('HGET', keys[5], TOTALS)
    if kept then
        count, bytes = struct.unpack('>I8I8', kept)
    end
    local old = redis.call('HGET', keys[5], change.key)
    local is_new = not old or not has_value(old)
    if not is_new then
        count = count - 1
        bytes = bytes - bytes_of(old)
    end
    if not change.is_removed then
        count = count + 1
        bytes = bytes + size
        if bytes > map.bytes_max or (is_new and count > map.keys_max) then
            return nil
        end
    end
    return { count = count, bytes = bytes }
end

local function keep_newest(keys, change, offset, record, totals)
    redis.call('HSET', keys[5], change.key, record, TOTALS, struct.pack('>I8I8', totals.count, totals.bytes))
    redis.call('ZADD', keys[6], offset, change.key)
end

-- A removal goes with its record, unless its key has changed since.
local function forget_removal(keys, record)
    local change = keys[6] and change_in(record)
    if change and change.is_removed then
        local newest = redis.call('ZSCORE', keys[6], change.key)
        if newest and tonumber(newest) == offset_of(record) then
            redis.call('HDEL', keys[5], change.key)
            redis.call('ZREM', keys[6], change.key)
        end
    end
end

-- All of a map ends together; 0 is for ever.
local function end_after(keys, lifetime)
    for _, i in ipairs { 2, 5, 6 } do
        if lifetime > 0 then
            redis.call('PEXPIRE', keys[i], lifetime)
        else
            redis.call('PERSIST', keys[i])
        end
    end
end

-- ---- appending

-- By count and bytes the newest record stays; it has just come, so by age it does, too.
local function let_go(keys, head, count, bounds)
    local records = keys[2]
    local since = head.at - bounds.age_max
    for _ = 1, STEPS do
        local is_too_much = count > bounds.count_max or (head.bytes > bounds.bytes_max and count > 1)
        if not is_too_much then
            if head.oldest_at >= since then
                return
            end
            head.oldest_at = time_of(redis.call('LINDEX', records, 0))
            if head.oldest_at >= since then
                return
            end
        end
        local gone = redis.call('LPOP', records)
        count = count - 1
        head.bytes = head.bytes - bytes_of(gone)
        head.oldest_at = time_of(gone)
        forget_removal(keys, gone)
    end
end

local function remember(keys, key, mark, head, bounds)
    local count = redis.call('RPUSH', keys[4], struct.pack(ORDER, head.offset, head.at) .. key)
    if count == 1 then
        redis.call('UNLINK', keys[3]) -- its order has gone
    end
    redis.call('HSET', keys[3], key, struct.pack(USE, head.offset, head.check, head.at, mark))
    local since = head.at - bounds.key_age_max
    for _ = 1, STEPS do
        local oldest = redis.call('LINDEX', keys[4], 0)
        local offset, at = struct.unpack(ORDER, oldest)
        if count <= bounds.keys_max and at >= since then
            break
        end
        redis.call('LPOP', keys[4])
        count = count - 1
        local forgotten = string.sub(oldest, 17)
        local use = redis.call('HGET', keys[3], forgotten)
        if use and struct.unpack('>I8', use) == offset then
            redis.call('HDEL', keys[3], forgotten)
        end
    end
    redis.call('PEXPIRE', keys[3], bounds.key_age_max)
    redis.call('PEXPIRE', keys[4], bounds.key_age_max)
end

-- args: bounds; epoch, flags and check; the record from its lengths on; of a map, its bounds (MAP): keys, bytes, how long a
-- value lives, for how long all is kept that holds a value (0 for ever), and the offset of the value to be taken away because
-- its time is over, or 0.
local function append(keys, args)
    local bounds = {}
    bounds.count_max, bounds.bytes_max, bounds.age_max, bounds.keys_max, bounds.key_age_max, bounds.head_age =
        struct.unpack('>I4I8I8I4I8I8', args[1])
    local epoch, flags, check = struct.unpack('>c8c1c4', args[2])
    local rest = args[3]
    local from_length, key_length, data_length = struct.unpack('>I4I2I4', rest)
    local change = change_of(string.byte(flags), rest, 11)
    local map = {}
    if change then
        map.keys_max, map.bytes_max, map.time_to_live, map.lifetime, map.expiring = struct.unpack(MAP, args[4])
    end

    local head = head_of(keys[1])
    local now = millis()
    if change and map.expiring > 0 and not (head and is_over(keys, change, map, now)) then
        return 'U'
    end
    if head then
        head.at = math.max(now, head.at)
    else
        redis.call('UNLINK', unpack(keys, 2))
        head = { epoch = epoch, offset = 0, check = '\0\0\0\0', at = now, bytes = 0, oldest_at = now, redactions = 0 }
    end

    local key, mark
    if key_length > 0 then
        local at = 11 + (change and 4 + change.bytes or 0) + from_length
        key = string.sub(rest, at, at + key_length - 1)
        mark = string.sub(rest, at + key_length, at + key_length + 15)
        local answer = use_of(keys[3], key, mark, head.epoch, head.at - bounds.key_age_max)
        if answer then
            return answer
        end
    end

    local size = data_length + OVERHEAD_BYTES + (change and change.bytes or 0)
    local totals = change and totals_after(keys, change, size, map)
    if change and not totals then
        return 'F'
    end
    local previous = head.check
    head.offset = head.offset + 1
    head.check = check
    local record = struct.pack('>Bc1I8c4c4I8', VERSION, flags, head.offset, check, previous, head.at) .. rest
    local count = redis.call('RPUSH', keys[2], record)
    if count == 1 then
        head.bytes = 0
        head.oldest_at = head.at
    end
    head.bytes = head.bytes + size
    if change then
        keep_newest(keys, change, head.offset, record, totals)
    end
    let_go(keys, head, count, bounds)
    if key then
        remember(keys, key, mark, head, bounds)
    end
    local lifetime = bounds.head_age
    if change then
        lifetime = totals.count > 0 and map.lifetime or lifetime
        end_after(keys, lifetime)
    else
        redis.call('PEXPIRE', keys[2], bounds.age_max)
    end
    if lifetime > 0 then
        redis.call('SET', keys[1], text_of(head), 'PX', lifetime)
    else
        redis.call('SET', keys[1], text_of(head))
    end
    redis.call('SPUBLISH', keys[1], head.epoch .. record)
    return struct.pack('>c1c8I8c4I8', 'S', head.epoch, head.offset, previous, head.at)
end

-- keys: head and keys; args: the key, its fingerprint, how long keys are remembered.
local function find(keys, args)
    local head = head_of(keys[1])
    if not head then
        return 'U'
    end
    local since = millis() - struct.unpack('>I8', args[3])
    return use_of(keys[2], args[1], args[2], head.epoch, since) or 'U'
end

-- How many records at the front were accepted before that time. Their times ascend.
local function over_aged(records, count, since)
    if time_of(redis.call('LINDEX', records, 0)) >= since then
        return 0
    end
    local low, high = 0, count
    while high - low > 1 do
        local middle = math.floor((low + high) / 2)
        if time_of(redis.call('LINDEX', records, middle)) < since then
            low = middle
        else
            high = middle
        end
    end
    return high
end

-- A run of records as it grows; `add` answers whether there was room for one more.
local function run_of(record_bytes, count_max, bytes_max)
    local run = { n = 0, bytes = 0, count_max = count_max }

    -- How many records to fetch next: about as many as still fit.
    function run.next()
        local fitting = math.floor((bytes_max - run.bytes) / math.max(1, record_bytes))
        return math.max(1, math.min(CHUNK, count_max - run.n, fitting))
    end

    function run.add(record)
        run.bytes = run.bytes + bytes_of(record)
        if run.bytes > bytes_max and run.n > 0 then
            return false
        end
        run.n = run.n + 1
        run[run.n] = record
        return true
    end

    return run
end

local function run_up(records, run, index, count)
    while index < count and run.n < run.count_max do
        local chunk = redis.call('LRANGE', records, index, math.min(index + run.next(), count) - 1)
        for i = 1, #chunk do
            if not run.add(chunk[i]) then
                return
            end
        end
        index = index + #chunk
    end
end

local function run_down(records, run, index, first)
    while index >= first and run.n < run.count_max do
        local chunk = redis.call('LRANGE', records, math.max(index - run.next() + 1, first), index)
        for i = #chunk, 1, -1 do
            if not run.add(chunk[i]) then
                return
            end
        end
        index = index - #chunk
    end
end

-- How a channel stands: its records, the offset of the first, how many at the front are over age, and all that as it is told.
local function standing(keys, head, age_max)
    local count = redis.call('LLEN', keys[2])
    local first = head.offset - count + 1
    local since = millis() - age_max
    local skipped = 0
    if count > 0 and head.oldest_at < since then
        skipped = over_aged(keys[2], count, since)
    end
    return count, first, skipped, struct.pack('>c8I8c4I8', head.epoch, head.offset, head.check, first + skipped)
end

-- keys: head and records; args: whether it goes up from an offset or down, the offset, the bounds of the run, how long
-- records are kept. Answers the state and the records in ascending order.
local function read(keys, args)
    local is_up, offset, count_max, bytes_max, age_max = struct.unpack('>BI8I4I4I8', args[1])
    local head = head_of(keys[1])
    if not head then
        return { '' }
    end
    local count, first, skipped, state = standing(keys, head, age_max)
    local run = run_of(head.bytes / math.max(1, count), count_max, bytes_max)
    local answer = { state }
    if is_up == 1 then
        run_up(keys[2], run, math.max(offset - first, skipped), count)
        for i = 1, run.n do
            answer[i + 1] = run[i]
        end
    else
        run_down(keys[2], run, math.min(offset, head.offset) - first, skipped)
        for i = run.n, 1, -1 do
            answer[run.n - i + 2] = run[i]
        end
    end
    return answer
end

-- The newest changes behind an offset, as many as the run takes; whether there are none behind them.
local function run_of_changes(keys, run, after, oldest)
    while true do
        local wanted = run.next()
        local names = redis.call('ZRANGEBYSCORE', keys[4], string.format('(%.0f', after), '+inf', 'LIMIT', 0, wanted)
        local records = #names > 0 and redis.call('HMGET', keys[3], unpack(names)) or {}
        for i = 1, #names do
            local record = records[i]
            if not record then
                error('a map lacks a record')
            end
            local offset = offset_of(record)
            if has_value(record) or offset >= oldest then
                if run.n == run.count_max or not run.add(record) then
                    return false
                end
            end
            after = offset
        end
        if #names < wanted then
            return true
        end
        if run.n == run.count_max then
            return redis.call('ZCOUNT', keys[4], string.format('(%.0f', after), '+inf') == 0
        end
    end
end

-- keys: head, records, values and index; args: the offset behind which the changes lie, the bounds of the run, how long
-- records are kept. Answers the state and whether this is the last page, and the newest changes in ascending order.
local function changes(keys, args)
    local after, count_max, bytes_max, age_max = struct.unpack('>I8I4I4I8', args[1])
    local head = head_of(keys[1])
    if not head then
        return { '' }
    end
    local _, first, skipped, state = standing(keys, head, age_max)
    local totals = redis.call('HGET', keys[3], TOTALS)
    local count, bytes = 0, 0
    if totals then
        count, bytes = struct.unpack('>I8I8', totals)
    end
    local run = run_of(math.max(OVERHEAD_BYTES, bytes / math.max(1, count)), count_max, bytes_max)
    local is_last = run_of_changes(keys, run, after, first + skipped)
    local answer = { state .. (is_last and '\1' or '\0') }
    for i = 1, run.n do
        answer[i + 1] = run[i]
    end
    return answer
end

-- ---- what is taken out

-- keys: head, records and redacted; args: epoch, offset and check of a record, how long records are kept. Takes its data out,
-- and pushes what is left of it.
local function redact(keys, args)
    local epoch, offset, check, age_max = struct.unpack('>c8I8c4I8', args[1])
    local head = head_of(keys[1])
    if not head or head.epoch ~= epoch or offset > head.offset then
        return 'N'
    end
    local index = offset - (head.offset - redis.call('LLEN', keys[2]) + 1)
    local record = index >= 0 and redis.call('LINDEX', keys[2], index)
    if not record or string.sub(record, 11, 14) ~= check or time_of(record) < millis() - age_max then
        return 'N'
    end
    local flags = bit.bor(bit.band(string.byte(record, 2), bit.bnot(IS_BYTES)), REDACTED)
    local data_length = struct.unpack('>I4', record, 33)
    local left = string.sub(record, 1, 1) .. string.char(flags) .. string.sub(record, 3, 32) .. struct.pack('>I4', 4)
        .. string.sub(record, 37, #record - data_length) .. 'null'
    redis.call('LSET', keys[2], index, left)
    head.bytes = head.bytes - data_length + 4
    head.redactions = head.redactions + 1
    redis.call('SET', keys[1], text_of(head), 'KEEPTTL')
    redis.call('RPUSH', keys[3], struct.pack(REDACTION, head.redactions, offset, check))
    redis.call('LTRIM', keys[3], -REDACTIONS, -1)
    local lifetime = redis.call('PTTL', keys[1])
    if lifetime > 0 then
        redis.call('PEXPIRE', keys[3], lifetime)
    end
    local told = struct.pack('>c8I8', head.epoch, head.redactions) .. left
    redis.call('SPUBLISH', keys[1], struct.pack('>I8B', 0, 2) .. told)
    return 'R' .. told
end

-- keys: head, records and redacted; args: how many acts are known. Answers epoch, how many there were and whether all that
-- are not known follow; and of these what is left, where it is still kept.
local function redactions(keys, args)
    local since = struct.unpack('>I8', args[1])
    local head = head_of(keys[1])
    if not head then
        return { '' }
    end
    local acts = redis.call('LRANGE', keys[3], 0, -1)
    local first = head.offset - redis.call('LLEN', keys[2]) + 1
    local answer = {}
    local missing = math.max(0, head.redactions - since)
    for i = 1, #acts do
        local serial, offset, check = struct.unpack(REDACTION, acts[i])
        if serial > since and serial <= head.redactions then
            missing = missing - 1
            local record = offset >= first and redis.call('LINDEX', keys[2], offset - first)
            if record and string.sub(record, 11, 14) == check then
                answer[#answer + 1] = record
            end
        end
    end
    table.insert(answer, 1, struct.pack('>c8I8B', head.epoch, head.redactions, missing == 0 and 1 or 0))
    return answer
end

redis.register_function('@_append', append)
redis.register_function { function_name = '@_find', callback = find, flags = { 'no-writes' } }
redis.register_function { function_name = '@_read', callback = read, flags = { 'no-writes' } }
redis.register_function { function_name = '@_changes', callback = changes, flags = { 'no-writes' } }
redis.register_function('@_redact', redact)
redis.register_function { function_name = '@_redactions', callback = redactions, flags = { 'no-writes' } }
