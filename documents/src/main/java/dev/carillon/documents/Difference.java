package dev.carillon.documents;

import java.util.ArrayList;
import java.util.List;

/** What is behind a state vector. */
final class Difference {

    private Difference() {}

    static List<Made> made(List<Made> made, StateVector has) {
        List<Made> lacking = new ArrayList<>();
        for (Made each : made) {
            List<Struct> structs = behind(each, has.of(each.client()));
            if (!structs.isEmpty()) {
                lacking.add(new Made(each.client(), structs));
            }
        }
        return lacking;
    }

    /** It does not begin with a {@link Struct.Skip}: whoever reads it is told by the first clock. */
    private static List<Struct> behind(Made made, long has) {
        List<Struct> structs = made.structs();
        List<Struct> behind = new ArrayList<>();
        for (int index = 0; index < structs.size(); index++) {
            Struct first = structs.get(index);
            if (first.end() > has && !(first instanceof Struct.Skip)) {
                behind.addAll(structs.subList(index, structs.size()));
                if (first.clock() < has) {
                    behind.set(0, first.from(made.client(), has));
                }
                return behind;
            }
        }
        return behind;
    }
}
