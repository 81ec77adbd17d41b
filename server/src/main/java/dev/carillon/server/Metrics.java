package dev.carillon.server;

import dev.carillon.engine.EngineCounters;
import dev.carillon.engine.Rate;
import dev.carillon.gateway.GatewayCounters;
import dev.carillon.gateway.Traffic;
import dev.carillon.protocol.Code;
import dev.carillon.websocket.DeflateCounters;
import dev.carillon.websocket.SendRings;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** Every series at {@code /metrics}; docs/operations.md lists them. Read from any thread. */
final class Metrics implements AutoCloseable {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    /** What the counters read. Micrometer holds it weakly: without this they would stand still from the first collection on. */
    private final List<LongSupplier> counted = new ArrayList<>();

    Metrics(
            Configuration configuration,
            EngineCounters engine,
            GatewayCounters gateway,
            LongSupplier outboxBytes,
            Storage storage) {
        bindEngine(engine, gateway);
        bindEvents(engine);
        bindShared(engine);
        bindConnections(gateway);
        gauge("outbox.bytes", "Bytes that wait for the sockets of all connections", Tags.empty(), outboxBytes);
        bindTls(gateway);
        bindHttp2(gateway);
        bindTraffic(gateway);
        bindDeflate(gateway.deflate());
        DocumentMeters.bind(this, gateway.documents());
        bindLimits("deflate.", configuration.deflate().limits());
        bindLimits("", configuration.limits());
        bindLimits("perSession.", configuration.effectivePerSession());
        bindLimits("perAddress.", configuration.effectivePerAddress());
        bindLimits("", configuration.times());
        bindLimits("drain.", configuration.drain());
        bindLimits("documents.", configuration.documents());
        bindLimits("admission.", configuration.effectiveAdmission());
        bindDrain(gateway);
        bindLimits("tokens.", configuration.tokens().limits());
        bindLog("memory", storage.memory()::channelCount);
        if (storage.durable() != null) {
            bindLog("disk", storage.durable()::channelCount);
            bindLimits("store.", configuration.store());
            StoreMeters.bind(this, storage.durable());
        }
        bindProcess();
    }

    /** All series, in Prometheus' text format. */
    String scrape() {
        return registry.scrape();
    }

