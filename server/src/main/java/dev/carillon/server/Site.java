package dev.carillon.server;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The folders that pages come from.
 *
 * @param web the home page and its files; null where they were not built
 * @param docs the documentation; null for none
 * @param home where the README and its like are; null for nowhere
 */
public record Site(
        @Nullable Path web, @Nullable Path docs, @Nullable Path home) {

    /** No pages at all. */
    public static final Site NONE = new Site(null, null, null);

    /** The folders that the launcher names: {@code carillon.web}, {@code carillon.docs}, {@code carillon.home}. */
    static Site ofSystemProperties() {
        return new Site(folder("carillon.web"), folder("carillon.docs"), folder("carillon.home"));
    }

    private static @Nullable Path folder(String property) {
        String value = System.getProperty(property);
        return value == null || value.isEmpty() ? null : Path.of(value);
    }
}
