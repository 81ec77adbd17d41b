package dev.carillon.server;

import dev.carillon.engine.Clock;
import dev.carillon.engine.Decisions.Admission;
import dev.carillon.engine.Principal;
import dev.carillon.protocol.Code;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who presents a key or a token. From any thread, event loops included: what takes microseconds is answered at
 * once, and a signature that takes longer is checked on a virtual thread, few at a time, so that a crowd of forged tokens
 * takes neither the loops nor all processors.
 */
final class Credentials implements AutoCloseable {

    private static final Admission UNKNOWN = new Admission.Rejected(Code.UNAUTHENTICATED, Code.UNAUTHENTICATED.text());

    private final List<ApiKey> keys;
    private final TokenVerifier verifier;
    private final Clock clock;
    private final ProofCache proofs;
    private final LongAdder cacheHits = new LongAdder();
    private final ThreadPoolExecutor checks;

    Credentials(List<ApiKey> keys, TokenVerifier verifier, TokenLimits limits, Clock clock) {
        this.keys = keys;
        this.verifier = verifier;
        this.clock = clock;
        this.proofs = new ProofCache(limits.cached());
        int atATime = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        checks = new ThreadPoolExecutor(
                atATime,
                atATime,
                10,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(limits.waiting()),
                Thread.ofVirtual().name("carillon-token-", 0).factory());
        checks.allowCoreThreadTimeOut(true);
    }

    /** Says who presents this; exactly once, before it returns or later on another thread. */
    void check(String presented, Consumer<Admission> answer) {
        ApiKey key = keyOf(presented);
        if (key != null) {
            answer.accept(new Admission.Admitted(new Principal(key.name(), "key " + key.name(), key.grants(), null)));
        } else if (TokenVerifier.isMeantAsToken(presented)) {
            checkToken(presented, answer);
        } else {
            answer.accept(UNKNOWN);
        }
    }

    /** Compares with every key, so that the time tells nothing about which one was near. */
    private @Nullable ApiKey keyOf(String presented) {
        if (keys.isEmpty() || presented.length() > Secret.LENGTH_MAX) {
            return null;
        }
        byte[] hash = Secret.hashOf(presented);
        ApiKey found = null;
        for (ApiKey key : keys) {
            if (key.secret().matches(hash)) {
                found = key;
            }
        }
        return found;
    }

    private void checkToken(String token, Consumer<Admission> answer) {
        switch (verifier.parse(token)) {
            case TokenVerifier.Parsed.Refused refused -> answer.accept(refused.why());
            case TokenVerifier.Parsed.Signed signed -> {
                if (signed.key().isQuick()) {
                    answer.accept(admissionOf(verifier.check(signed)));
                } else {
                    checkSlow(token, signed, answer);
                }
            }
        }
    }

    private void checkSlow(String token, TokenVerifier.Parsed.Signed signed, Consumer<Admission> answer) {
        TokenVerifier.Outcome.Proven known = proofs.find(token);
        if (known != null) {
            cacheHits.increment();
            answer.accept(admissionOf(known));
            return;
        }
        try {
            checks.execute(() -> answer.accept(checkNow(token, signed)));
        } catch (RejectedExecutionException e) {
            answer.accept(new Admission.Rejected(
                    Code.OVERLOADED, "as many tokens wait for their check as the limit allows (tokens: waiting)"));
        }
    }

    private Admission checkNow(String token, TokenVerifier.Parsed.Signed signed) {
        try {
            TokenVerifier.Outcome outcome = verifier.check(signed);
            Admission admission = admissionOf(outcome);
            if (admission instanceof Admission.Admitted && outcome instanceof TokenVerifier.Outcome.Proven proven) {
                proofs.remember(token, proven);
            }
            return admission;
        } catch (RuntimeException e) {
            Logs.LOG.error("a token could not be checked: {}", e.getClass().getName()); // its text may quote the token
            return new Admission.Rejected(Code.INTERNAL, Code.INTERNAL.text());
        }
    }

    private Admission admissionOf(TokenVerifier.Outcome outcome) {
        return switch (outcome) {
            case TokenVerifier.Outcome.Proven proven -> verifier.admit(proven, clock.millis());
            case TokenVerifier.Outcome.Refused refused -> refused.why();
        };
    }

    /** Tokens that wait for their check. */
    int waiting() {
        return checks.getQueue().size();
    }

    /** Verified tokens that are remembered. */
    int cached() {
        return proofs.size();
    }

    /** Tokens whose signatures were not checked again. */
    long cacheHits() {
        return cacheHits.sum();
    }

    @Override
    public void close() {
        checks.shutdownNow();
    }
}
