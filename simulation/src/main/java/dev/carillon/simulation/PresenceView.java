package dev.carillon.simulation;

import dev.carillon.protocol.ServerMessage;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Who is here, as a client makes it of the list, its pages and the differences that it is told. */
final class PresenceView {

    private final Set<String> users = new TreeSet<>();
    private long version;

    /** Of a list whose pages are coming; it is none before the last. */
    private final Set<String> listed = new TreeSet<>();

    private long listedVersion;
    /** What its next page continues; null where none is due. */
    private @Nullable String due;

    /** To be presented with the next subscribe; 0 for none yet. */
    long version() {
        return version;
    }

    Set<String> users() {
        return users;
    }

    /** A subscription stands: of the one before it no more pages come. */
    void begin() {
        due = null;
    }

    void onList(ServerMessage.PresenceList list) {
        if (list.after() == null) {
            listed.clear();
            listedVersion = list.version();
        } else {
            check(list.after().equals(due) && list.version() == listedVersion, list);
        }
        list.users().forEach(present -> check(listed.add(present.user()), list));
        due = list.next();
        if (due == null) {
            version = list.version();
            users.clear();
            users.addAll(listed);
        }
    }

    void onJoin(ServerMessage.Join join) {
        check(due == null && join.version() == version + 1 && users.add(join.user()), join);
        version = join.version();
    }

    void onLeave(ServerMessage.Leave leave) {
        check(due == null && leave.version() == version + 1 && users.remove(leave.user()), leave);
        version = leave.version();
    }

    private void check(boolean follows, ServerMessage told) {
        Lineage.require(
                follows,
                Invariant.PRESENCE_FOLLOWS,
                () -> told + " is told to one who holds " + users + " at " + version + ", due " + due);
    }
}
