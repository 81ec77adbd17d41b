package dev.carillon.server;

import dev.carillon.gateway.Pages.Content;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The documentation at {@code /docs}: the docs folder's Markdown and images, and the README and its like from above it. The
 * pages are found once, and each is rendered when it is first asked for. Thread-safe.
 */
final class Docs {

    static final String ROOT = "/docs";
    private static final String STYLE = ROOT + "/docs.css";
    private static final String MARKDOWN = ".md";
    private static final String FOLDER = "docs";
    private static final long PAGE_BYTES_MAX = 4 << 20;

    /** Pages beside the docs folder. */
    private static final List<String> BESIDE =
            List.of("README.md", "PROTOCOL.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md");

    /** The first pages of the navigation, by their addresses; the others follow. */
    private static final List<String> FIRST = List.of(
            "/docs",
            "/docs/readme",
            "/docs/getting-started",
            "/docs/configuration",
            "/docs/operations",
            "/docs/protocol",
            "/docs/codes");

    /** The source of each page, by its address. */
    private final Map<String, DocsPage.Source> pages = new LinkedHashMap<>();

    private final Map<String, Path> images = new HashMap<>();
    /** The address of each page and image, by its path in the repository. */
    private final Map<String, String> addresses = new HashMap<>();

    private final DocsPage renderer;
    private final Map<String, Content> rendered = new ConcurrentHashMap<>();
    private final Content style = StaticFiles.resource("docs.css");

    private Docs(Map<String, DocsPage.Source> found, Map<String, Path> images) {
        FIRST.forEach(address -> {
            DocsPage.Source source = found.get(address);
            if (source != null) {
                pages.put(address, source);
            }
        });
        found.forEach(pages::putIfAbsent);
        this.images.putAll(images);
        pages.forEach((address, source) -> addresses.put(source.path(), address));
        images.keySet().forEach(address -> addresses.put(address.substring(1), address));
        renderer = new DocsPage(pages, addresses, STYLE);
    }

    /** Finds the pages; either folder may be missing. */
    static Docs of(@Nullable Path home, @Nullable Path folder) throws StartException {
        Map<String, DocsPage.Source> found = new LinkedHashMap<>();
        Map<String, Path> images = new HashMap<>();
        try {
            if (home != null) {
                for (String name : BESIDE) {
                    add(found, name, home.resolve(name));
                }
            }
            if (folder != null && Files.isDirectory(folder)) {
                for (Path file : StaticFiles.filesOf(folder)) {
                    String path = FOLDER + StaticFiles.urlOf(folder, file);
                    add(found, path, file);
                    if (StaticFiles.typeOf(path).startsWith("image/")) {
                        images.put("/" + path, file);
                    }
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new StartException("the documentation in " + folder + " cannot be read: " + Listening.oneLine(e), e);
        }
        return new Docs(found, images);
    }

    private static void add(Map<String, DocsPage.Source> found, String path, Path file) throws IOException {
        if (path.endsWith(MARKDOWN) && Files.isRegularFile(file) && Files.size(file) <= PAGE_BYTES_MAX) {
            found.put(addressOf(path), new DocsPage.Source(path, titleOf(file), file));
        }
    }

    /** Where a page of the repository is served: {@code docs/adr/0001-x.md} at {@code /docs/adr/0001-x}. */
    private static String addressOf(String path) {
        String name = path.substring(0, path.length() - MARKDOWN.length());
        if (!name.startsWith(FOLDER + "/")) {
            return ROOT + "/" + name.toLowerCase(Locale.ROOT);
        }
        String address = "/" + name;
        return address.endsWith("/index") ? address.substring(0, address.length() - "/index".length()) : address;
    }

    /** The first heading. */
    private static String titleOf(Path file) throws IOException {
        try (var lines = Files.lines(file, StandardCharsets.UTF_8)) {
            return lines.filter(line -> line.startsWith("# "))
                    .findFirst()
                    .map(line -> line.substring(2).strip())
                    .orElse(String.valueOf(file.getFileName()));
        }
    }

    @Nullable
    Content find(String path) {
        if (path.equals(STYLE)) {
            return style;
        }
        if (pages.containsKey(path) || images.containsKey(path)) {
            return rendered.computeIfAbsent(path, this::content);
        }
        return redirected(path);
    }

    /** {@code /docs/} and {@code /docs/codes.md} are asked for too. */
    private @Nullable Content redirected(String path) {
        String address = null;
        if (path.startsWith(ROOT + "/") && path.endsWith("/")) {
            address = path.substring(0, path.length() - 1);
        } else if (path.startsWith(ROOT + "/") && path.endsWith(MARKDOWN)) {
            address = addressOf(path.substring(1));
        }
        return address != null && pages.containsKey(address) ? Content.redirect(address) : null;
    }

    private Content content(String address) {
        try {
            Path image = images.get(address);
            if (image != null) {
                return Content.of(StaticFiles.typeOf(address), Files.readAllBytes(image));
            }
            return Content.of(
                    "text/html; charset=utf-8", renderer.render(address).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
