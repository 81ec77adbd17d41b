package dev.carillon.server;

import dev.carillon.engine.Decisions;
import dev.carillon.engine.Permission;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Data;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The decisions of the configuration, and behind them the rules of extensions; extensions themselves may do everything. */
final class RuledDecisions implements Decisions, AutoCloseable {

    /** Extensions. No token or key proves this credential. */
    static final Principal LOCAL = new Principal(null, "local");

    private static final Verdict ACCEPT = new Verdict.Accept();

    private final Decisions granted;
    private final List<PublishRule> rules;
    private final ExecutorService deciders = Executors.newVirtualThreadPerTaskExecutor();

    RuledDecisions(Decisions granted, List<PublishRule> rules) {
        this.granted = granted;
        this.rules = List.copyOf(rules);
    }

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        granted.onConnect(token, answer);
    }

    private static boolean isOurs(Principal principal) {
        return principal.equals(LOCAL) || principal.isDocuments();
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        if (isOurs(principal)) {
            answer.accept(ACCEPT);
        } else {
            granted.onSubscribe(principal, channel, answer);
        }
    }

    @Override
    public void onPublish(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        if (isOurs(principal)) {
            answer.accept(ACCEPT);
        } else if (!isRuled(channel)) {
            granted.onPublish(principal, channel, data, answer);
        } else {
            granted.onPublish(principal, channel, data, verdict -> {
                switch (verdict) {
                    case Verdict.Accept _ -> rule(principal, channel, data, answer);
                    case Verdict.Rewrite(Data rewritten) -> rule(principal, channel, rewritten, answer);
                    case Verdict.Refuse _ -> answer.accept(verdict);
                }
            });
        }
    }

    @Override
    public boolean isRevoked(Principal principal, String session) {
        return granted.isRevoked(principal, session);
    }

    @Override
    public void onSignal(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        granted.onSignal(principal, channel, data, answer);
    }

    @Override
    public void onPresence(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        granted.onPresence(principal, channel, answer);
    }

    @Override
    public void onErase(Principal principal, ChannelName channel, Permission asked, Consumer<Verdict> answer) {
        if (principal.isDocuments()) {
            answer.accept(ACCEPT);
        } else {
            granted.onErase(principal, channel, asked, answer);
        }
    }

    private boolean isRuled(ChannelName channel) {
        for (PublishRule rule : rules) {
            if (rule.channels().matches(channel)) {
                return true;
            }
        }
        return false;
    }

    private void rule(Principal principal, ChannelName channel, Data data, Consumer<Verdict> answer) {
        deciders.execute(() -> answer.accept(verdict(principal, channel, data)));
    }

    private Verdict verdict(Principal principal, ChannelName channel, Data data) {
        Data decided = data;
        try {
            for (PublishRule rule : rules) {
                if (!rule.channels().matches(channel)) {
                    continue;
                }
                switch (rule.rule().decide(principal.name(), channel, decided)) {
                    case PublishRule.Ruling.Accept _ -> {}
                    case PublishRule.Ruling.Rewrite(Data rewritten) -> decided = rewritten;
                    case PublishRule.Ruling.Refuse(Code code, String message) -> {
                        return new Verdict.Refuse(code, message);
                    }
                }
            }
        } catch (RuntimeException e) {
            Logs.LOG.error("a rule failed", e);
            return new Verdict.Refuse(Code.INTERNAL, Code.INTERNAL.text());
        }
        return decided.equals(data) ? ACCEPT : new Verdict.Rewrite(decided);
    }

    @Override
    public void close() {
        deciders.shutdownNow();
    }
}
