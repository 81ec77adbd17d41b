package dev.carillon.server;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Decides by the configured keys and grants, at once. Pure; called from any thread. */
final class GrantDecisions implements Decisions {

    private static final Verdict ACCEPT = new Verdict.Accept();
    private static final Verdict NOT_PERMITTED = new Verdict.Refuse(Code.NOT_PERMITTED, Code.NOT_PERMITTED.text());

    private final boolean isDevelopment;
    private final List<ApiKey> keys;
    private final List<Grant> anonymous;
    private final Map<String, List<Grant>> byCredential = new HashMap<>();

    GrantDecisions(Configuration configuration) {
        this.isDevelopment = configuration.isDevelopment();
        this.keys = configuration.keys();
        this.anonymous = configuration.grants();
        keys.forEach(key -> byCredential.put(credentialOf(key), key.grants()));
    }

    private static String credentialOf(ApiKey key) {
        return "key " + key.name();
    }

    /** In development mode there is no key that a token could be: it is passed over. */
    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        if (token == null || isDevelopment) {
            answer.accept(new Admission.Admitted(Principal.ANONYMOUS));
            return;
        }
        ApiKey key = keyOf(token);
        answer.accept(
                key == null
                        ? new Admission.Rejected(Code.UNAUTHENTICATED, Code.UNAUTHENTICATED.text())
                        : new Admission.Admitted(new Principal(key.name(), credentialOf(key))));
    }

    /** Compares with every key, so that the time tells nothing about which one was near. */
    private @Nullable ApiKey keyOf(String token) {
        byte[] hash = Secret.hashOf(token);
        ApiKey found = null;
        for (ApiKey key : keys) {
            if (key.secret().matches(hash)) {
                found = key;
            }
        }
        return found;
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        answer.accept(verdict(principal, channel, Grant.Permission.SUBSCRIBE));
    }

    @Override
    public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        answer.accept(verdict(principal, channel, Grant.Permission.PUBLISH));
    }

    private Verdict verdict(Principal principal, ChannelName channel, Grant.Permission asked) {
        if (isDevelopment && anonymous.isEmpty()) {
            return ACCEPT;
        }
        for (Grant grant : byCredential.getOrDefault(principal.credential(), anonymous)) {
            if (grant.may().contains(asked) && grant.channels().matches(channel)) {
                return ACCEPT;
            }
        }
        return NOT_PERMITTED;
    }
}
