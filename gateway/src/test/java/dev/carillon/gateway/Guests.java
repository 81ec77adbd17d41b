package dev.carillon.gateway;

import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A door with a list: tokens that it knows, and strangers where there is none. */
final class Guests extends AllComers {

    private final Map<String, Supplier<Principal>> known = new ConcurrentHashMap<>();

    /** The token of which nobody can say now whose it is. */
    static final String BUSY = "busy";

    /** Answers subscribes; a test replaces it. */
    volatile Consumer<Consumer<Verdict>> onSubscribe = answer -> answer.accept(new Verdict.Accept());

    /** A user whose token was issued a while before it is presented, and ends a while after that. */
    void add(String token, String user, long issuedMillisAgo, long expiresInMillis) {
        known.put(token, () -> {
            long now = System.currentTimeMillis();
            Principal.Term term = new Principal.Term(token, now - issuedMillisAgo, now + expiresInMillis);
            return new Principal(user, "token", List.of(), term);
        });
    }

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        if (BUSY.equals(token)) {
            answer.accept(new Admission.Rejected(Code.DECISION_LATE, "ask again"));
            return;
        }
        Supplier<Principal> guest = token == null ? () -> Principal.STRANGER : known.get(token);
        answer.accept(
                guest == null
                        ? new Admission.Rejected(Code.TOKEN_INVALID, "nobody knows this token")
                        : new Admission.Admitted(guest.get()));
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        onSubscribe.accept(answer);
    }
}
