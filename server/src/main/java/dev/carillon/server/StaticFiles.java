package dev.carillon.server;

import dev.carillon.gateway.Pages.Content;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** The files of a folder as they stand at start. */
final class StaticFiles {

    static final int FILES_MAX = 2048;
    static final long BYTES_MAX = 64 << 20;
    private static final int DEPTH_MAX = 8;
    private static final String INDEX = "index.html";
    private static final String PAGE = ".html";

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("map", "application/json"),
            Map.entry("json", "application/json"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("jpg", "image/jpeg"),
            Map.entry("jpeg", "image/jpeg"),
            Map.entry("gif", "image/gif"),
            Map.entry("webp", "image/webp"),
            Map.entry("avif", "image/avif"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("wasm", "application/wasm"),
            Map.entry("txt", "text/plain; charset=utf-8"));

    private StaticFiles() {}

    /** The media type of a file's name. */
    static String typeOf(String name) {
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return TYPES.getOrDefault(extension, "application/octet-stream");
    }

    /** The folder's files by the paths that they are served at; a folder's index is the folder, and another page goes without its extension. */
    static Map<String, Content> of(Path folder) throws StartException {
        Map<String, Content> contents = new HashMap<>();
        long bytes = 0;
        try {
            for (Path file : filesOf(folder)) {
                Content content = Content.of(typeOf(file.toString()), Files.readAllBytes(file));
                bytes += content.bytes().length;
                put(contents, urlOf(folder, file), content);
                if (contents.size() > FILES_MAX || bytes > BYTES_MAX) {
                    throw new StartException("the web folder " + folder + " holds more than " + FILES_MAX + " files or "
                            + Quantity.ofBytes(BYTES_MAX));
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new StartException("the web folder " + folder + " cannot be read: " + Listening.oneLine(e), e);
        }
        return contents;
    }

    /** The folder's files, without what is hidden; a link counts as what it leads to, a folder's link is not followed. */
    static List<Path> filesOf(Path folder) throws IOException {
        try (Stream<Path> walk = Files.walk(folder, DEPTH_MAX)) {
            return walk.filter(Files::isRegularFile)
                    .filter(file -> !isHidden(folder.relativize(file)))
                    .sorted()
                    .limit(FILES_MAX + 1L)
                    .toList();
        }
    }

    private static boolean isHidden(Path relative) {
        for (Path part : relative) {
            if (part.toString().startsWith(".")) {
                return true;
            }
        }
        return false;
    }

    /** Where a file of the folder is served, as {@code /a/b.js}. */
    static String urlOf(Path folder, Path file) {
        StringBuilder url = new StringBuilder();
        for (Path part : folder.relativize(file)) {
            url.append('/').append(part);
        }
        return url.toString();
    }

    private static void put(Map<String, Content> contents, String url, Content content) {
        if (url.endsWith("/" + INDEX)) {
            String at = url.substring(0, url.length() - INDEX.length());
            contents.put(at, content);
            if (at.length() > 1) {
                contents.put(at.substring(0, at.length() - 1), Content.redirect(at));
            }
        } else {
            contents.put(url.endsWith(PAGE) ? url.substring(0, url.length() - PAGE.length()) : url, content);
        }
    }

    /** A file that comes with this class. */
    static Content resource(String name) {
        try (InputStream in = Objects.requireNonNull(StaticFiles.class.getResourceAsStream(name), name)) {
            return Content.of(typeOf(name), in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
