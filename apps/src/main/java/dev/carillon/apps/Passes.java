package dev.carillon.apps;

import java.time.Duration;

/** Issues the tokens that pages of the apps come in with. Thread-safe. */
interface Passes {

    /** Short, so that a page has to renew it while somebody looks on. */
    Duration LIFETIME = Duration.ofMinutes(5);

    /** The shortest that is given, to a page that shows how one is renewed. */
    Duration LIFETIME_MIN = Duration.ofSeconds(5);

    /** A token for this user, which allows what the apps' pages do and nothing more. */
    String issue(String user, Duration lifetime);
}
