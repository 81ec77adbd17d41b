package dev.carillon.redis;

/** And so presence on it answers any calls. */
class WatchedPresenceAgreesTest extends PresenceAgreesTest {

    @Override
    Deployment deployment() {
        return Deployments.watched();
    }

    @Override
    int rounds() {
        return 5;
    }
}
