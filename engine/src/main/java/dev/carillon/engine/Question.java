package dev.carillon.engine;

import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.ClientMessage;
import dev.carillon.protocol.Code;
import dev.carillon.protocol.Gap;
import dev.carillon.protocol.Position;
import dev.carillon.protocol.ServerMessage;

/** A command whose answer may be large: it is asked when there is room for it. Owned by its session's loop. */
abstract sealed class Question implements Backlog.Owed {

    final Session session;
    final Principal principal;

    private Question(Session session) {
        this.session = session;
        this.principal = session.principal();
    }

    @Override
    public void forget() {
        session.onAnswered(this);
    }

    /** From the shard. */
    void answer(ServerMessage answer) {
        session.mailbox().post(() -> {
            session.send(answer);
            session.onAnswered(this);
        });
    }

    /** From the shard: a page of a channel that is stale. */
    void answerStale(ServerMessage answer) {
        session.mailbox().post(() -> {
            session.onStalePage();
            session.send(answer);
            session.onAnswered(this);
        });
    }

    /** From the shard. */
    void refuse(ServerMessage.Refusal refusal) {
        session.mailbox().post(() -> {
            session.refuse(refusal);
            session.onAnswered(this);
        });
    }

    /** What is kept, a page of it. */
    static final class OfHistory extends Question {

        private final ClientMessage.History history;

        OfHistory(Session session, ClientMessage.History history) {
            super(session);
            this.history = history;
        }

        @Override
        public void ask() {
            int limit = history.limit() == 0 ? session.limits().historyPageMax() : history.limit();
            Shard shard = session.shardOf(history.channel());
            shard.mailbox.post(() -> shard.withChannel(
                    history.channel(),
                    channel -> channel.onHistory(
                            principal,
                            from(),
                            limit,
                            this::answer,
                            refused -> refuse(refused.code(), refused.message())),
                    code -> refuse(code, code.text())));
        }

        private void answer(Past past) {
            if (past.isStale()) {
                answerStale(reply(past));
            } else {
                answer(reply(past));
            }
        }

        private Broker.ReadFrom from() {
            if (history.after() != null) {
                return new Broker.ReadFrom.After(history.after());
            }
            return history.before() == null
                    ? new Broker.ReadFrom.Newest()
                    : new Broker.ReadFrom.Before(history.before());
        }

        private ServerMessage reply(Past page) {
            Position asked = history.after() != null ? history.after() : history.before();
            Gap gap = page.gap() == null
                    ? null
                    : new Gap(page.gap(), asked == null ? null : asked.toString(), page.start());
            boolean more = history.after() != null ? page.moreAfter() : page.moreBefore();
            return new ServerMessage.HistoryPage(
                    history.id(), history.channel(), page.publications(), page.end(), more, page.resets(), gap);
        }

        private void refuse(Code code, String message) {
            refuse(ServerMessage.Refusal.of(history.id(), code, history.channel(), message));
        }
    }

    /** What is to be gone. */
    static final class OfErasure extends Question {

        private final ChannelName channel;
        private final Erasure erasure;

        OfErasure(Session session, ChannelName channel, Erasure erasure) {
            super(session);
            this.channel = channel;
            this.erasure = erasure;
        }

        @Override
        public void ask() {
            Shard shard = session.shardOf(channel);
            shard.mailbox.post(() -> shard.withChannel(
                    channel,
                    found -> found.onErase(principal, erasure, this::onDone, this::refuse),
                    code -> refuse(Channel.refusedWith(code))));
        }

        private void onDone() {
            session.mailbox().post(() -> {
                session.onCarriedOut();
                session.onAnswered(this);
            });
        }

        private void refuse(CatchUp.Refused refused) {
            refuse(ServerMessage.Refusal.of(null, refused.code(), channel, refused.message()));
        }
    }

    /** Who is present. */
    static final class OfPresence extends Question {

        private final ClientMessage.Presence presence;

        OfPresence(Session session, ClientMessage.Presence presence) {
            super(session);
            this.presence = presence;
        }

        @Override
        public void ask() {
            Shard shard = session.shardOf(presence.channel());
            shard.mailbox.post(() -> shard.onPresence(
                    principal,
                    presence,
                    this::answer,
                    refused -> refuse(ServerMessage.Refusal.of(
                            presence.id(), refused.code(), presence.channel(), refused.message()))));
        }
    }
}
