package dev.carillon.server;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folders that pages come from.
 *
 * @param web the home page and its files; null where they were not built
 * @param apps the pages of the apps and their files; null where they were not built
 * @param docs the documentation; null for none
 * @param home where the README and its like are; null for nowhere
 */
public record Site(
        @Nullable Path web,
        @Nullable Path apps,
        @Nullable Path docs,
        @Nullable Path home) {

    /** No pages at all. */
    public static final Site NONE = new Site(null, null, null, null);

    /** The folders that the launcher names: {@code carillon.web}, {@code carillon.apps} and so on. */
    static Site ofSystemProperties() {
        return new Site(
                folder("carillon.web"), folder("carillon.apps"), folder("carillon.docs"), folder("carillon.home"));
    }

    /** The folders whose files are served as they stand. */
    List<Path> files() {
        return Stream.of(web, apps).filter(Objects::nonNull).toList();
    }

    private static @Nullable Path folder(String property) {
        String value = System.getProperty(property);
        return value == null || value.isEmpty() ? null : Path.of(value);
    }
}
