package dev.carillon.server;

import dev.carillon.engine.Grant;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads what a configuration file says about tokens, roles and the admin. No problem that it reports holds a secret. */
final class TokensSection {

    private static final int FILE_BYTES_MAX = 64 << 10;

    private TokensSection() {}

    static Tokens read(Section section) {
        TokenLimits normal = TokenLimits.DEFAULT;
        return new Tokens(
                optional(section, "audience"),
                optional(section, "issuer"),
                section.sections("keys", TokensSection::key),
                section.texts("roles", List.of()),
                new TokenLimits(
                        section.intBytes("bytes", normal.bytes()),
                        section.number("cached", normal.cached()),
                        section.number("waiting", normal.waiting()),
                        section.number("revocations", normal.revocations()),
                        section.time("lifetimeMax", normal.lifetimeMax()),
                        section.time("skew", normal.skew())));
    }

    static Role role(Section section) {
        String name = section.requiredText("name");
        List<Grant> grants = section.sections("grants", ConfigurationFile::grant);
        return new Role(name == null ? unusedId() : name, grants);
    }

    static @Nullable Secret admin(Section section) {
        String text = optional(section, "secret");
        String problem = text == null ? null : Secret.problemWith(text);
        if (problem != null) {
            section.problem("secret", "(not shown) " + problem);
        }
        return text == null || problem != null ? null : Secret.of(text);
    }

    private static @Nullable String optional(Section section, String key) {
        String text = section.text(key, Section.NONE);
        return text.equals(Section.NONE) ? null : text;
    }

    /** A key that can't be used keeps its place, so that those behind it are found by theirs. */
    private static TokenKey key(Section section) {
        String id = section.requiredText("id");
        String word = section.requiredText("algorithm");
        String secret = optional(section, "secret");
        String publicKey = optional(section, "publicKey");
        String file = optional(section, "file");
        TokenKey.Algorithm algorithm = word == null ? null : TokenKey.Algorithm.of(word);
        if (word != null && algorithm == null) {
            section.problem("algorithm", "is " + word + "; it must be " + TokenKey.Algorithm.words());
        }
        TokenKey unusable = TokenKey.hs256(id == null ? unusedId() : id, unusedSecret());
        if (id == null || algorithm == null) {
            return unusable;
        }
        boolean isShared = algorithm == TokenKey.Algorithm.HS256;
        String own = isShared ? "secret" : "publicKey";
        String given = isShared ? secret : publicKey;
        String others = isShared ? publicKey : secret;
        if (others != null || (given == null) == (file == null)) {
            section.problem(
                    given == null && file == null && others == null ? own : others != null ? otherOf(own) : "file",
                    "cannot be: a key for " + algorithm.word() + " has exactly one of " + own + " and file");
            return unusable;
        }
        String material = given == null && file != null ? contentOf(section, file) : given;
        return material == null
                ? unusable
                : key(section, id, algorithm, material, file == null ? own : "file", unusable);
    }

    private static String otherOf(String own) {
        return own.equals("secret") ? "publicKey" : "secret";
    }

    private static TokenKey key(
            Section section,
            String id,
            TokenKey.Algorithm algorithm,
            String material,
            String from,
            TokenKey otherwise) {
        try {
            return algorithm == TokenKey.Algorithm.HS256
                    ? TokenKey.hs256(id, material.getBytes(StandardCharsets.UTF_8))
                    : TokenKey.ofPublicKey(id, algorithm, material);
        } catch (IllegalArgumentException e) {
            section.problem(from, "(not shown) " + e.getMessage());
            return otherwise;
        }
    }

    /** What a file holds, without the line end that an editor leaves; null, and a problem, where it can't be read. */
    private static @Nullable String contentOf(Section section, String file) {
        try {
            Path path = Path.of(file);
            if (Files.size(path) > FILE_BYTES_MAX) {
                section.problem("file", "is " + file + ", which is larger than " + Quantity.ofBytes(FILE_BYTES_MAX));
                return null;
            }
            return Files.readString(path, StandardCharsets.UTF_8).strip();
        } catch (IOException | InvalidPathException e) {
            section.problem("file", "is " + file + ", which cannot be read");
            return null;
        }
    }

    private static String unusedId() {
        return "nameless-" + UUID.randomUUID();
    }

    private static byte[] unusedSecret() {
        return (UUID.randomUUID().toString() + UUID.randomUUID()).getBytes(StandardCharsets.US_ASCII);
    }
}
