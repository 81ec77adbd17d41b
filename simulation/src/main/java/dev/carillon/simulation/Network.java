package dev.carillon.simulation;

/** What lies between clients and nodes: how long it takes, and what it does to requests that come each on its own. */
final class Network {

    private final Agenda agenda;
    private final Dice dice;
    private final Tally tally;
    /** Until when nobody can connect. */
    long unreachableUntil;

    long losingRequestsUntil;
    long doublingRequestsUntil;
    long delayingRequestsUntil;
    long losingAnswersUntil;

    Network(Agenda agenda, Dice dice, Tally tally) {
        this.agenda = agenda;
        this.dice = dice;
        this.tally = tally;
    }

    long latency() {
        return dice.between(100 * Agenda.MICRO, dice.oneIn(30) ? 100 * Agenda.MILLI : 4 * Agenda.MILLI);
    }

    boolean isReachable() {
        return agenda.now() >= unreachableUntil;
    }

    /** Carries a request, which keeps no order with others. */
    void carryRequest(Runnable arrival) {
        long now = agenda.now();
        if (!isReachable() || meets(now < losingRequestsUntil, Trouble.REQUEST_LOST)) {
            return;
        }
        if (meets(now < doublingRequestsUntil, Trouble.REQUEST_TWICE)) {
            agenda.after(latency() + dice.between(0, 2 * Agenda.SECOND), arrival);
        }
        boolean isLate = meets(now < delayingRequestsUntil, Trouble.REQUEST_LATE);
        agenda.after(latency() + (isLate ? dice.between(0, 3 * Agenda.SECOND) : 0), arrival);
    }

    /** Carries the answer to one. */
    void carryAnswer(Runnable arrival) {
        if (!meets(agenda.now() < losingAnswersUntil, Trouble.ANSWER_LOST)) {
            agenda.after(latency(), arrival);
        }
    }

    private boolean meets(boolean may, Trouble trouble) {
        boolean does = may && dice.oneIn(3);
        if (does) {
            tally.reached(trouble);
        }
        return does;
    }

    void heal() {
        unreachableUntil = 0;
        losingRequestsUntil = 0;
        doublingRequestsUntil = 0;
        delayingRequestsUntil = 0;
        losingAnswersUntil = 0;
    }
}
