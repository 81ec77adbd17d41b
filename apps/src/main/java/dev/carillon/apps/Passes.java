package dev.carillon.apps;

import java.time.Duration;

/** Issues the tokens that pages of the apps come in with. Thread-safe. */
interface Passes {

    /** Short, so that a page has to renew it while somebody looks on. */
    Duration LIFETIME = Duration.ofMinutes(5);

    /** A token for this user, which allows what the chat's page does and nothing more. */
    String issue(String user);
}
