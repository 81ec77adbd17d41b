package dev.carillon.server;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Decisions.Admission;
import dev.carillon.gateway.Endpoints;
import dev.carillon.protocol.Code;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The addresses of extensions: {@code /name} and all below belong to the extension of that name. */
final class ExtensionEndpoints implements Endpoints {

    private static final String NAME = "[a-z][a-z0-9-]{0,30}";

    /** What the server answers at itself, in some mode or other. */
    private static final Set<String> RESERVED = Set.of(
            "admin",
            "channels",
            "chat",
            "docs",
            "fleet",
            "healthz",
            "inspect",
            "live",
            "metrics",
            "network",
            "ready",
            "tracking");

    /** A request of its own; no session has this id. */
    private static final String NO_SESSION = "";

    private final Map<String, Extension> byName = new HashMap<>();
    private final Decisions decisions;
    private final Duration decisionTimeMax;

    ExtensionEndpoints(List<Extension> extensions, Decisions decisions, Duration decisionTimeMax)
            throws StartException {
        this.decisions = decisions;
        this.decisionTimeMax = decisionTimeMax;
        for (Extension extension : extensions) {
            String name = extension.name();
            if (!name.matches(NAME) || RESERVED.contains(name) || byName.put(name, extension) != null) {
                throw new StartException("an extension is called " + name
                        + "; its name must be of lower-case letters, digits and hyphens, and nobody else's, nor "
                        + String.join(", ", new TreeSet<>(RESERVED)));
            }
        }
    }

    @Override
    public boolean owns(String path) {
        return byName.containsKey(nameIn(path));
    }

    @Override
    public Reply answer(Request request) {
        Admission admission = admission(request.token());
        return switch (admission) {
            case Admission.Rejected(Code code, String message) -> Reply.refusal(code, message);
            case Admission.Admitted(var principal)
            when decisions.isRevoked(principal, NO_SESSION) -> Reply.refusal(Code.REVOKED, Code.REVOKED.text());
            case Admission.Admitted(var principal) -> {
                String name = nameIn(request.path());
                HttpCall call = new HttpCall(
                        request.method(),
                        request.path().substring(name.length() + 1),
                        request.query(),
                        request.headers()::first,
                        request.body(),
                        principal.name());
                yield Objects.requireNonNull(byName.get(name), "not owned")
                        .answer(call)
                        .toReply();
            }
        };
    }

    private Admission admission(@Nullable String token) {
        CompletableFuture<Admission> answer = new CompletableFuture<>();
        decisions.onConnect(token, answer::complete);
        return answer.completeOnTimeout(
                        new Admission.Rejected(Code.DECISION_LATE, Code.DECISION_LATE.text()),
                        decisionTimeMax.toMillis(),
                        TimeUnit.MILLISECONDS)
                .join();
    }

    /** The first part of a path; empty where it has none, as in a request for {@code ?query}. */
    private static String nameIn(String path) {
        if (!path.startsWith("/")) {
            return "";
        }
        int end = path.indexOf('/', 1);
        return path.substring(1, end < 0 ? path.length() : end);
    }
}
