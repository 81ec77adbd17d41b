#!lua name=carillon_stream
-- The other candidate of ADR 0006, for LayoutBench only: records in a stream, with their offsets as ids. It takes what
-- `append` in carillon.lua takes and does the same, but for what is over age.

local function append(keys, args)
    local count_max, bytes_max, age_max, keys_max, key_age_max, head_age = struct.unpack('>I4I8I8I4I8I8', args[1])
    local epoch, flags, check = struct.unpack('>c8c1c4', args[2])
    local rest = args[3]
    local from_length, key_length, data_length = struct.unpack('>I4I2I4', rest)
    local time = redis.call('TIME')
    local at = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    local offset, previous, bytes, last_at, version, oldest_at = 0, '\0\0\0\0', 0, at, 1, at
    local head = redis.call('GET', keys[1])
    if head then
        version, epoch, offset, previous, last_at, bytes, oldest_at = struct.unpack('>Bc8I8c4I8I8I8', head)
        at = math.max(at, last_at)
    else
        redis.call('UNLINK', keys[2], keys[3], keys[4])
    end
    local key, mark
    if key_length > 0 then
        key = string.sub(rest, 11 + from_length, 10 + from_length + key_length)
        mark = string.sub(rest, 11 + from_length + key_length, 26 + from_length + key_length)
        local use = redis.call('HGET', keys[3], key)
        if use then
            return 'D'
        end
    end
    offset = offset + 1
    local record = struct.pack('>Bc1c4c4I8', 1, flags, check, previous, at) .. rest
    redis.call('XADD', keys[2], string.format('%.0f-0', offset), 'r', record)
    local count = redis.call('XLEN', keys[2])
    bytes = bytes + data_length + 64
    for _ = 1, 64 do
        if count <= count_max and (bytes <= bytes_max or count == 1) then
            break
        end
        local first = redis.call('XRANGE', keys[2], '-', '+', 'COUNT', 1)[1]
        redis.call('XDEL', keys[2], first[1])
        count = count - 1
        bytes = bytes - struct.unpack('>I4', first[2][2], 25) - 64
    end
    if key then
        local uses = redis.call('RPUSH', keys[4], struct.pack('>I8I8', offset, at) .. key)
        redis.call('HSET', keys[3], key, struct.pack('>I8c4I8c16', offset, check, at, mark))
        redis.call('LINDEX', keys[4], 0)
        if uses > keys_max then
            local gone = redis.call('LPOP', keys[4])
            redis.call('HGET', keys[3], string.sub(gone, 17))
            redis.call('HDEL', keys[3], string.sub(gone, 17))
        end
        redis.call('PEXPIRE', keys[3], key_age_max)
        redis.call('PEXPIRE', keys[4], key_age_max)
    end
    redis.call('PEXPIRE', keys[2], age_max)
    redis.call(
        'SET', keys[1], struct.pack('>Bc8I8c4I8I8I8', 1, epoch, offset, check, at, bytes, oldest_at), 'PX', head_age)
    redis.call('SPUBLISH', keys[1], epoch .. record)
    return struct.pack('>c1c8I8c4I8', 'S', epoch, offset, previous, at)
end

local function newest(keys, args)
    return redis.call('XREVRANGE', keys[2], '+', '-', 'COUNT', args[1])
end

redis.register_function('carillon_stream_append', append)
redis.register_function { function_name = 'carillon_stream_newest', callback = newest, flags = { 'no-writes' } }
