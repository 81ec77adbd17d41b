package dev.carillon.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.Durability;
import dev.carillon.gateway.Drain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What {@code deploy} says to Docker and Kubernetes, neither of which is here: that it is YAML, that the server takes the
 * configurations, and that what one file says fits what another one does.
 */
final class DeployTest {

    private static final List<String> KUBERNETES =
            List.of("config.yaml", "secret.example.yaml", "nodes.yaml", "ingress.yaml", "redis.yaml");

    /** What the server answers to whoever asks for health, whatever the host. */
    private static final String HEALTHY = "/healthz";

    private static final String READY = "/ready";

    /** To let go of what it holds. */
    private static final Duration LAST = Duration.ofSeconds(5);

    private static Manifest kubernetes(String file, String kind, String name) {
        return Manifest.of("kubernetes/" + file, kind, name);
    }

    /** As {@code entrypoint.sh} puts it together. */
    private static Configuration taken(String plain, String secret) {
        ConfigurationFile.Outcome outcome = ConfigurationFile.parse(plain + "\n" + secret, UnaryOperator.identity());
        assertThat(outcome.problems()).isEmpty();
        return outcome.configuration();
    }

    private static Configuration ofCompose() {
        return taken(Manifest.content("compose/plain.yaml"), Manifest.content("compose/secret.example.yaml"));
    }

    private static Configuration ofKubernetes() {
        return taken(
                kubernetes("config.yaml", "ConfigMap", "carillon").text("data", "carillon.yaml"),
                kubernetes("secret.example.yaml", "Secret", "carillon").text("stringData", "carillon.yaml"));
    }

    private static Manifest pod() {
        return kubernetes("nodes.yaml", "Deployment", "carillon").at("spec", "template", "spec");
    }

    private static Manifest container() {
        return pod().at("containers", "0");
    }

    private static Duration drainOf(Configuration configuration) {
        Drain drain = configuration.drain();
        return drain.notice()
                .plus(drain.window())
                .plus(configuration.times().closeTime())
                .plus(LAST);
    }

    // ---- configurations

    @Test
    void theServerTakesBothConfigurationsAsTheyArePutTogether() {
        for (Configuration configuration : List.of(ofCompose(), ofKubernetes())) {
            assertThat(configuration.isDevelopment()).isFalse();
            assertThat(configuration.redis()).isNotNull();
            assertThat(configuration.drain().away()).isEqualTo(Duration.ZERO); // other nodes take over
            assertThat(configuration.data()).isEqualTo(Path.of("/var/lib/carillon"));
        }
    }

    @Test
    void whatIsForEverybodyHasNoSecrets() {
        for (String plain : List.of(
                Manifest.content("compose/plain.yaml"),
                kubernetes("config.yaml", "ConfigMap", "carillon").text("data", "carillon.yaml"))) {
            assertThat(plain).doesNotContain("secret", "password", "redis:", "change-me");
        }
    }

    @Test
    void theRedisThatIsStartedGivesWhatTheChannelsAskOfIt() {
        for (String redis : List.of(
                Manifest.content("compose/redis.example.conf"),
                kubernetes("secret.example.yaml", "Secret", "carillon-redis").text("stringData", "redis.conf"))) {
            assertThat(redis.lines())
                    .contains("appendonly yes", "maxmemory-policy noeviction", "lazyfree-lazy-expire yes")
                    .contains("requirepass change-me-0123456789");
        }
        for (Configuration configuration : List.of(ofCompose(), ofKubernetes())) {
            assertThat(configuration.channels())
                    .allMatch(rule -> rule.settings().durability() != Durability.FSYNC);
        }
    }

    // ---- times

    @Test
    void aNodeIsGivenTheTimeThatItTakesToLeave() {
        assertThat(Duration.ofSeconds(pod().number("terminationGracePeriodSeconds")))
                .isGreaterThanOrEqualTo(drainOf(ofKubernetes()));
        assertThat(ofKubernetes().drain().notice()).as("instead of a preStop").isPositive();
        assertThat(container().has("lifecycle")).isFalse();
        String grace = Manifest.of("compose.yaml").text("services", "node-1", "stop_grace_period");
        assertThat(Duration.parse("PT" + grace)).isGreaterThanOrEqualTo(drainOf(ofCompose()));
    }

    @Test
    void theIngressWaitsLongerThanANodeIsSilent() {
        Manifest annotations = kubernetes("ingress.yaml", "Ingress", "carillon").at("metadata", "annotations");
        String prefix = "nginx.ingress.kubernetes.io/";
        Times times = ofKubernetes().times();
        for (String timeout : List.of("proxy-read-timeout", "proxy-send-timeout")) {
            assertThat(Duration.ofSeconds(annotations.number(prefix + timeout)))
                    .isGreaterThan(times.longPollMax())
                    .isGreaterThan(times.heartbeat());
        }
        assertThat(annotations.text(prefix + "proxy-buffering")).isEqualTo("off");
        assertThat(annotations.text(prefix + "proxy-body-size"))
                .isEqualTo(ofKubernetes().limits().messageBytes() / 1024 + "k");
    }

