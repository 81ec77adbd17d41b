package dev.carillon.gateway;

import dev.carillon.engine.Principal;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Code;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A door with a list: tokens that it knows, and strangers where there is none. */
final class Guests extends AllComers {

    final Map<String, Principal> known = new ConcurrentHashMap<>();

    /** Answers subscribes; a test replaces it. */
    volatile Consumer<Consumer<Verdict>> onSubscribe = answer -> answer.accept(new Verdict.Accept());

    /** A user whose token was issued a while ago and ends after a while. */
    void add(String token, String user, long issuedMillisAgo, long expiresInMillis) {
        long now = System.currentTimeMillis();
        Principal.Term term = new Principal.Term(token, now - issuedMillisAgo, now + expiresInMillis);
        known.put(token, new Principal(user, "token", List.of(), term));
    }

    @Override
    public void onConnect(@Nullable String token, Consumer<Admission> answer) {
        Principal principal = token == null ? Principal.STRANGER : known.get(token);
        answer.accept(
                principal == null
                        ? new Admission.Rejected(Code.TOKEN_INVALID, "nobody knows this token")
                        : new Admission.Admitted(principal));
    }

    @Override
    public void onSubscribe(Principal principal, ChannelName channel, Consumer<Verdict> answer) {
        onSubscribe.accept(answer);
    }
}
