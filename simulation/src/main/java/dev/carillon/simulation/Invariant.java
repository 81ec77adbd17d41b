package dev.carillon.simulation;

/** What must never happen, and what a violation of it is called. */
enum Invariant {
    /** Each publication that a reader is given is the next after its position. */
    CONTIGUOUS("a reader is given each next publication, once"),
    /** A gap is told only where something that the reader is owed is gone. */
    FALSE_GAP("a gap is told only where it was necessary"),
    /** What is missing is told. */
    SILENT_GAP("whoever cannot be given all that follows is told"),
    /** Nothing before the subscription stands, and nothing after its end. */
    SUBSCRIBED("nothing comes before subscribed or after unsubscribed"),
    /** What is shown has reached its durability. */
    SHOWN_IS_STORED("what is delivered or acknowledged has been stored"),
    /** An acknowledgement is of the publication that was sent, and what it promises holds. */
    ACKNOWLEDGED_IS_KEPT("an acknowledged publish is kept within its durability class"),
    /** A position stands for the same data for ever. */
    SAME_DATA("the data of a position is what its publisher gave"),
    /** An idempotency key stores once. */
    KEY_STORES_ONCE("an idempotency key stores nothing twice inside its window"),
    /** A publisher's publications are stored in its order. */
    PUBLISHER_ORDER("what a publisher sends in order is stored in order"),
    /** Acknowledgements leave in offset order. */
    ACKNOWLEDGED_IN_ORDER("acknowledgements leave in offset order"),
    /** A connection holds no more than its bound. */
    OUTBOX_BOUND("an outbox holds no more than its limit"),
    /** Nothing is refused without a cause that was injected. */
    CAUSELESS_REFUSAL("nothing is refused without an injected cause"),
    /** A reader knows whether its channel is stale. */
    STALE("a reader is told once that its channel is stale, and once that it is no more"),
    /** A reader of a map has what it tracks, and nothing that is gone. */
    MAP_HOLDS("a reader of a map holds exactly the newest value of each key that it tracks"),
    /** A reader of a map is never taken back. */
    MAP_ASCENDS("offsets that a reader of a map is given never fall, and no key goes back to an older value"),
    /** A reset is told only where a reader cannot be brought up by what has changed. */
    FALSE_RESET("a reader of a map is told to begin anew only where it was necessary"),
    /** What is purged or redacted is gone, and whoever had it knows. */
    ERASED("what was erased is told to whoever had it, and shown to nobody who comes later"),
    /** Signals are of the moment. */
    SIGNALS("a signal is not kept, does not return to its sender, and what is dropped is counted"),
    /** The versions of presence follow each other. */
    PRESENCE_FOLLOWS("each difference of presence follows the version before it"),
    /** What is written is what is read, in JSON and in the binary form. */
    FORMS_AGREE("both forms of a message say the same"),
    /** After the last fault everything is made good in time. */
    CONVERGES("once faults stop, all is accepted, delivered and agreed on within 60 seconds"),
    /** The engine's own assertions, and what it must not throw. */
    ENGINE("the engine's own assertions hold, and it throws nothing");

    /** In one sentence. */
    final String sentence;

    Invariant(String sentence) {
        this.sentence = sentence;
    }
}
