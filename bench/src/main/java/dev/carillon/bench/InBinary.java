package dev.carillon.bench;

import org.jspecify.annotations.Nullable;

/** Another workload, in which Carillon is spoken to in the binary form of its messages; whoever has none, as ever. */
record InBinary(Workload of) implements Workload {

    @Override
    public String name() {
        return of.name() + "-bin";
    }

    @Override
    public String description() {
        return of.description() + "; Carillon's messages in binary";
    }

    @Override
    public Metric chief() {
        return of.chief();
    }

    @Override
    public boolean needsFreshServer() {
        return of.needsFreshServer();
    }

    @Override
    public @Nullable Workload warmUp() {
        Workload warming = of.warmUp();
        return warming == null ? null : new InBinary(warming);
    }

    @Override
    public int connections() {
        return of.connections();
    }

    @Override
    public Sample measure(Target target, double seconds) throws BenchException {
        return of.measure(target.inBinary(), seconds);
    }
}
