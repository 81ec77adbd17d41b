package dev.carillon.simulation;

import dev.carillon.protocol.ServerMessage;
import java.util.Set;
import java.util.TreeSet;

/** Who is here, as a client makes it of the list and the differences that it is told. */
final class PresenceView {

    private final Set<String> users = new TreeSet<>();
    private long version;

    /** To be presented with the next subscribe; 0 for none yet. */
    long version() {
        return version;
    }

    Set<String> users() {
        return users;
    }

    void onList(ServerMessage.PresenceList list) {
        version = list.version();
        users.clear();
        list.users().forEach(present -> users.add(present.user()));
    }

    void onJoin(ServerMessage.Join join) {
        check(join.version() == version + 1 && users.add(join.user()), join);
        version = join.version();
    }

    void onLeave(ServerMessage.Leave leave) {
        check(leave.version() == version + 1 && users.remove(leave.user()), leave);
        version = leave.version();
    }

    private void check(boolean follows, ServerMessage told) {
        Lineage.require(
                follows,
                Invariant.PRESENCE_FOLLOWS,
                () -> told + " is told to one who holds " + users + " at " + version);
    }
}
