package dev.carillon.server;

import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs the server until the process is told to end. */
@Command(name = "serve", description = "Runs the server.", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {

    @Option(names = "--port", paramLabel = "N", description = "The port; 0 picks a free one. Default: 8080.")
    private @Nullable Integer port;

    @Option(
            names = "--host",
            paramLabel = "ADDR",
            arity = "1..*",
            description = "An address to listen on; may be repeated. Default: 127.0.0.1 and ::1.")
    private @Nullable List<String> hosts;

    @Option(names = "--data", paramLabel = "DIR", description = "The data folder. Default: ./data.")
    private @Nullable Path data;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "The configuration; docs/configuration.md has every key. What is given here counts over it.")
    private @Nullable Path file;

    @Option(
            names = "--tls",
            paramLabel = ConfigurationFile.SELF_SIGNED,
            description = "Speaks https and wss, for development: with a certificate for localhost that it makes for"
                    + " itself and keeps in the data folder.")
    private @Nullable String tls;

    @Option(
            names = "--tls-cert",
            paramLabel = "FILE",
            description = "Speaks https and wss with this certificate and its chain, in PEM.")
    private @Nullable Path certificate;

    @Option(names = "--tls-key", paramLabel = "FILE", description = "The certificate's private key, in PEM.")
    private @Nullable Path key;

    @Override
    public Integer call() throws StartException {
        Configuration configuration = configuration();
        CarillonServer server =
                CarillonServer.start(configuration, Site.ofSystemProperties(), extensions(configuration));
        Lifetime.runUntilToldToEnd(server::leave, server::hurry, server.url());
        return CommandLine.ExitCode.OK;
    }

    /** The apps on the class path are for trying things out: they let in whoever says a name. */
    private static List<Extension> extensions(Configuration configuration) {
        if (!configuration.isDevelopment()) {
            return List.of();
        }
        return ServiceLoader.load(Extension.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(extension -> fits(extension, configuration))
                .toList();
    }

    /** Whether the nodes can share what it needs of channels, if they are to; where they can't, the log says so. */
    static boolean fits(Extension extension, Configuration configuration) {
        if (configuration.redis() == null || !configuration.channels().isEmpty()) {
            return true;
        }
        List<Problem> problems = ConfigurationRules.problemsOf(
                configuration.toBuilder().channels(extension.channels()).build());
        problems.forEach(problem -> Logs.LOG.warn("the app {} is left out: {}", extension.name(), problem));
        return problems.isEmpty();
    }

    private Configuration configuration() throws StartException {
        if ((certificate == null) != (key == null)) {
            throw new StartException("--tls-cert and --tls-key belong together: one of them is missing");
        }
        if (tls != null && (certificate != null || !tls.equals(ConfigurationFile.SELF_SIGNED))) {
            throw new StartException(
                    certificate != null
                            ? "--tls and --tls-cert exclude each other"
                            : "--tls is " + tls + "; it must be " + ConfigurationFile.SELF_SIGNED
                                    + ", or else --tls-cert and --tls-key name files");
        }
        return file == null ? overridden(Configuration.DEFAULT) : ConfigurationFile.read(file, this::overridden);
    }

    private Configuration overridden(Configuration configuration) {
        Listen listen = new Listen(
                hosts == null ? configuration.listen().hosts() : hosts,
                port == null ? configuration.listen().port() : port);
        Configuration.Builder builder = configuration.toBuilder().listen(listen);
        if (tls != null) {
            builder.tls(new Tls.SelfSigned());
        } else if (certificate != null && key != null) {
            builder.tls(new Tls.Files(certificate, key));
        }
        return data == null ? builder.build() : builder.data(data).build();
    }
}