    // ---- ports, paths and names

    @Test
    void theProbesAskWhatTheServerAnswers() {
        assertThat(container().text("readinessProbe", "httpGet", "path")).isEqualTo(READY);
        assertThat(container().text("livenessProbe", "httpGet", "path")).isEqualTo(HEALTHY);
        assertThat(container().text("startupProbe", "httpGet", "path")).isEqualTo(HEALTHY);
        String port = container().text("ports", "0", "name");
        for (String probe : List.of("readinessProbe", "livenessProbe", "startupProbe")) {
            assertThat(container().text(probe, "httpGet", "port")).isEqualTo(port);
        }
        assertThat(Duration.ofSeconds(container().number("readinessProbe", "timeoutSeconds")))
                .isGreaterThan(ofKubernetes().times().readyTime());
        assertThat(Manifest.content("../server/src/main/java/dev/carillon/server/SitePages.java"))
                .contains("\"" + HEALTHY + "\"");
        assertThat(Manifest.content("../docs/operations.md")).contains("`" + HEALTHY + "`", "`" + READY + "`");
    }

    @Test
    void theWayFromTheIngressToTheContainerIsWhole() {
        Manifest service = kubernetes("nodes.yaml", "Service", "carillon");
        Manifest backend = kubernetes("ingress.yaml", "Ingress", "carillon")
                .at("spec", "rules", "0", "http", "paths", "0", "backend", "service");
        assertThat(backend.text("name")).isEqualTo(service.text("metadata", "name"));
        assertThat(backend.text("port", "name")).isEqualTo(service.text("spec", "ports", "0", "name"));
        assertThat(service.text("spec", "ports", "0", "targetPort"))
                .isEqualTo(container().text("ports", "0", "name"));
        assertThat(container().number("ports", "0", "containerPort"))
                .isEqualTo(ofKubernetes().listen().port());
        assertThat(ofKubernetes().listen().hosts()).containsExactly("0.0.0.0");
        assertThat(service.text("spec", "sessionAffinity")).isEqualTo("None");
        assertThat(kubernetes("ingress.yaml", "Ingress", "carillon").text("spec", "rules", "0", "host"))
                .isIn(ofKubernetes().hosts());
    }

    @Test
    void theNodesFindTheirRedis() {
        Manifest service = kubernetes("redis.yaml", "Service", "carillon-redis");
        String address = service.text("metadata", "name") + ":" + service.text("spec", "ports", "0", "port");
        assertThat(kubernetes("secret.example.yaml", "Secret", "carillon").text("stringData", "carillon.yaml"))
                .contains("redis://:change-me-0123456789@" + address + "\"");
        assertThat(kubernetes("redis.yaml", "StatefulSet", "carillon-redis")
                        .text("spec", "template", "spec", "containers", "0", "ports", "0", "containerPort"))
                .isEqualTo("6379");
        assertThat(Manifest.content("compose/secret.example.yaml"))
                .contains("redis://:change-me-0123456789@redis:6379\"");
        assertThat(Manifest.of("compose.yaml").entries("services")).containsKey("redis");
    }

    @Test
    void whatSelectsPodsSelectsTheseAndAnEvictionLeavesSome() {
        Manifest deployment = kubernetes("nodes.yaml", "Deployment", "carillon");
        String label = deployment.text("spec", "template", "metadata", "labels", "app");
        assertThat(deployment.text("spec", "selector", "matchLabels", "app")).isEqualTo(label);
        assertThat(kubernetes("nodes.yaml", "Service", "carillon").text("spec", "selector", "app"))
                .isEqualTo(label);
        Manifest budget = kubernetes("nodes.yaml", "PodDisruptionBudget", "carillon");
        assertThat(budget.text("spec", "selector", "matchLabels", "app")).isEqualTo(label);
        assertThat(budget.number("spec", "maxUnavailable"))
                .isLessThan(deployment.number("spec", "replicas"))
                .isPositive();
        Manifest redis = kubernetes("redis.yaml", "StatefulSet", "carillon-redis");
        assertThat(kubernetes("redis.yaml", "Service", "carillon-redis").text("spec", "selector", "app"))
                .isEqualTo(redis.text("spec", "template", "metadata", "labels", "app"))
                .isNotEqualTo(label);
        assertThat(container().has("resources")).isTrue();
        assertThat(container().text("resources", "limits", "memory")).endsWith("Gi");
    }

