package dev.carillon.documents;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What Yjs wrote: {@code vectors/yjs.json}, which {@code web/tests/documents/vectors.js} makes. */
final class Vectors {

    /** One case: texts by their names, or lists of them. */
    record Case(Map<String, List<String>> members) {

        String text(String name) {
            return members.get(name).getFirst();
        }

        byte[] bytes(String name) {
            return HexFormat.of().parseHex(text(name));
        }

        List<byte[]> all(String name) {
            return members.get(name).stream().map(HexFormat.of()::parseHex).toList();
        }

        @Override
        public String toString() {
            return text("name");
        }
    }

    private Vectors() {}

    static List<Case> cases() {
        return read("cases");
    }

    static List<Case> refused() {
        return read("refused");
    }

    static List<Case> afternoons() {
        return read("long");
    }

    private static List<Case> read(String member) {
        Path here = Path.of("").toAbsolutePath();
        Path room = here.endsWith("documents") ? here : here.resolve("documents");
        List<Case> cases = new ArrayList<>();
        try (JsonParser json = JsonFactory.builder()
                .build()
                .createParser(ObjectReadContext.empty(), Files.readString(room.resolve("vectors/yjs.json")))) {
            json.nextToken();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                json.nextToken();
                if (!name.equals(member)) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() == JsonToken.START_OBJECT) {
                    cases.add(one(json));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return cases;
    }

    private static Case one(JsonParser json) {
        Map<String, List<String>> members = new LinkedHashMap<>();
        while (json.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = json.currentName();
            List<String> texts = new ArrayList<>();
            if (json.nextToken() == JsonToken.START_ARRAY) {
                while (json.nextToken() == JsonToken.VALUE_STRING) {
                    texts.add(json.getString());
                }
            } else {
                texts.add(json.getString());
            }
            members.put(name, texts);
        }
        return new Case(members);
    }
}
