package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.MemoryLog;
import dev.carillon.gateway.GatewayCounters;
import dev.carillon.gateway.Pages.Content;
import dev.carillon.protocol.Code;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SitePagesTest {

    private static Metrics metrics() {
        return new Metrics(
                Configuration.DEFAULT,
                new EngineCounters(),
                new GatewayCounters(),
                () -> 0,
                new Storage(new MemoryLog(), null));
    }

    private static String text(SitePages pages, String path) {
        return new String(Objects.requireNonNull(pages.find(path), path).bytes(), StandardCharsets.UTF_8);
    }

    @Test
    void withoutAWebFolderTheHomePageSaysHowToBuildIt() throws StartException {
        SitePages pages = SitePages.of(Site.NONE, metrics());
        assertThat(text(pages, "/")).contains("./carillon serve");
        assertThat(text(pages, "/healthz")).isEqualTo("ok\n");
        assertThat(pages.find("/favicon.ico")).isNotNull();
        assertThat(pages.find("/nothing")).isNull();
    }

    @Test
    void filesHaveTheirTypesAndIndexesAreFolders(@TempDir Path web) throws Exception {
        Files.createDirectories(web.resolve("app/fonts"));
        Files.writeString(web.resolve("index.html"), "home");
        Files.writeString(web.resolve("home.js"), "");
        Files.writeString(web.resolve("app/index.html"), "app");
        Files.writeString(web.resolve("app/fonts/a.woff2"), "");
        Files.writeString(web.resolve(".env"), "");
        SitePages pages = SitePages.of(new Site(web, null, null, null), metrics());
        assertThat(text(pages, "/")).isEqualTo("home");
        assertThat(Objects.requireNonNull(pages.find("/home.js")).type()).isEqualTo("text/javascript; charset=utf-8");
        assertThat(text(pages, "/app/")).isEqualTo("app");
        Content redirect = Objects.requireNonNull(pages.find("/app"));
        assertThat(redirect.location()).isEqualTo("/app/");
        assertThat(Objects.requireNonNull(pages.find("/app/fonts/a.woff2")).type())
                .isEqualTo("font/woff2");
        for (String path : List.of("/.env", "/app/../home.js", "//home.js", "/app/fonts", "/../x", "/index.html/")) {
            assertThat(pages.find(path)).as(path).isNull();
        }
    }

    @Test
    void theAppsPagesStandBesideTheHomePageWithoutTheirExtension(@TempDir Path web, @TempDir Path apps)
            throws Exception {
        Files.writeString(web.resolve("index.html"), "home");
        Files.createDirectories(apps.resolve("apps-assets"));
        Files.writeString(apps.resolve("chat.html"), "chat");
        Files.writeString(apps.resolve("apps-assets/chat.js"), "");
        SitePages pages = SitePages.of(new Site(web, apps, null, null), metrics());
        assertThat(text(pages, "/")).isEqualTo("home");
        assertThat(text(pages, "/chat")).isEqualTo("chat");
        assertThat(Objects.requireNonNull(pages.find("/chat")).type()).isEqualTo("text/html; charset=utf-8");
        assertThat(pages.find("/apps-assets/chat.js")).isNotNull();
        assertThat(pages.find("/chat.html")).isNull();
    }

    @Test
    void everyLimitHasASeriesUnderTheNameOfItsKey() throws StartException {
        String metrics = text(SitePages.of(Site.NONE, metrics()), "/metrics");
        assertThat(metrics)
                .contains("carillon_limit{name=\"messageBytes\"} 65536.0")
                .contains("carillon_limit{name=\"heartbeat\"} 25.0")
                .contains("carillon_limit{name=\"decisionTime\"} 5.0");
        ConfigurationFile.parse("", java.util.function.UnaryOperator.identity()).defaults().keySet().stream()
                .filter(key -> key.startsWith("limits."))
                .forEach(key -> assertThat(metrics)
                        .contains("carillon_limit{name=\"" + key.substring("limits.".length()) + "\"}"));
    }

    @Test
    void everyCodeAndTransportHasASeriesFromTheStart() throws StartException {
        String metrics = text(SitePages.of(Site.NONE, metrics()), "/metrics");
        for (Code code : Code.values()) {
            assertThat(metrics).contains("carillon_refusals_total{code=\"" + code.wire() + "\"} 0.0");
        }
        assertThat(metrics)
                .contains("carillon_traffic_bytes_total{direction=\"in\",part=\"data\",transport=\"post\"} 0.0")
                .contains("carillon_gateway_refusals_total{why=\"origin\"} 0.0")
                .contains("carillon_info{", "jvm_memory_used_bytes", "process_uptime_seconds");
    }

    /** docs/operations.md names every series of ours. */
    @Test
    void thePageNamesEverySeries() throws Exception {
        String page = Files.readString(Path.of("..", "docs", "operations.md"));
        assertThat(text(SitePages.of(Site.NONE, metrics()), "/metrics")
                        .lines()
                        .filter(line -> line.startsWith("# TYPE carillon_"))
                        .map(line -> line.split(" ")[2]))
                .isNotEmpty()
                .allSatisfy(series -> assertThat(page).contains("`" + series));
    }
}
