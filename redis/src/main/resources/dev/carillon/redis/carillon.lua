-- The steps of the shared log that must be whole, as functions of Redis. `@` is the name of the library, which carries
-- the format and a fingerprint of this text, so that nodes of two versions have theirs side by side.
--
-- Keys of a channel, all in one slot:
--   1  head     a text of fixed length (HEAD): the epoch, the newest record's offset, check and time; the bytes that the
--               records count for; and a time before which none of them was accepted
--   2  records  a list: the record with the offset head - length + 1 first. What is in a list is without a hole
--   3  keys     a hash: idempotency key -> its first use (USE)
--   4  order    a list: those keys in the order of their uses (ORDER)
--
-- No call does more than STEPS steps of letting go of what is no longer kept: each append adds one record and one key, so
-- that is enough to catch up. What nobody appends to is let go of by Redis at the end of its time. Numbers are big-endian,
-- and exact up to 2^53.

local VERSION = 1
local HEAD = '>Bc8I8c4I8I8I8'
local HEAD_BYTES = 45
local USE = '>I8c4I8c16'
local ORDER = '>I8I8'
local STEPS = 64
local CHUNK = 256 -- each chunk is looked up anew, and holds records that may not fit
local OVERHEAD_BYTES = 64

local function millis()
    local time = redis.call('TIME')
    return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

local function head_of(key)
    local value = redis.call('GET', key)
    if not value then
        return nil
    end
    if string.byte(value) ~= VERSION or #value ~= HEAD_BYTES then
        error('the head has another format')
    end
    local head = {}
    local _
    _, head.epoch, head.offset, head.check, head.at, head.bytes, head.oldest_at = struct.unpack(HEAD, value)
    return head
end

local function time_of(record)
    if string.byte(record) ~= VERSION then
        error('a record has another format')
    end
    return (struct.unpack('>I8', record, 19))
end

local function bytes_of(record)
    return struct.unpack('>I4', record, 33) + OVERHEAD_BYTES
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

-- By count and bytes the newest record stays; it has just come, so by age it does, too.
local function let_go(records, head, count, bounds)
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

-- args: bounds; epoch, flags and check; the record from its lengths on.
local function append(keys, args)
    local bounds = {}
    bounds.count_max, bounds.bytes_max, bounds.age_max, bounds.keys_max, bounds.key_age_max, bounds.head_age =
        struct.unpack('>I4I8I8I4I8I8', args[1])
    local epoch, flags, check = struct.unpack('>c8c1c4', args[2])
    local rest = args[3]
    local from_length, key_length, data_length = struct.unpack('>I4I2I4', rest)

    local head = head_of(keys[1])
    local now = millis()
    if head then
        head.at = math.max(now, head.at)
    else
        redis.call('UNLINK', keys[2], keys[3], keys[4])
        head = { epoch = epoch, offset = 0, check = '\0\0\0\0', at = now, bytes = 0, oldest_at = now }
    end

    local key, mark
    if key_length > 0 then
        local at = 11 + from_length
        key = string.sub(rest, at, at + key_length - 1)
        mark = string.sub(rest, at + key_length, at + key_length + 15)
        local answer = use_of(keys[3], key, mark, head.epoch, head.at - bounds.key_age_max)
        if answer then
            return answer
        end
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
    head.bytes = head.bytes + data_length + OVERHEAD_BYTES
    let_go(keys[2], head, count, bounds)
    if key then
        remember(keys, key, mark, head, bounds)
    end
    redis.call('PEXPIRE', keys[2], bounds.age_max)
    local kept = struct.pack(
        HEAD, VERSION, head.epoch, head.offset, head.check, head.at, head.bytes, head.oldest_at)
    redis.call('SET', keys[1], kept, 'PX', bounds.head_age)
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
local function run_of(head, count, count_max, bytes_max)
    local run = { n = 0, bytes = 0, count_max = count_max }
    local record_bytes = head.bytes / math.max(1, count)

    -- How many records to fetch next: about as many as still fit.
    function run.next()
        local fitting = math.floor((bytes_max - run.bytes) / record_bytes)
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

-- keys: head and records; args: whether it goes up from an offset or down, the offset, the bounds of the run, how long
-- records are kept. Answers the state and the records in ascending order.
local function read(keys, args)
    local is_up, offset, count_max, bytes_max, age_max = struct.unpack('>BI8I4I4I8', args[1])
    local head = head_of(keys[1])
    if not head then
        return { '' }
    end
    local count = redis.call('LLEN', keys[2])
    local first = head.offset - count + 1
    local since = millis() - age_max
    local skipped = 0
    if count > 0 and head.oldest_at < since then
        skipped = over_aged(keys[2], count, since)
    end
    local run = run_of(head, count, count_max, bytes_max)
    local answer = { struct.pack('>c8I8c4I8', head.epoch, head.offset, head.check, first + skipped) }
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

redis.register_function('@_append', append)
redis.register_function { function_name = '@_find', callback = find, flags = { 'no-writes' } }
redis.register_function { function_name = '@_read', callback = read, flags = { 'no-writes' } }
