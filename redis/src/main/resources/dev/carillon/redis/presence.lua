
-- Who is present in a channel over all nodes. Keys of a channel, in its slot:
--   1  here     a text of fixed length (STAND): where its presence stands. Changes are pushed to what has this name
--   2  users    a hash: user -> the version with which it came, and behind it, for each lease that lists it, the lease and
--               its connections (PLACE_BYTES each)
--   3  of       of one lease, a set: the users that it lists here
-- A lease is a key of its own, which Redis lets end. Everything else ends KEPT_MILLIS after its last change; nodes that still
-- have somebody here then say so anew.

local STAND = '>BI8c4I8'
local STAND_BYTES = 21
local PLACE_BYTES = 12
local ABSENT = '\255\255\255\255'
local NOBODY = ''
local KEPT_MILLIS = 7 * 24 * 3600 * 1000
local CHECKS = 4294967296

local function stand_of(key)
    local value = redis.call('GET', key)
    if not value then
        return nil
    end
    if string.byte(value) ~= VERSION or #value ~= STAND_BYTES then
        error('the presence has another format')
    end
    local stand = {}
    local _
    _, stand.serial, stand.check, stand.version = struct.unpack(STAND, value)
    return stand
end

-- One more change, pushed: where it leaves the presence, the check before, and what it says.
local function change(keys, stand, version, check, listing)
    local previous = stand.check
    stand.serial = stand.serial + 1
    stand.check = check
    stand.version = version
    local after = struct.pack(STAND, VERSION, stand.serial, check, version)
    redis.call('SET', keys[1], after, 'PX', KEPT_MILLIS)
    local pushed = after .. previous .. listing
    redis.call('SPUBLISH', keys[1], pushed)
    return pushed
end

-- Where the lease stands among a user's; nil if it does not.
local function place_of(places, lease)
    for at = 1, #places, PLACE_BYTES do
        if string.sub(places, at, at + 7) == lease then
            return at
        end
    end
    return nil
end

-- Makes it so that the lease lists the user with these connections; nil if it is so already.
local function list(keys, stand, lease, user, connections, check)
    local entry = redis.call('HGET', keys[2], user)
    local arrival = entry and string.sub(entry, 1, 8)
    local places = entry and string.sub(entry, 9) or ''
    local at = place_of(places, lease)
    local before = at and string.sub(places, at + 8, at + 11) or ABSENT
    if before == connections then
        return nil
    end
    local version = stand.version
    if not entry then
        version = version + 1
        arrival = struct.pack('>I8', version)
    end
    if at then
        places = string.sub(places, 1, at - 1) .. string.sub(places, at + PLACE_BYTES)
    end
    if connections == ABSENT then
        redis.call('SREM', keys[3], user)
    else
        places = places .. lease .. connections
        redis.call('SADD', keys[3], user)
        redis.call('PEXPIRE', keys[3], KEPT_MILLIS)
    end
    if places == '' then
        redis.call('HDEL', keys[2], user)
        version = version + 1
    else
        redis.call('HSET', keys[2], user, arrival .. places)
    end
    redis.call('PEXPIRE', keys[2], KEPT_MILLIS)
    return change(keys, stand, version, check, lease .. connections .. user)
end

-- args: lease, connections, check and the version before the first change; the user. Answers the change.
local function put(keys, args)
    local lease, connections, check, version = struct.unpack('>c8c4c4I8', args[1])
    local stand = stand_of(keys[1])
    if not stand then
        redis.call('UNLINK', keys[2])
        stand = { serial = 0, check = '\0\0\0\0', version = version }
    end
    return list(keys, stand, lease, args[2], connections, check) or ''
end

-- args: lease, check, how many users at most. Answers whether the lease lists others here.
local function bury(keys, args)
    local lease, check, count_max = struct.unpack('>c8I4I4', args[1])
    local stand = stand_of(keys[1])
    if not stand then
        redis.call('UNLINK', keys[3])
        return 0
    end
    local users = redis.call('SPOP', keys[3], math.min(count_max, STEPS))
    for i = 1, #users do
        local own = struct.pack('>I4', (check + i - 1) % CHECKS)
        list(keys, stand, lease, users[i], ABSENT, own)
    end
    return redis.call('EXISTS', keys[3])
end

-- args: the least version, the one to which it is raised where it is below that, the check of that change. Answers the stand,
-- and then each user and what is kept of it. The work grows with the users that are listed.
local function attend(keys, args)
    local version_min, raised, check = struct.unpack('>I8I8c4', args[1])
    local stand = stand_of(keys[1])
    if not stand then
        if version_min == 0 then
            return { '' }
        end
        redis.call('UNLINK', keys[2])
        stand = { serial = 0, check = '\0\0\0\0', version = 0 }
    end
    if stand.version < version_min then
        change(keys, stand, raised, check, NOBODY)
    end
    local answer = redis.call('HGETALL', keys[2])
    table.insert(answer, 1, struct.pack(STAND, VERSION, stand.serial, stand.check, stand.version))
    return answer
end

redis.register_function('@_put', put)
redis.register_function('@_bury', bury)
redis.register_function('@_attend', attend)
