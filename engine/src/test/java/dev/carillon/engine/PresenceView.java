package dev.carillon.engine;

import dev.carillon.protocol.ServerMessage;
import java.util.Set;
import java.util.TreeSet;

/** Who is present, as a client makes it of the list and the differences that it is told; it finds every mistake in them. */
final class PresenceView {

    final Set<String> users = new TreeSet<>();
    long version;
    int lists;

    void onMessage(ServerMessage message) {
        if (message instanceof ServerMessage.PresenceList list) {
            check(list.version() >= version, message);
            lists++;
            version = list.version();
            users.clear();
            list.users().forEach(present -> users.add(present.user()));
        } else if (message instanceof ServerMessage.Join join) {
            check(join.version() == version + 1 && users.add(join.user()), message);
            version = join.version();
        } else if (message instanceof ServerMessage.Leave leave) {
            check(leave.version() == version + 1 && users.remove(leave.user()), message);
            version = leave.version();
        }
    }

    private void check(boolean holds, ServerMessage message) {
        if (!holds) {
            throw new AssertionError(message + " after " + users + " at " + version);
        }
    }
}