    void counter(String name, String description, Tags tags, LongSupplier value) {
        counted.add(value);
        FunctionCounter.builder("carillon." + name, value, LongSupplier::getAsLong)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    void gauge(String name, String description, Tags tags, LongSupplier value) {
        Gauge.builder("carillon." + name, () -> (double) value.getAsLong())
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private void bindEngine(EngineCounters engine, GatewayCounters gateway) {
        counter("publications", "Publications kept since the start", Tags.empty(), engine::published);
        counter(
                "publications.duplicate",
                "Publishes answered from an earlier one with the same idempotency key",
                Tags.empty(),
                engine::duplicates);
        counter("deliveries", "Publications handed to connections", Tags.empty(), engine::delivered);
        counter("gaps", "Gaps told to readers", Tags.empty(), engine::gaps);
        counter(
                "subscriptions.parked",
                "Times that a slow reader's queue was dropped, to be served from the log",
                Tags.empty(),
                engine::parked);
        counter("resets", "Times that a reader of a map was told to forget what it held", Tags.empty(), engine::resets);
        counter("purges", "Channels emptied", Tags.empty(), engine::purges);
        counter("redactions", "Publications whose data was taken out", Tags.empty(), engine::redactions);
        gauge("channels.attached", "Channels in memory", Tags.empty(), engine::channelsAttached);
        gauge("sessions", "Sessions", Tags.empty(), engine::sessions);
        gauge("subscriptions", "Subscriptions", Tags.empty(), engine::subscriptions);
        gauge("operations.waiting", "Operations that wait for a channel or a publish", Tags.empty(), engine::waiting);
        gauge("commands.outstanding", "Commands that wait for their answers", Tags.empty(), engine::outstanding);
        counter(
                "sessions.paused",
                "Times that a session was not read from because its commands waited for their answers",
                Tags.empty(),
                engine::paused);
        for (Code code : Code.values()) {
            counter(
                    "refusals",
                    "Requests refused at the door and commands refused behind it, by code",
                    Tags.of("code", code.wire()),
                    () -> engine.refusals(code) + gateway.refusals(code));
            counter(
                    "sessions.ended",
                    "Sessions that the server ended, by code",
                    Tags.of("code", code.wire()),
                    () -> engine.ended(code));
        }
    }

    private void bindEvents(EngineCounters engine) {
        counter("signals", "Signals accepted", Tags.empty(), engine::signals);
        counter("signals.delivered", "Signals handed to connections", Tags.empty(), engine::signalsDelivered);
        counter(
                "signals.dropped",
                "Signals not handed to a connection because it had no room",
                Tags.empty(),
                engine::signalsDropped);
        counter(
                "signals.unsent",
                "Signals not sent to other nodes because the shared log was away or had no room",
                Tags.empty(),
                engine::signalsUnsent);
        counter(
                "signals.missed",
                "Signals of other nodes that did not come, as later ones have shown",
                Tags.empty(),
                engine::signalsMissed);
        gauge("presence.users", "Users listed in the presence of all channels", Tags.empty(), engine::present);
        counter("presence.joins", "Times that a user came to be listed", Tags.empty(), engine::joins);
        counter("presence.leaves", "Times that a user left", Tags.empty(), engine::leaves);
        counter("presence.listed", "Users written into lists of who is present", Tags.empty(), engine::presenceListed);
        counter(
                "presence.restarts",
                "Lists in pages that began anew, because too much had happened since their first page",
                Tags.empty(),
                engine::presenceRestarts);
        counter("resumes", "Sessions resumed in one message", Tags.empty(), engine::resumes);
    }

    private void bindShared(EngineCounters engine) {
        counter(
                "shared.holes.filled",
                "Times that publications were read from the shared log because they were not pushed in time",
                Tags.empty(),
                engine::holesFilled);
        counter(
                "shared.silences",
                "Times that only a question showed that the shared log had not pushed something",
                Tags.empty(),
                engine::silences);
        counter(
                "shared.replaced",
                "Times that the shared log did not continue what readers had been told",
                Tags.empty(),
                engine::replaced);
        counter("shared.links.lost", "Times that a link to the shared log failed", Tags.empty(), engine::linksLost);
        counter(
                "shared.presence.replaced",
                "Times that the readers of a channel's presence were given another list",
                Tags.empty(),
                engine::presenceReplaced);
        counter("shared.leases.lost", "Times that this node's lease had ended", Tags.empty(), engine::leasesLost);
        counter(
                "shared.leases.buried",
                "Times that the users of a node whose lease had ended were taken away from a channel",
                Tags.empty(),
                engine::leasesBuried);
        gauge(
                "shared.channels.stale",
                "Channels about which the shared log cannot be asked now",
                Tags.empty(),
                engine::staleChannels);
    }

    private void bindConnections(GatewayCounters gateway) {
        gauge("connections", "TCP connections", Tags.empty(), gateway::connections);
        for (Traffic.Transport transport : Traffic.Transport.values()) {
            gauge(
                    "connections.open",
                    "WebSockets, event streams and waiting long polls",
                    Tags.of("transport", transport.label()),
                    () -> gateway.open(transport));
        }
        gauge("addresses", "Remote addresses that are remembered", Tags.empty(), gateway::addresses);
        counter(
                "addresses.unwatched",
                "Connections and requests let in unlimited, because no more addresses could be remembered",
                Tags.empty(),
                gateway::addressesUnwatched);
        counter(
                "connections.dropped",
                "Connections refused without a word, because too many were being told",
                Tags.empty(),
                gateway::connectionsDropped);
        refused("connections_limit", gateway::connectionsRefused);
        refused("address_connections", gateway::addressConnectionsRefused);
        refused("address_connects", gateway::addressConnectsRefused);
        refused("address_requests", gateway::addressRequestsRefused);
        refused("tls", gateway::tlsFailed);
        refused("plain_http", gateway::plainRefused);
        refused("origin", gateway::originsRefused);
        refused("host", gateway::hostsRefused);
        refused("malformed", gateway::requestsMalformed);
        refused("request_too_large", gateway::requestsTooLarge);
        refused("request_late", gateway::requestsLate);
        refused("message_too_large", gateway::messagesTooLarge);
        counter("inspector.drops", "What an inspector did not read fast enough", Tags.empty(), gateway::inspectorDrops);
        counter("heartbeats.missed", "Peers taken for dead", Tags.empty(), gateway::heartbeatsMissed);
        counter("failures", "Mistakes of the server's own", Tags.empty(), gateway::failures);
    }

    private void bindDrain(GatewayCounters gateway) {
        gauge("draining", "Whether it takes leave of its clients", Tags.empty(), () -> gateway.isDraining() ? 1 : 0);
        gauge("drain.staying", "Connections that are yet to be moved", Tags.empty(), gateway::staying);
        counter("drain.waves", "Waves in which clients were moved", Tags.empty(), gateway::waves);
        for (Traffic.Transport transport :
                List.of(Traffic.Transport.WEBSOCKET, Traffic.Transport.EVENT_STREAM, Traffic.Transport.LONG_POLL)) {
            counter(
                    "drain.moved",
                    "Clients that were told when to come back",
                    Tags.of("transport", transport.label()),
                    () -> gateway.moved(transport));
        }
        refused("admission", gateway::admissionsRefused);
        refused("draining", gateway::leavingRefused);
    }

    private void bindTls(GatewayCounters gateway) {
        counter("tls.handshakes", "TLS handshakes that succeeded", Tags.empty(), gateway::tlsHandshakes);
        counter(
                "tls.certificates",
                "Certificates that the files held while the server ran, by what became of them",
                Tags.of("outcome", "taken"),
                gateway::certificatesTaken);
        counter(
                "tls.certificates",
                "Certificates that the files held while the server ran, by what became of them",
                Tags.of("outcome", "refused"),
                gateway::certificatesRefused);
        gauge(
                "tls.certificate.end",
                "Until when the certificate is good, in seconds since 1970; 0 without TLS",
                Tags.empty(),
                () -> gateway.certificateExpiresMillis() / 1000);
    }

    private void bindHttp2(GatewayCounters gateway) {
        gauge("http2.connections", "Connections that speak HTTP/2", Tags.empty(), gateway::http2Connections);
        gauge("http2.streams", "Streams open on them", Tags.empty(), gateway::http2Streams);
        counter("http2.websockets", "WebSockets opened over HTTP/2", Tags.empty(), gateway::http2WebSockets);
        String bytes =
                "Bytes of HTTP/2 connections within TLS: what the transports carried, heads, and what frames them";
        counter("http2.bytes", bytes, Tags.of("direction", "in"), gateway::http2BytesIn);
        counter("http2.bytes", bytes, Tags.of("direction", "out"), gateway::http2BytesOut);
        refused("http2_streams", gateway::streamsRefused);
        refused("http2_flood", gateway::http2Floods);
        refused("http2_violation", gateway::http2Violations);
    }

    private void refused(String why, LongSupplier value) {
        counter("gateway.refusals", "Connections, requests and messages refused, by why", Tags.of("why", why), value);
    }

    private void bindTraffic(GatewayCounters gateway) {
        for (Traffic.Transport transport : Traffic.Transport.values()) {
            Traffic traffic = gateway.traffic(transport);
            traffic(transport, "in", "framing", traffic::inFraming);
            traffic(transport, "in", "envelope", traffic::inEnvelope);
            traffic(transport, "in", "data", traffic::inData);
            traffic(transport, "out", "framing", traffic::outFraming);
            traffic(transport, "out", "envelope", traffic::outEnvelope);
            traffic(transport, "out", "data", traffic::outData);
        }
    }

    private void traffic(Traffic.Transport transport, String direction, String part, LongSupplier value) {
        Tags tags = Tags.of("transport", transport.label(), "direction", direction, "part", part);
        counter("traffic.bytes", "Bytes carried: framing, Carillon's own fields, publishers' data", tags, value);
    }

    private void bindDeflate(DeflateCounters deflate) {
        gauge("deflate.connections", "WebSockets that negotiated deflate", Tags.empty(), deflate::connections);
        gauge("deflate.contexts", "WebSockets whose context is kept", Tags.empty(), deflate::contexts);
        gauge("deflate.context.bytes", "Memory that these contexts take", Tags.empty(), deflate::contextBytes);
        counter(
                "deflate.contexts.refused",
                "WebSockets that were agreed no context with, because as many as allowed had one",
                Tags.empty(),
                deflate::contextsRefused);
        deflated("in", "plain", deflate::inPlain);
        deflated("in", "deflated", deflate::inDeflated);
        deflated("out", "plain", deflate::outPlain);
        deflated("out", "deflated", deflate::outDeflated);
        refused("deflate_corrupt", deflate::corrupt);
        refused("deflate_too_large", deflate::tooLarge);
    }

    private void deflated(String direction, String form, LongSupplier value) {
        Tags tags = Tags.of("direction", direction, "form", form);
        counter("deflate.bytes", "Payload of deflated messages: as it is, and as it is carried", tags, value);
    }

    /** The series of sends that are made many at once. */
    void bindRings(SendRings rings) {
        gauge("send.rings", "Event loops that send through io_uring", Tags.empty(), rings::openRings);
        counter("send.ring.sends", "Sends that went through io_uring", Tags.empty(), rings::sends);
    }

    private void bindLog(String log, IntSupplier channels) {
        gauge("channels", "Channels that something is kept about", Tags.of("log", log), channels::getAsInt);
    }

    /** A series for each component of a record of limits, under the name of its key in the configuration. */
    void bindLimits(String prefix, Record limits) {
        for (RecordComponent component : limits.getClass().getRecordComponents()) {
            String name = prefix + component.getName();
            switch (valueOf(limits, component)) {
                case Number number -> bindLimit(name, number.doubleValue());
                case Duration time -> bindLimit(name, time.toMillis() / 1000.0);
                case Rate rate -> bindLimits(name + ".", rate);
                default -> throw new AssertionError(component + " is no limit");
            }
        }
    }

    private void bindLimit(String name, double value) {
        Gauge.builder("carillon.limit", () -> value)
                .description("What the configuration sets, by its key: bytes, a number or seconds")
                .tags("name", name)
                .register(registry);
    }

    private static Object valueOf(Record limits, RecordComponent component) {
        try {
            return component.getAccessor().invoke(limits);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(component + " of a public record", e);
        }
    }

    private void bindProcess() {
        Gauge.builder("carillon.info", () -> 1)
                .description("The version that runs, and as which process")
                .tags(
                        "version",
                        Version.number(),
                        "java",
                        Runtime.version().toString().toLowerCase(Locale.ROOT),
                        "process",
                        String.valueOf(ProcessHandle.current().pid()))
                .register(registry);
        new UptimeMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        collections.bindTo(registry);
    }

    MeterRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
