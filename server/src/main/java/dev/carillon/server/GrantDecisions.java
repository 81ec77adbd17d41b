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

/** Decides by keys, tokens and grants; everything but a slow token at once. From any thread. */
final class GrantDecisions implements Decisions {

    private static final Verdict ACCEPT = new Verdict.Accept();
    private static final Verdict NOT_PERMITTED = new Verdict.Refuse(Code.NOT_PERMITTED, Code.NOT_PERMITTED.text());
    private static final Admission REVOKED = new Admission.Rejected(Code.REVOKED, Code.REVOKED.text());

    private final Credentials credentials;
    private final Revocations revocations;
    /** Who presents nothing. */
    private final Admission unproven;

    /**
     * @param anonymous what those may do who present nothing; empty for nothing
     */
    GrantDecisions(Credentials credentials, Revocations revocations, List<Grant> anonymous) {
        this.credentials = credentials;
        this.revocations = revocations;
        this.unproven = new Admission.Admitted(
                anonymous.isEmpty() ? Principal.STRANGER : new Principal(null, "", anonymous, null));
    }

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        if (token == null) {
            answer.accept(unproven);
        } else {
            credentials.check(token, admission -> answer.accept(unlessRevoked(admission)));
        }
    }

    private Admission unlessRevoked(Admission admission) {
        return admission instanceof Admission.Admitted(Principal proven) && isRevoked(proven, "") ? REVOKED : admission;
    }

    @Override
    public boolean isRevoked(Principal principal, String session) {
        return revocations.covers(principal, session);
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

    @Override
    public void onErase(Principal principal, ChannelName channel, Permission asked, Consumer<Verdict> answer) {
        answer.accept(verdict(principal, channel, asked));
    }

    private static Verdict verdict(Principal principal, ChannelName channel, Permission asked) {
        return Grant.allow(principal.grants(), asked, channel) ? ACCEPT : NOT_PERMITTED;
    }
}
