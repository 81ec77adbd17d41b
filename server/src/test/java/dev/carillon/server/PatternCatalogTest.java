package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.engine.Durability;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PatternCatalogTest {

    private static ChannelRule rule(String pattern, int count) {
        return new ChannelRule(
                Objects.requireNonNull(ChannelPattern.parse(pattern)),
                new ChannelSettings(
                        Durability.MEMORY, count, 1, Duration.ofDays(1), 1, Duration.ofDays(1), Duration.ZERO));
    }

    private static int countOf(PatternCatalog catalog, String name) {
        ChannelSettings settings = catalog.settingsOf(new ChannelName(name));
        return settings == null ? 0 : settings.historyCountMax();
    }

    @Test
    void theMostSpecificPatternWinsInWhateverOrderTheyAreGiven() {
        List<ChannelRule> rules = new ArrayList<>(List.of(
                rule("**", 1),
                rule("a:**", 2),
                rule("a:*", 3),
                rule("a:b", 4),
                rule("a:*:c", 5),
                rule("a:b:**", 6),
                rule("a", 7),
                rule("*", 8)));
        for (int seed = 0; seed < 200; seed++) {
            Collections.shuffle(rules, new Random(seed));
            PatternCatalog catalog = new PatternCatalog(rules);
            assertThat(List.of(
                            countOf(catalog, "x:y"),
                            countOf(catalog, "a:x:y"),
                            countOf(catalog, "a:x"),
                            countOf(catalog, "a:b"),
                            countOf(catalog, "a:x:c"),
                            countOf(catalog, "a:b:c"),
                            countOf(catalog, "a"),
                            countOf(catalog, "x")))
                    .as("seed %d", seed)
                    .containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        }
    }

    @Test
    void theVersionsOfADocumentAreSetAsTheDocumentIsAndOthersByTheirName() {
        ChannelSettings document = Preset.DOCUMENT.settings();
        PatternCatalog catalog = new PatternCatalog(List.of(
                new ChannelRule(Objects.requireNonNull(ChannelPattern.parse("document:a:**")), document),
                rule("**", 1)));
        assertThat(catalog.settingsOf(new ChannelName("document-versions:a:b"))).isEqualTo(document);
        assertThat(countOf(catalog, "document-versions:b")).isEqualTo(1);
        assertThat(countOf(catalog, "document-versions")).isEqualTo(1);
    }

    @Test
    void aNameThatNoPatternAllowsDoesNotExist() {
        assertThat(new PatternCatalog(List.of(rule("a:*", 1))).settingsOf(new ChannelName("b")))
                .isNull();
    }

    @Test
    void whatIsRememberedIsBounded() {
        PatternCatalog catalog = new PatternCatalog(List.of(rule("**", 1)));
        for (int i = 0; i < 3 * PatternCatalog.CACHE_MAX; i++) {
            assertThat(countOf(catalog, "c" + i)).isEqualTo(1);
            assertThat(catalog.cached()).isLessThanOrEqualTo(PatternCatalog.CACHE_MAX);
        }
    }
}