    @Test
    void whatIsMountedIsWhereTheEntrypointLooks() {
        String script = Manifest.content("entrypoint.sh");
        List<String> mounts = container().items("volumeMounts").stream()
                .map(mount -> mount.text("mountPath"))
                .toList();
        assertThat(mounts)
                .contains("/etc/carillon/plain", "/etc/carillon/secret", "/run/carillon", "/var/lib/carillon");
        assertThat(script)
                .contains("config=${CARILLON_CONFIG:-/etc/carillon}", "run=${CARILLON_RUN:-/run/carillon}")
                .contains("\"$config\"/plain/*.yaml", "\"$config\"/secret/*.yaml");
        List<String> volumes = pod().items("volumes").stream()
                .map(volume -> volume.text("name"))
                .toList();
        assertThat(container().items("volumeMounts"))
                .extracting(mount -> mount.text("name"))
                .containsExactlyInAnyOrderElementsOf(volumes);
        assertThat(Manifest.of("compose.yaml").texts("services", "node-1", "volumes"))
                .allMatch(volume -> volume.contains(":/etc/carillon/"));
        assertThat(Manifest.content("Dockerfile")).contains("/etc/carillon/plain /etc/carillon/secret");
    }

    @Test
    void everyVariableThatIsSetIsOneThatTheEntrypointReads() {
        String script = Manifest.content("entrypoint.sh");
        Stream<String> set = Stream.concat(
                container().items("env").stream().map(one -> one.text("name")),
                Manifest.of("compose.yaml").entries("services", "node-1", "environment").keySet().stream());
        assertThat(set.toList()).isNotEmpty().allMatch(name -> script.contains("${" + name + ":-"));
    }

    @Test
    void allFilesForKubernetesAreWholeManifests() {
        for (String file : KUBERNETES) {
            for (Manifest one : Manifest.documents("kubernetes/" + file)) {
                assertThat(one.text("apiVersion")).as(file).isNotBlank();
                assertThat(one.text("kind")).as(file).isNotBlank();
                assertThat(one.text("metadata", "labels", "app")).as(file).startsWith("carillon");
            }
        }
    }

    // ---- Compose

    @Test
    void theFrontOfComposeIsTheTestedFileWithOtherAddresses() {
        Manifest compose = Manifest.of("compose.yaml");
        String command = compose.texts("services", "front", "command").getLast();
        String nginx = Manifest.content("nginx.conf");
        Matcher replaced = Pattern.compile("s/([^/]+)/([^/]+)/").matcher(command);
        List<String> leadTo = compose.texts("services", "front", "depends_on");
        int port = ofCompose().listen().port();
        int count = 0;
        while (replaced.find()) {
            String from = replaced.group(1);
            assertThat(nginx).containsOnlyOnce(from);
            String to = replaced.group(2);
            assertThat(to).isIn(count < leadTo.size() ? leadTo.get(count) + ":" + port : "listen " + port);
            nginx = nginx.replace(from, to);
            count++;
        }
        assertThat(count).isEqualTo(leadTo.size() + 1);
        assertThat(nginx).doesNotContain("127.0.0.1");
        for (String node : leadTo) {
            Map<String, YamlTree> service = compose.entries("services", node);
            assertThat(service.containsKey("build")
                            || compose.text("services", node, "extends", "service")
                                    .equals("node-1"))
                    .isTrue();
        }
        assertThat(compose.texts("services", "front", "ports")).containsExactly("127.0.0.1:8080:" + port);
    }

    @Test
    void theFrontOfComposeIsAProxyThatTheNodesKnow() {
        String subnet = Manifest.of("compose.yaml").text("networks", "carillon", "ipam", "config", "0", "subnet");
        assertThat(Manifest.content("compose/plain.yaml")).contains("proxies: [" + subnet + "]");
        assertThat(ofCompose().proxies()).hasSize(1);
    }

    // ---- the image

    @Test
    void theImageStartsTheServerWithTheLaunchersFlags() throws Exception {
        String launcher = Files.readString(Path.of("..", "scripts", "build.sh"));
        Matcher flags = Pattern.compile("java_flags=\\(([^)]*)\\)").matcher(launcher);
        assertThat(flags.find()).isTrue();
        String script = Manifest.content("entrypoint.sh");
        for (String flag : flags.group(1).strip().split("\\s+")) {
            assertThat(script).contains(" " + flag + " ");
        }
        assertThat(script).contains("exec java");
        assertThat(Manifest.content("Dockerfile"))
                .contains("COPY deploy/entrypoint.sh /opt/carillon/entrypoint.sh")
                .contains("EXPOSE " + ofCompose().listen().port())
                .contains("USER " + pod().text("securityContext", "runAsUser"));
        assertThat(Files.isExecutable(Manifest.FOLDER.resolve("entrypoint.sh"))).isTrue();
    }
}
