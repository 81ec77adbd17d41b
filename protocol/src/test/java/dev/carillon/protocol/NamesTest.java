package dev.carillon.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

class NamesTest {

    private final List<String> order =
            List.of("room:7:log", "room:7:*", "room:*:log", "room:*:*", "room:**", "*:7", "**");

    @Test
    void namesAreValidAsTheVectorsSay() throws Exception {
        assertThat(strings("valid")).isNotEmpty().allMatch(ChannelName::isValid);
        assertThat(strings("invalid")).isNotEmpty().noneMatch(ChannelName::isValid);
        assertThat(ChannelName.isValid("a".repeat(200))).isTrue();
        assertThat(ChannelName.isValid("a".repeat(201))).isFalse();
    }

    @Test
    void patternsMatchAsTheVectorsSay() throws Exception {
        List<JsonObject> matches = Vectors.read("names.json").objects("matches", 100);
        assertThat(matches).isNotEmpty();
        for (JsonObject match : matches) {
            ChannelPattern pattern = pattern(match.requiredText("pattern"));
            for (String yes : strings(match, "yes")) {
                assertThat(pattern.matches(new ChannelName(yes)))
                        .as("%s matches %s", pattern, yes)
                        .isTrue();
            }
            for (String no : strings(match, "no")) {
                assertThat(pattern.matches(new ChannelName(no)))
                        .as("%s matches %s", pattern, no)
                        .isFalse();
            }
        }
    }

    @Test
    void textsThatAreNoPatternAreRefused() throws Exception {
        assertThat(strings("invalidPatterns")).isNotEmpty().allMatch(text -> ChannelPattern.parse(text) == null);
    }

    @Test
    void literalPartsComeBeforeOneStarBeforeTwo() throws Exception {
        assertThat(strings("order")).isEqualTo(order);
        for (int i = 0; i < order.size(); i++) {
            for (int j = i + 1; j < order.size(); j++) {
                assertThat(pattern(order.get(i)).compareSpecificity(pattern(order.get(j))))
                        .as("%s before %s", order.get(i), order.get(j))
                        .isNegative();
            }
        }
    }

    @Test
    void onlyEquallySpecificPatternsOfACommonNameTie() {
        assertThat(pattern("room:*").ties(pattern("room:*"))).isTrue();
        assertThat(pattern("room:*").ties(pattern("room:7"))).isFalse();
        assertThat(pattern("room:*").ties(pattern("hall:*"))).isFalse();
        assertThat(pattern("*").ties(pattern("**"))).isFalse();
        assertThat(pattern("*").ties(pattern("*:*"))).isFalse();
    }

    private static ChannelPattern pattern(String text) {
        ChannelPattern pattern = ChannelPattern.parse(text);
        assertThat(pattern).as(text).isNotNull();
        return pattern;
    }

    private static List<String> strings(String name) throws IOException {
        Path here = Path.of("").toAbsolutePath();
        Path room = here.endsWith("protocol") ? here : here.resolve("protocol");
        return strings(Files.readAllBytes(room.resolve("vectors/names.json")), name);
    }

    private static List<String> strings(JsonObject object, String name) {
        return strings(object.source(), name);
    }

    /** The strings of the array that is the member of this name of the outermost object. */
    private static List<String> strings(byte[] json, String name) {
        List<String> strings = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean wanted = parser.currentName().equals(name);
                parser.nextToken();
                if (!wanted) {
                    parser.skipChildren();
                    continue;
                }
                while (parser.nextToken() == JsonToken.VALUE_STRING) {
                    strings.add(parser.getString());
                }
                return strings;
            }
        }
        throw new AssertionError("no member " + name);
    }
}
