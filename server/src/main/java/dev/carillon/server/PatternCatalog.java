package dev.carillon.server;

import dev.carillon.engine.ChannelCatalog;
import dev.carillon.engine.ChannelKind;
import dev.carillon.engine.ChannelSettings;
import dev.carillon.gateway.DocumentChannels;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ChannelPattern;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Settings by the most specific pattern that matches. The versions of a document have those of the document.
 *
 * <p>The rules are sorted once, so that the first that matches is the most specific. What matched is remembered for at most
 * {@link #CACHE_MAX} names, and all of it is dropped when there is one more: a lookup that misses costs one walk.
 */
final class PatternCatalog implements ChannelCatalog {

    static final int CACHE_MAX = 8192;

    /**
     * Lexicographic by the parts' ranks, a prefix first: {@link ChannelPattern#compareSpecificity} calls a pattern and its
     * continuation equal, which no name matches both of, and alone would not be an order.
     */
    private static final Comparator<ChannelPattern> MOST_SPECIFIC_FIRST = ((Comparator<ChannelPattern>)
                    ChannelPattern::compareSpecificity)
            .thenComparingLong(
                    pattern -> pattern.toString().chars().filter(c -> c == ':').count());

    private final List<ChannelRule> rules;
    private final Map<ChannelName, ChannelSettings> cache = new ConcurrentHashMap<>();

    PatternCatalog(List<ChannelRule> rules) {
        this.rules = rules.stream()
                .sorted(Comparator.comparing(ChannelRule::pattern, MOST_SPECIFIC_FIRST))
                .toList();
    }

    @Override
    public @Nullable ChannelSettings settingsOf(ChannelName channel) {
        ChannelSettings known = cache.get(channel);
        if (known != null) {
            return known;
        }
        ChannelName document = DocumentChannels.documentOf(channel);
        ChannelSettings found = document == null ? null : ruled(document);
        if (found == null || found.kind() != ChannelKind.DOCUMENT) {
            found = ruled(channel);
        }
        if (found != null) {
            remember(channel, found);
        }
        return found;
    }

    private @Nullable ChannelSettings ruled(ChannelName channel) {
        for (ChannelRule rule : rules) {
            if (rule.pattern().matches(channel)) {
                return rule.settings();
            }
        }
        return null;
    }

    private void remember(ChannelName channel, ChannelSettings settings) {
        if (cache.size() >= CACHE_MAX) {
            cache.clear();
        }
        cache.put(channel, settings);
    }

    int cached() {
        return cache.size();
    }
}
