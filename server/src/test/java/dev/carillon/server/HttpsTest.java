package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.carillon.protocol.ServerMessage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** https and wss of a real server, asked by openssl and by the JDK's clients. */
@Tag("process")
final class HttpsTest {

    private static final String WITHOUT_BORING_SSL = "-Dio.netty.handler.ssl.noOpenSsl=true";

    @TempDir
    private Path folder = Path.of("");

    private ServerProcess selfSigned() throws IOException {
        return ServerProcess.start(folder, "serve", "--port", "0", "--data", "data", "--tls", "self-signed");
    }

    private record Ended(int code, String said) {}

    /** Runs a program that is told nothing. */
    private static Ended run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), said);
    }

    /** As a client that would itself take anything. */
    private static Ended openssl(URI server, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-connect", server.getAuthority()));
        command.addAll(List.of(options));
        command.addAll(List.of("-cipher", "ALL:@SECLEVEL=0"));
        return run(command.toArray(String[]::new));
    }

    private static void assumeOpenssl() {
        boolean isThere;
        try {
            isThere = run("openssl", "version").code() == 0;
        } catch (Exception e) {
            isThere = false;
        }
        assumeTrue(isThere, "openssl is missing");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", WITHOUT_BORING_SSL})
    void opensslIsSpokenToIn12And13AndNothingOlder(String javaOption) throws Exception {
        assumeOpenssl();
        List<String> options = javaOption.isEmpty() ? List.of() : List.of(javaOption);
        String classPath = System.getProperty("java.class.path");
        try (ServerProcess server = ServerProcess.startWith(
                classPath, options, folder, "serve", "--port", "0", "--data", "data", "--tls", "self-signed")) {
            URI at = server.ready();
            assertThat(at).hasScheme("https");
            String trusted =
                    folder.resolve("data").resolve(DevelopmentCertificate.FILE).toString();
            for (String version : List.of("1_2", "1_3")) {
                Ended spoken = openssl(at, "-tls" + version, "-CAfile", trusted, "-verify_ip", "127.0.0.1");
                assertThat(spoken.said())
                        .contains("Verify return code: 0 (ok)", "TLSv" + version.replace('_', '.'))
                        .containsPattern("Cipher is (TLS_|ECDHE-ECDSA-)[A-Z0-9_-]*(GCM|CHACHA20)");
            }
            for (String version : List.of("1", "1_1")) {
                Ended refused = openssl(at, "-tls" + version);
                assertThat(refused.code()).isNotZero();
                assertThat(refused.said()).containsIgnoringCase("alert protocol version");
            }
            try (Peer peer = new Peer(at, trusting(Path.of(trusted)))) {
                assertThat(peer.metric("carillon_gateway_refusals_total{why=\"tls\"}"))
                        .isEqualTo(2);
                assertThat(peer.metric("carillon_failures_total")).isZero();
            }
            assertThat(server.err()).doesNotContain("\tat ", "Exception");
            assertThat(server.err().contains("BoringSSL could not be loaded")).isEqualTo(!javaOption.isEmpty());
        }
    }

    private static HttpClient trusting(Path pem) throws Exception {
        Certificate certificate = CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(pem)));
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        store.setCertificateEntry("server", certificate);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return HttpClient.newBuilder().sslContext(context).build();
    }

    @Test
    void itsOwnCertificateIsTrustedOnceForAllStartsAndReadByNobodyElse() throws Exception {
        Path file = folder.resolve("data").resolve(DevelopmentCertificate.FILE);
        String made;
        try (ServerProcess server = selfSigned()) {
            URI at = server.ready();
            made = Files.readString(file);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            try (Peer peer = new Peer(at, trusting(file));
                    Live.Asked live = Live.ask(peer, "/channels/orders")) {
                assertThat(live.next()).isInstanceOf(ServerMessage.Hello.class);
                assertThat(live.next()).isInstanceOf(ServerMessage.Subscribed.class);
                peer.publish("orders", "key-of-the-order-1", "1");
                assertThat(live.next()).isInstanceOf(ServerMessage.Delivery.class);
            }
            server.terminate();
            server.exitCode();
        }
        try (ServerProcess server = selfSigned()) {
            URI at = server.ready();
            assertThat(file).hasContent(made);
            try (Peer peer = new Peer(at, trusting(file))) {
                assertThat(peer.history("orders")).hasSize(1);
            }
            server.terminate();
            server.exitCode();
        }
        Files.writeString(file, made.substring(0, 100));
        try (ServerProcess server = selfSigned()) {
            server.ready();
            assertThat(Files.readString(file)).isNotEqualTo(made).contains("BEGIN PRIVATE KEY");
        }
    }

    @Test
    void curlSpeaksHttp2WithItUnlessThatIsTurnedOff() throws Exception {
        assumeTrue(run("curl", "--version").said().contains("HTTP2"), "curl speaks no HTTP/2");
        for (String set : List.of("on", "off")) {
            Files.writeString(folder.resolve("http2.yaml"), "tls: self-signed\nhttp2: " + set + "\n");
            try (ServerProcess server = ServerProcess.start(
                    folder, "serve", "--port", "0", "--data", "data-" + set, "--config", "http2.yaml")) {
                String orders = server.ready().resolve("/channels/orders").toString();
                Ended posted = curl(set, orders, "-H", "Content-Type: application/json", "-d", "{\"n\":1}");
                Ended read = curl(set, orders + "?after=0&wait=20s");
                assertThat(posted.said())
                        .as(posted.said())
                        .contains("\"offset\":1")
                        .endsWith(" 201");
                assertThat(read.said()).contains("{\"n\":1}").endsWith(" 200");
                assertThat(List.of(posted.said(), read.said()))
                        .allSatisfy(said -> assertThat(said).contains(set.equals("on") ? "\n2 " : "\n1.1 "));
                assertThat(server.err()).doesNotContain("\tat ");
            }
        }
    }

    private Ended curl(String data, String url, String... more) throws Exception {
        Path trusted = folder.resolve("data-" + data).resolve(DevelopmentCertificate.FILE);
        List<String> command = new ArrayList<>(List.of(
                "curl",
                "-s",
                "--http2",
                "--max-time",
                "30",
                "--cacert",
                trusted.toString(),
                "-w",
                "\n%{http_version} %{http_code}"));
        command.addAll(List.of(more));
        command.add(url);
        return run(command.toArray(String[]::new));
    }

    /** The folder is not that of a log yet when the certificate comes to it. */
    @Test
    void aFolderThatHasOnlyACertificateBecomesThatOfALogLater() throws Exception {
        Files.writeString(folder.resolve("memory.yaml"), "channels: [{pattern: \"**\", durability: memory}]\n");
        try (ServerProcess server = ServerProcess.start(
                folder, "serve", "--port", "0", "--data", "data", "--tls", "self-signed", "--config", "memory.yaml")) {
            server.ready();
            server.terminate();
            server.exitCode();
        }
        try (ServerProcess server = selfSigned()) {
            assertThat(server.ready()).hasScheme("https");
        }
    }

    private void make(String subject, String key, Path certificateFile, Path keyFile) throws Exception {
        Ended made = run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                key,
                "-pkeyopt",
                key.equals("ec") ? "ec_paramgen_curve:P-256" : "rsa_keygen_bits:2048",
                "-nodes",
                "-days",
                "30",
                "-subj",
                "/CN=" + subject,
                "-addext",
                "subjectAltName=IP:127.0.0.1",
                "-keyout",
                keyFile.toString(),
                "-out",
                certificateFile.toString());
        assertThat(made.code()).as(made.said()).isZero();
    }

    @Test
    void aCertificateOfOnesOwnIsUsedAndTakenOverWhenItChanges() throws Exception {
        assumeOpenssl();
        Path certificate = folder.resolve("cert.pem");
        Path key = folder.resolve("key.pem");
        make("first", "rsa", certificate, key);
        try (ServerProcess server = ServerProcess.start(
                folder, "serve", "--port", "0", "--data", "data", "--tls-cert", "cert.pem", "--tls-key", "key.pem")) {
            URI at = server.ready();
            HttpClient first = trusting(certificate);
            HttpRequest health = HttpRequest.newBuilder(at.resolve("/healthz"))
                    .timeout(Peer.PATIENCE)
                    .build();
            assertThat(first.send(health, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            make("second", "ec", certificate, key);
            Peer.until("the second certificate is shown", () -> shows(at, "second"));
            // Who has a connection already keeps it.
            assertThat(first.send(health, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            try (Peer peer = new Peer(at, trusting(certificate))) {
                assertThat(peer.metric("carillon_tls_certificates_total{outcome=\"taken\"}"))
                        .isEqualTo(1);
            }
            first.shutdownNow();
            assertThat(server.err()).doesNotContain("\tat ");
        }
    }

    private static boolean shows(URI at, String subject) {
        try {
            return openssl(at).said().contains("CN = " + subject);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--tls-cert none.pem | carillon: --tls-cert and --tls-key belong together: one of them is missing",
                "--tls on            | carillon: --tls is on; it must be self-signed, or else --tls-cert and --tls-key name files",
                "--tls self-signed --tls-cert a --tls-key b | carillon: --tls and --tls-cert exclude each other",
                "--tls-cert none.pem --tls-key none.pem | carillon: tls.cert is none.pem, which doesn't exist",
                "--tls-cert text.pem --tls-key text.pem | carillon: text.pem holds no certificate in PEM"
            })
    void whatIsWrongWithItIsToldInOneLine(String options, String line) throws Exception {
        Files.writeString(folder.resolve("text.pem"), "text");
        List<String> arguments = new ArrayList<>(List.of("serve", "--port", "0"));
        arguments.addAll(List.of(options.split(" ")));
        try (ServerProcess server = ServerProcess.start(folder, arguments.toArray(String[]::new))) {
            assertThat(server.exitCode()).isEqualTo(1);
            assertThat(server.out()).isEmpty();
            assertThat(server.err().lines().findFirst()).contains(line);
            assertThat(server.err()).doesNotContain("\tat ");
        }
    }
}
