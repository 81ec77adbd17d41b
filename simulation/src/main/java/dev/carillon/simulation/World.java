package dev.carillon.simulation;

/**
 * What everything in a simulation shares.
 *
 * @param network throws latencies
 */
record World(Agenda agenda, Dice dice, Scenario scenario, Ledger ledger, Tally tally, Trace trace, Network network) {

    static World of(Scenario scenario, Dice dice) {
        Agenda agenda = new Agenda(dice.fork(1));
        Tally tally = new Tally();
        return new World(
                agenda,
                dice.fork(2),
                scenario,
                new Ledger(tally, agenda, scenario.isShared()),
                tally,
                new Trace(agenda),
                new Network(agenda, dice.fork(3), tally));
    }
}
