package dev.carillon.server;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Grant;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Decides by the configured keys and grants, at once. Pure; called from any thread. */
final class GrantDecisions implements Decisions {

    private static final Verdict ACCEPT = new Verdict.Accept();
    private static final Verdict NOT_PERMITTED = new Verdict.Refuse(Code.NOT_PERMITTED, Code.NOT_PERMITTED.text());

    private final boolean isDevelopment;
    private final List<ApiKey> keys;
    private final Principal anonymous;

    GrantDecisions(Configuration configuration) {
        this.isDevelopment = configuration.isDevelopment();
        this.keys = configuration.keys();
        boolean isOpen = isDevelopment && configuration.grants().isEmpty();
        List<Grant> grants = isOpen ? Grant.EVERYTHING : configuration.grants();
        this.anonymous = new Principal(null, "", grants, null);
    }

    private static Principal principalOf(ApiKey key) {
        return new Principal(key.name(), "key " + key.name(), key.grants(), null);
    }

    /** In development mode there is no key that a token could be: it is passed over. */
    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        if (token == null || isDevelopment) {
            answer.accept(new Admission.Admitted(anonymous));
            return;
        }
        ApiKey key = keyOf(token);
        answer.accept(
                key == null
                        ? new Admission.Rejected(Code.UNAUTHENTICATED, Code.UNAUTHENTICATED.text())
                        : new Admission.Admitted(principalOf(key)));
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
    public boolean isRevoked(Principal principal, String session) {
        return false;
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        answer.accept(verdict(principal, channel, Permission.SUBSCRIBE));
    }

    @Override
    public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        answer.accept(verdict(principal, channel, Permission.PUBLISH));
    }

    @Override
    public void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        answer.accept(verdict(principal, channel, Permission.SIGNAL));
    }

    @Override
    public void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        answer.accept(verdict(principal, channel, Permission.PRESENCE));
    }

    private static Verdict verdict(Principal principal, ChannelName channel, Permission asked) {
        return Grant.allow(principal.grants(), asked, channel) ? ACCEPT : NOT_PERMITTED;
    }
}
