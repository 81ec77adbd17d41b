package dev.carillon.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Collects the cases of a chapter. For one thread. */
final class Questions {
    private final List<Case> cases = new ArrayList<>();

    void ask(String id, String question, String section, Supplier<Script> script) {
        ask(id, question, section, Opening.plain(), script);
    }

    void ask(String id, String question, String section, Opening opening, Supplier<Script> script) {
        cases.add(new Case(id, question, section, opening, script));
    }

    Chapter chapter(String id, String title) {
        return new Chapter(id, title, cases);
    }
}
