import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Counts the test cases in the JUnit reports (Surefire's, the console's, vitest's) below a folder: prints
 * {@code passed failed skipped} to stdout, and names to stderr each one that failed. Run from its source by ./test.
 */
class CountTests {
    private int passed;
    private int failed;
    private int skipped;

    public static void main(String[] args) throws IOException {
        CountTests count = new CountTests();
        try (var files = Files.walk(Path.of(args[0]))) {
            List<Path> reports = files.filter(file -> file.toString().endsWith(".xml")).sorted().toList();
            for (Path report : reports) {
                count.add(report);
            }
        }
        System.out.println(count.passed + " " + count.failed + " " + count.skipped);
    }

    private void add(Path report) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("testcase")) {
                    addCase(xml);
                }
            }
        } catch (XMLStreamException e) {
            // A runner that was killed leaves half a report. What it held is lost, and that is a failure.
            failed++;
            System.err.println("  failed: " + report + " is not whole");
        }
    }

    private void addCase(XMLStreamReader xml) throws XMLStreamException {
        String name = xml.getAttributeValue(null, "classname") + " · " + xml.getAttributeValue(null, "name");
        String outcome = "passed";
        String why = "";
        int depth = 1;
        while (depth > 0) {
            int event = xml.next();
            if (event == XMLStreamConstants.END_ELEMENT) {
                depth--;
            } else if (event == XMLStreamConstants.START_ELEMENT) {
                depth++;
                switch (xml.getLocalName()) {
                    case "failure", "error" -> {
                        outcome = "failed";
                        why = ": " + shortened(xml.getAttributeValue(null, "message"));
                    }
                    case "skipped" -> outcome = "skipped";
                    default -> {}
                }
            }
        }
        switch (outcome) {
            case "failed" -> {
                failed++;
                System.err.println("  failed: " + name + why);
            }
            case "skipped" -> skipped++;
            default -> passed++;
        }
    }

    private static String shortened(String message) {
        String line = message == null ? "" : message.strip().replaceAll("\\s+", " ");
        return line.length() <= 200 ? line : line.substring(0, 200) + "…";
    }
}
