package dev.carillon.gateway;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Nobody is asked who they are, and everybody may do everything. */
class AllComers implements Decisions {

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        answer.accept(new Admission.Admitted(Principal.ANONYMOUS));
    }

    @Override
    public boolean isRevoked(Principal principal, String session) {
        return false;
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }

    @Override
    public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }

    @Override
    public void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }

    @Override
    public void onErase(Principal principal, ChannelName channel, Permission asked, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }

    @Override
    public void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        answer.accept(new Verdict.Accept());
    }
}
