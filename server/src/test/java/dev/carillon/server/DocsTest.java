package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.gateway.Pages.Content;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DocsTest {

    @TempDir
    private Path home = Path.of("");

    @BeforeEach
    void write() throws IOException {
        put("README.md", "# Carillon\n\n[codes](docs/codes.md#ranges) ![seen](docs/images/seen.png)\n");
        put("PROTOCOL.md", "# Protocol\n");
        put("secret.txt", "secret");
        put("docs/index.md", "# Documentation\n\n[protocol](../PROTOCOL.md) [source](../server/pom.xml)\n");
        put("docs/codes.md", "# Codes & `more`\n\n## Ranges\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        put("docs/adr/0001-a.md", "# A decision\n\n[up](../index.md) [codes](../codes.md)\n");
        put("docs/images/seen.png", "png");
        put("docs/.hidden.md", "# Hidden\n");
    }

    private void put(String path, String text) throws IOException {
        Path file = home.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, text);
    }

    private Docs docs() throws StartException {
        return Docs.of(home, home.resolve("docs"));
    }

    private String html(String path) throws StartException {
        Content content = Objects.requireNonNull(docs().find(path), path);
        assertThat(content.type()).isEqualTo("text/html; charset=utf-8");
        return new String(content.bytes(), StandardCharsets.UTF_8);
    }

    @Test
    void pagesHaveTheirAddresses() throws StartException {
        Docs docs = docs();
        for (String path : List.of("/docs", "/docs/readme", "/docs/protocol", "/docs/codes", "/docs/adr/0001-a")) {
            assertThat(docs.find(path)).as(path).isNotNull();
        }
        assertThat(docs.find("/docs/architecture")).isNull();
        assertThat(docs.find("/docs/.hidden")).isNull();
    }

    @Test
    void tablesAndAnchorsAreRendered() throws StartException {
        assertThat(html("/docs/codes"))
                .contains("<h2 id=\"ranges\">Ranges</h2>", "<table", "<td>1</td>")
                .contains("<title>Codes &amp; `more` · Carillon</title>");
    }

    @Test
    void linksInsideTheRepositoryLeadToThePages() throws StartException {
        assertThat(html("/docs/readme"))
                .contains("<a href=\"/docs/codes#ranges\">codes</a>", "src=\"/docs/images/seen.png\"");
        assertThat(html("/docs")).contains("<a href=\"/docs/protocol\">protocol</a>", "<a>source</a>");
        assertThat(html("/docs/adr/0001-a")).contains("<a href=\"/docs\">up</a>", "<a href=\"/docs/codes\">codes</a>");
    }

    @Test
    void theNavigationMarksThePage() throws StartException {
        assertThat(html("/docs/codes"))
                .contains("<a href=\"/docs/codes\" aria-current=\"page\">Codes &amp; more</a>")
                .contains("<a href=\"/docs/protocol\">Protocol</a>");
    }

    @Test
    void imagesAreServed() throws StartException {
        Content image = docs().find("/docs/images/seen.png");
        assertThat(image).isNotNull();
        assertThat(image.type()).isEqualTo("image/png");
    }

    @Test
    void oldAddressesLeadToTheNew() throws StartException {
        for (List<String> pair : List.of(
                List.of("/docs/", "/docs"),
                List.of("/docs/codes.md", "/docs/codes"),
                List.of("/docs/codes/", "/docs/codes"),
                List.of("/docs/index.md", "/docs"))) {
            Content content = docs().find(pair.getFirst());
            assertThat(content).as(pair.getFirst()).isNotNull();
            assertThat(content.status()).isEqualTo(308);
            assertThat(content.location()).isEqualTo(pair.getLast());
        }
    }

    @Test
    void nothingInThePageCanRun() throws Exception {
        put("docs/bad.md", """
                # <script>alert(1)</script>

                <script>alert(2)</script>

                text <img src=x onerror=alert(3)>

                [a](javascript:alert(4)) [b](JaVaScRiPt:alert(5)) ![c](data:text/html,x) [d](vbscript:x)
                [e](<" onclick="alert(6)>) [f](//evil.example/x)
                """);
        String html = html("/docs/bad");
        assertThat(html).doesNotContain("<script", "<img src=x", "javascript:alert(4)", "\" onclick");
        assertThat(html.toLowerCase(java.util.Locale.ROOT))
                .doesNotContain("href=\"javascript", "href=\"vbscript", "style=");
    }

    @Test
    void nothingOutsideTheFoldersCanBeReached() throws StartException {
        Docs docs = docs();
        for (String path : List.of(
                "/docs/../secret.txt",
                "/docs/..%2fsecret.txt",
                "/docs/%2e%2e/secret.txt",
                "/docs/images/../../secret.txt",
                "/docs//etc/passwd",
                "/docs/secret.txt",
                "/docs/images",
                "/docs/images/",
                "/docs/\0",
                "/docs/.md",
                "docs/codes")) {
            assertThat(docs.find(path)).as(path).isNull();
        }
    }

    /** The project's own pages: each link on each of them leads to something, and each anchor exists. */
    @Test
    void noLinkOfOurOwnPagesIsBroken() throws Exception {
        Docs docs = Docs.of(Path.of(".."), Path.of("..", "docs"));
        List<String> broken = new ArrayList<>();
        List<String> open = new ArrayList<>(List.of("/docs"));
        Pattern link = Pattern.compile("href=\"(/docs[^\"#]*)(?:#([^\"]*))?\"");
        for (int i = 0; i < open.size(); i++) {
            Content page = Objects.requireNonNull(docs.find(open.get(i)));
            Matcher matcher = link.matcher(new String(page.bytes(), StandardCharsets.UTF_8));
            while (matcher.find()) {
                String address = String.valueOf(matcher.group(1));
                String anchor = matcher.group(2);
                Content target = docs.find(address);
                boolean isThere = target != null
                        && (anchor == null
                                || new String(target.bytes(), StandardCharsets.UTF_8)
                                        .contains("id=\"" + anchor + "\""));
                if (!isThere) {
                    broken.add(open.get(i) + " → " + address + (anchor == null ? "" : "#" + anchor));
                } else if (!open.contains(address) && !address.endsWith(".css")) {
                    open.add(address);
                }
            }
        }
        assertThat(broken).isEmpty();
        assertThat(open).contains("/docs/configuration", "/docs/codes");
    }
}
