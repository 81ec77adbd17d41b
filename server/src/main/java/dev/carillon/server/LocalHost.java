package dev.carillon.server;

import dev.carillon.engine.Grant;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * See {@link Host}.
 *
 * @param tokens null outside development mode
 */
record LocalHost(LocalChannels channels, @Nullable DevelopmentTokens tokens) implements Host {

    @Override
    public boolean isDevelopment() {
        return tokens != null;
    }

    @Override
    public String issueToken(String user, List<Grant> grants, Duration lifetime) {
        if (tokens == null) {
            throw new IllegalStateException("tokens are issued in development mode only");
        }
        return tokens.issue(user, List.of(), grants, lifetime);
    }
}
