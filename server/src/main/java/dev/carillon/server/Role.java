package dev.carillon.server;

import dev.carillon.engine.Grant;
import java.util.List;

/** A name for grants, which tokens refer to. */
public record Role(String name, List<Grant> grants) {

    public Role {
        grants = List.copyOf(grants);
    }
}
