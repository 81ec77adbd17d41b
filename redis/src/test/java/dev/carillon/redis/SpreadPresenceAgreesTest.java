package dev.carillon.redis;

/** And so presence on it answers any calls. */
class SpreadPresenceAgreesTest extends PresenceAgreesTest {

    @Override
    Deployment deployment() {
        return Deployments.spread();
    }

    @Override
    int rounds() {
        return 5;
    }
}
