package dev.carillon.server;

import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. Writes to stdout what was asked for and nothing else; the log and what is wrong go to stderr. */
@Command(
        name = "carillon",
        description = "A self-hosted real-time server for the web.",
        versionProvider = Version.class,
        mixinStandardHelpOptions = true,
        subcommands = {ServeCommand.class, ClusterCommand.class, EchoCommand.class, ConfigCommand.class})
public final class Main implements Runnable {

    /** What was asked for could not be done. */
    static final int FAILED = 1;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec = CommandLine.Model.CommandSpec.create();

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        if (System.getProperty("logback.configurationFile") == null) {
            System.setProperty("logback.configurationFile", "dev/carillon/server/logback.xml");
        }
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Main())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler(Main::onUsage)
                .setExecutionExceptionHandler(Main::onFailure);
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(spec.commandLine(), "a command is missing");
    }

    private static int onUsage(CommandLine.ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        String help = command.getCommandSpec().qualifiedName() + " --help";
        complain(command, List.of(Listening.oneLine(e) + " (" + help + " lists what there is)"));
        return CommandLine.ExitCode.USAGE;
    }

    private static int onFailure(Exception e, CommandLine command, CommandLine.ParseResult parsed) {
        if (e instanceof StartException start) {
            complain(command, start.lines());
        } else {
            Logs.LOG.debug("the command failed", e);
            complain(command, List.of("internal error: " + e.getClass().getSimpleName() + ", " + Listening.oneLine(e)));
        }
        return FAILED;
    }

    private static void complain(CommandLine command, List<String> lines) {
        lines.forEach(line -> command.getErr().println("carillon: " + line));
    }
}
