package dev.carillon.documents;

/**
 * What one client of Yjs says of itself: its cursor, its user, whatever an editor shows.
 *
 * @param clock counts up with each change
 * @param json what it says; {@code null} once it is gone
 */
public record AwarenessEntry(long client, long clock, String json) {

    /** Whether it says that the client is gone. */
    public boolean isGone() {
        return json.equals("null");
    }
}
