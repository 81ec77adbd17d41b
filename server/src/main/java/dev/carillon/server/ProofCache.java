package dev.carillon.server;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what tokens prove whose signatures take long to check, by a hash of the token: of a token that was forged there
 * is nothing to find, and nothing here can be presented. The one that was not asked for longest leaves first. From any
 * thread.
 */
final class ProofCache {

    private final int max;
    private final SequencedMap<ByteBuffer, TokenVerifier.Outcome.Proven> proofs = new LinkedHashMap<>(16, 0.75f, true);

    ProofCache(int max) {
        this.max = max;
    }

    private static ByteBuffer keyOf(String token) {
        return ByteBuffer.wrap(Secret.hashOf(token));
    }

    TokenVerifier.Outcome.@Nullable Proven find(String token) {
        ByteBuffer key = keyOf(token);
        synchronized (proofs) {
            return proofs.get(key);
        }
    }

    void remember(String token, TokenVerifier.Outcome.Proven proof) {
        ByteBuffer key = keyOf(token);
        synchronized (proofs) {
            proofs.put(key, proof);
            if (proofs.size() > max) {
                proofs.pollFirstEntry();
            }
        }
    }

    int size() {
        synchronized (proofs) {
            return proofs.size();
        }
    }
}
