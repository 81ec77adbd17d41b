package dev.carillon.simulation;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Allows everything, at once or after a while; while it is slow, often later than the engine waits. */
final class Judge implements Decisions {

    private final Agenda agenda;
    private final Dice dice;
    private final Tally tally;
    long slowUntil;

    Judge(Agenda agenda, Dice dice, Tally tally) {
        this.agenda = agenda;
        this.dice = dice;
        this.tally = tally;
    }

    private void accept(Consumer<Verdict> answer) {
        Verdict verdict = new Verdict.Accept();
        if (agenda.now() < slowUntil) {
            tally.reached(Trouble.DECISIONS_SLOW);
            agenda.after(dice.between(Agenda.SECOND, 7 * Agenda.SECOND), () -> answer.accept(verdict));
        } else if (dice.oneIn(4)) {
            agenda.after(dice.between(0, 20 * Agenda.MILLI), () -> answer.accept(verdict));
        } else {
            answer.accept(verdict);
        }
    }

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        answer.accept(new Admission.Rejected(Code.UNAUTHENTICATED, "nobody presents a token here"));
    }

    @Override
    public boolean isRevoked(Principal principal, String session) {
        return false;
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        accept(answer);
    }

    @Override
    public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        accept(answer);
    }

    @Override
    public void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        accept(answer);
    }

    @Override
    public void onErase(Principal principal, ChannelName channel, Permission asked, Consumer<Verdict> answer) {
        accept(answer);
    }

    @Override
    public void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        accept(answer);
    }
}
