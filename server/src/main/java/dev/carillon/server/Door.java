package dev.carillon.server;

import dev.carillon.engine.Clock;
import dev.carillon.engine.Decisions;
import dev.carillon.engine.Grant;
import dev.carillon.gateway.Endpoints;
import io.micrometer.core.instrument.Tags;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Everything that has to do with who asks: keys, tokens, revocations, and the admin's addresses. */
final class Door implements AutoCloseable {

    private final Credentials credentials;
    private final Revocations revocations;
    private final Decisions decisions;
    private final Endpoints admin;
    private final @Nullable DevelopmentTokens developmentTokens;

    private Door(
            Credentials credentials,
            Revocations revocations,
            Decisions decisions,
            Endpoints admin,
            @Nullable DevelopmentTokens developmentTokens) {
        this.credentials = credentials;
        this.revocations = revocations;
        this.decisions = decisions;
        this.admin = admin;
        this.developmentTokens = developmentTokens;
    }

    /**
     * Reads what is kept of it in the data folder, which the log has taken before.
     *
     * @param endSessions ends the sessions that a revocation covers
     */
    static Door open(Configuration configuration, Clock clock, Consumer<Revocation> endSessions) throws StartException {
        Path folder = configuration.data();
        Tokens tokens = configuration.tokens();
        DevelopmentTokens development =
                configuration.isDevelopment() ? DevelopmentTokens.open(folder, tokens, clock) : null;
        List<Grant> anonymous =
                configuration.isDevelopment() && configuration.grants().isEmpty()
                        ? Grant.EVERYTHING
                        : configuration.grants();
        TokenVerifier verifier = development == null
                ? new TokenVerifier(tokens, configuration.roles(), List.of())
                : new TokenVerifier(tokens.with(List.of(development.key())), configuration.roles(), anonymous);
        Revocations revocations = new Revocations(
                tokens.limits(), clock, folder == null ? null : new RevocationFile(folder), endSessions);
        Credentials credentials = new Credentials(configuration.keys(), verifier, tokens.limits(), clock);
        return new Door(
                credentials,
                revocations,
                new GrantDecisions(credentials, revocations, anonymous),
                new AdminRoutes(configuration.admin(), revocations, tokens.limits()),
                development);
    }

    Decisions decisions() {
        return decisions;
    }

    /** The revocations in force. */
    Revocations revocations() {
        return revocations;
    }

    /** The addresses below {@code /admin}. */
    Endpoints admin() {
        return admin;
    }

    /** Issues tokens; null outside development mode. */
    @Nullable
    DevelopmentTokens developmentTokens() {
        return developmentTokens;
    }

    void bind(Metrics metrics) {
        Tags none = Tags.empty();
        metrics.gauge(
                "tokens.waiting", "Tokens that wait for the check of their signatures", none, credentials::waiting);
        metrics.gauge("tokens.cached", "Verified tokens that are remembered", none, credentials::cached);
        metrics.counter(
                "tokens.cache.hits", "Tokens whose signatures were not checked again", none, credentials::cacheHits);
        metrics.gauge("revocations", "Revocations that are kept", none, revocations::size);
    }

    @Override
    public void close() {
        credentials.close();
    }
}
