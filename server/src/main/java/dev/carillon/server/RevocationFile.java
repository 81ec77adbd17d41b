package dev.carillon.server;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * The revocations on disk: one JSON object a line, after a line with the version of the format. It is replaced whole, so a
 * process that was killed leaves the old file or the new one. A damaged one is refused: to go on without it would let in
 * who was shut out.
 */
final class RevocationFile {

    static final String NAME = "revocations.jsonl";

    private static final String HEAD = "{\"revocations\":1}";
    private static final int FILE_BYTES_MAX = 256 << 20;
    private static final JsonFactory JSON = new JsonFactory();

    private final SmallFile file;

    RevocationFile(Path folder) {
        file = new SmallFile(folder.resolve(NAME));
    }

    /** What was kept; nothing where there is no file. */
    List<Revocation> read() throws StartException {
        byte[] bytes;
        try {
            bytes = file.read(FILE_BYTES_MAX);
        } catch (IOException e) {
            throw new StartException(file + " cannot be read: " + Listening.oneLine(e), e);
        }
        if (bytes == null) {
            return List.of();
        }
        List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
        if (lines.isEmpty() || !lines.getFirst().equals(HEAD)) {
            throw damaged(1);
        }
        List<Revocation> read = new ArrayList<>();
        for (int i = 1; i < lines.size(); i++) {
            try {
                read.add(revocation(lines.get(i)));
            } catch (JacksonException | IllegalArgumentException e) {
                throw damaged(i + 1); // what cannot be read may name somebody
            }
        }
        return read;
    }

    private StartException damaged(int line) {
        return new StartException(
                file + " is damaged at line " + line + ": restore it from a backup, or delete it and revoke anew");
    }

    private static Revocation revocation(String line) {
        Revocation.Kind kind = null;
        String name = null;
        long at = -1;
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), new StringReader(line))) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("no object");
            }
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String member = json.currentName();
                JsonToken value = json.nextToken();
                if (member.equals("at") && value == JsonToken.VALUE_NUMBER_INT) {
                    at = json.getLongValue();
                } else if (value == JsonToken.VALUE_STRING) {
                    kind = kindOf(member);
                    name = json.getString();
                }
            }
        }
        if (kind == null || name == null || at < 0) {
            throw new IllegalArgumentException("no revocation");
        }
        return new Revocation(kind, name, at);
    }

    static Revocation.Kind kindOf(String word) {
        for (Revocation.Kind kind : Revocation.Kind.values()) {
            if (kind.word().equals(word)) {
                return kind;
            }
        }
        throw new IllegalArgumentException("no kind");
    }

    void write(List<Revocation> revocations) throws IOException {
        StringWriter text = new StringWriter();
        text.append(HEAD).append('\n');
        for (Revocation revocation : revocations) {
            try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
                json.writeStartObject();
                json.writeStringProperty(revocation.kind().word(), revocation.name());
                json.writeNumberProperty("at", revocation.atMillis());
                json.writeEndObject();
            }
            text.append('\n');
        }
        file.replace(text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
