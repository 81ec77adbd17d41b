package dev.carillon.server;

import dev.carillon.gateway.Pages;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The home page, the apps' pages, the documentation, metrics and health. What can be asked for is a map made at start: a path leads to a
 * file only if the walk over its folder found that file, so there is nothing for {@code ..} to reach.
 */
final class SitePages implements Pages {

    static final String PLAIN = "text/plain; charset=utf-8";
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final Content HEALTHY =
            new Content(PLAIN, 200, "ok\n".getBytes(StandardCharsets.US_ASCII), false, null);

    private final Map<String, Content> files;
    private final Docs docs;
    private final Metrics metrics;

    private SitePages(Map<String, Content> files, Docs docs, Metrics metrics) {
        this.files = files;
        this.docs = docs;
        this.metrics = metrics;
    }

    /** Reads the folders. */
    static SitePages of(Site site, Metrics metrics) throws StartException {
        Map<String, Content> files = new HashMap<>();
        files.put("/", withoutHomePage());
        files.put("/favicon.ico", StaticFiles.resource("favicon.svg"));
        for (Path folder : site.files()) {
            files.putAll(StaticFiles.of(folder));
        }
        return new SitePages(files, Docs.of(site.home(), site.docs()), metrics);
    }

    private static Content withoutHomePage() {
        String text = """
                Carillon runs, without its home page: that was not built.

                ./carillon serve builds it (it needs Node 20 or later), then serves it here.
                The documentation is at /docs.
                """;
        return new Content(PLAIN, 200, text.getBytes(StandardCharsets.UTF_8), false, null);
    }

    @Override
    public @Nullable Content find(String path) {
        return switch (path) {
            case "/healthz" -> HEALTHY;
            case "/metrics" ->
                new Content(PROMETHEUS, 200, metrics.scrape().getBytes(StandardCharsets.UTF_8), false, null);
            default -> {
                Content file = files.get(path);
                yield file == null ? docs.find(path) : file;
            }
        };
    }
}
