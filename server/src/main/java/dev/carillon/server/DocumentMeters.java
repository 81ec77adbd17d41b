package dev.carillon.server;

import dev.carillon.gateway.DocumentCounters;
import io.micrometer.core.instrument.Tags;
import java.util.function.LongSupplier;

/** The series of documents. */
final class DocumentMeters {

    private DocumentMeters() {}

    static void bind(Metrics metrics, DocumentCounters documents) {
        metrics.gauge("documents.open", "Documents in memory", Tags.empty(), documents::open);
        metrics.gauge("documents.peers", "Connections to documents", Tags.empty(), documents::peers);
        changes(metrics, "kept", documents::changes);
        changes(metrics, "known", documents::known);
        changes(metrics, "denied", documents::denied);
        stored(metrics, "update", () -> documents.batches() - documents.snapshots());
        stored(metrics, "snapshot", documents::snapshots);
        versions(metrics, "kept", documents::versions);
        versions(metrics, "dropped", documents::versionsDropped);
        metrics.counter("documents.seeds", "First contents that were taken", Tags.empty(), documents::seeds);
        metrics.counter(
                "documents.malformed",
                "Connections closed for a message that no peer of Yjs would take",
                Tags.empty(),
                documents::malformed);
        metrics.counter(
                "documents.behind",
                "Times that a peer was left behind, to be brought up by a difference",
                Tags.empty(),
                documents::behind);
        metrics.counter(
                "documents.strangers",
                "Entries of awareness that were not the sender's own",
                Tags.empty(),
                documents::strangers);
    }

    private static void changes(Metrics metrics, String what, LongSupplier value) {
        metrics.counter("documents.changes", "What peers wrote to documents", Tags.of("what", what), value);
    }

    private static void versions(Metrics metrics, String what, LongSupplier value) {
        metrics.counter("documents.versions", "Versions of documents", Tags.of("what", what), value);
    }

    private static void stored(Metrics metrics, String what, LongSupplier value) {
        metrics.counter("documents.stored", "What was stored of documents", Tags.of("what", what), value);
    }
}
