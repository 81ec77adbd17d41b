package dev.carillon.engine;

import dev.carillon.protocol.ServerMessage;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who is present, as a client makes it of the lists, their pages and the differences that it is told; it finds every mistake in
 * them.
 */
final class PresenceView {

    final Set<String> users = new TreeSet<>();
    long version;
    int lists;
    /** What was told last, where numbers were wanted. */
    ServerMessage.@Nullable PresenceCount count;

    /** Of the list whose pages are coming. */
    private final Set<String> listed = new TreeSet<>();

    private long listedVersion;
    /** What the next page has to continue; null where none is due. */
    private @Nullable String due;
    /** Whether nothing was told since the subscription began: the first list counts whatever its version. */
    private boolean isFirst = true;

    void onMessage(ServerMessage message) {
        if (message instanceof ServerMessage.Subscribed) {
            due = null;
            isFirst = true;
        } else if (message instanceof ServerMessage.PresenceList list) {
            onPage(list);
        } else if (message instanceof ServerMessage.Join join) {
            check(due == null && join.version() == version + 1 && users.add(join.user()), message);
            version = join.version();
        } else if (message instanceof ServerMessage.Leave leave) {
            check(due == null && leave.version() == version + 1 && users.remove(leave.user()), message);
            version = leave.version();
        } else if (message instanceof ServerMessage.PresenceCount told) {
            count = told;
        }
    }

    private void onPage(ServerMessage.PresenceList page) {
        if (page.after() == null) {
            listed.clear();
            listedVersion = page.version();
        } else {
            check(page.after().equals(due) && page.version() == listedVersion, page);
        }
        page.users().forEach(present -> check(listed.add(present.user()), page));
        due = page.next();
        if (due == null) {
            check(isFirst || page.version() >= version, page);
            isFirst = false;
            lists++;
            version = page.version();
            users.clear();
            users.addAll(listed);
        }
    }

    private void check(boolean holds, ServerMessage message) {
        if (!holds) {
            throw new AssertionError(message + " after " + users + " at " + version + ", due " + due);
        }
    }
}
