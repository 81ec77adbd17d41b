package dev.carillon.server;

import dev.carillon.engine.Grant;
import java.util.List;

/**
 * A static key, which a peer presents as {@code Authorization: Bearer …} or by {@code authenticate}.
 *
 * @param name who it is: publications carry it as {@code from}
 */
public record ApiKey(String name, Secret secret, List<Grant> grants) {

    public ApiKey {
        grants = List.copyOf(grants);
    }
}
