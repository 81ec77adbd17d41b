package dev.carillon.server;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.HeadingAnchorExtension;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.AttributeProvider;
import org.commonmark.renderer.html.HtmlRenderer;
import org.jspecify.annotations.Nullable;

/**
 * Renders a page of documentation: Markdown inside the one template. HTML in the Markdown comes out as text, and addresses of
 * other schemes than http, https and mailto come out empty. Thread-safe.
 */
final class DocsPage {

    /**
     * Where a page comes from.
     *
     * @param path in the repository, as {@code docs/codes.md}
     */
    record Source(String path, String title, Path file) {}

    private static final Parser PARSER = Parser.builder()
            .extensions(List.of(TablesExtension.create(), HeadingAnchorExtension.create()))
            .build();

    private final Map<String, Source> pages;
    private final Map<String, String> addresses;
    private final String style;

    /**
     * @param pages by their addresses, in the order of the navigation
     * @param addresses of pages and images, by their paths in the repository
     * @param style the address of the style sheet
     */
    DocsPage(Map<String, Source> pages, Map<String, String> addresses, String style) {
        this.pages = pages;
        this.addresses = addresses;
        this.style = style;
    }

    String render(String address) throws IOException {
        Source source = pages.get(address);
        if (source == null) {
            throw new IllegalArgumentException("no page at " + address);
        }
        Node document = PARSER.parse(Files.readString(source.file(), StandardCharsets.UTF_8));
        return page(source.title(), navigation(address), rendererOf(source).render(document));
    }

    private String page(String title, String navigation, String content) {
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>%s · Carillon</title>
            <link rel="icon" href="/favicon.ico">
            <link rel="stylesheet" href="%s">
            </head>
            <body>
            <a class="skip" href="#content">Skip to the content</a>
            <header><a class="brand" href="/">Carillon</a> <a href="/docs">Docs</a></header>
            <div class="page">
            <nav aria-label="Pages"><ul>
            %s</ul></nav>
            <main id="content">
            %s</main>
            </div>
            </body>
            </html>
            """.formatted(escaped(title), style, navigation, content);
    }

    private HtmlRenderer rendererOf(Source source) {
        return HtmlRenderer.builder()
                .extensions(List.of(TablesExtension.create(), HeadingAnchorExtension.create()))
                .escapeHtml(true)
                .sanitizeUrls(true)
                .attributeProviderFactory(_ -> new Attributes(source.path()))
                .build();
    }

    private String navigation(String current) {
        StringBuilder html = new StringBuilder();
        pages.forEach((address, source) -> html.append("<li><a href=\"")
                .append(escaped(address))
                .append(address.equals(current) ? "\" aria-current=\"page\">" : "\">")
                .append(escaped(source.title().replace("`", "")))
                .append("</a></li>\n"));
        return html.toString();
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** Leads links inside the repository to the pages here; one to a file that is no page stays text. */
    private final class Attributes implements AttributeProvider {
        private final String path;

        Attributes(String path) {
            this.path = path;
        }

        @Override
        public void setAttributes(Node node, String tag, Map<String, String> attributes) {
            if (node instanceof Link && tag.equals("a")) {
                // Put there with the check of addresses; these are our own words.
                attributes.remove("rel");
                rewrite(attributes, "href");
            } else if (node instanceof Image) {
                rewrite(attributes, "src");
                attributes.put("loading", "lazy");
            } else if (node instanceof TableBlock) {
                attributes.put("tabindex", "0");
            }
        }

        private void rewrite(Map<String, String> attributes, String attribute) {
            String target = attributes.get(attribute);
            if (target == null || target.startsWith("#") || target.startsWith("/")) {
                return;
            }
            URI uri = uri(target);
            if (uri == null || (uri.getScheme() == null && uri.getPath() == null)) {
                attributes.remove(attribute);
            } else if (uri.getScheme() == null) {
                String address = addresses.get(resolved(uri.getPath()));
                if (address == null) {
                    attributes.remove(attribute);
                } else {
                    attributes.put(attribute, uri.getFragment() == null ? address : address + "#" + uri.getFragment());
                }
            }
        }

        private static @Nullable URI uri(String text) {
            try {
                return new URI(text);
            } catch (URISyntaxException e) {
                return null;
            }
        }

        private String resolved(String relative) {
            Path parent = Path.of(path).getParent();
            Path target = parent == null ? Path.of(relative) : parent.resolve(relative);
            return target.normalize().toString().replace('\\', '/');
        }
    }
}
