import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Nobody should work alone at the end. Vitest goes by what it measured last, and on a fresh machine by the size of a file. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => Number(moduleId.endsWith("/browser/cuts.test.ts"));
    return (await super.sort(files)).sort((a, b) => isLong(b) - isLong(a));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      { test: { name: "unit", include: ["unit/**/*.test.ts"], testTimeout: 60_000 } },
      // The client does the same whatever form its messages have.
      {
        test: {
          name: "unit-binary",
          include: ["unit/client/{fallback,live,map,publish,recovery,tokens}.test.ts"],
          env: { CARILLON_FORM: "binary" },
          testTimeout: 60_000,
        },
      },
      // Asked for by scripts/screenshots alone.
      {
        test: { name: "pictures", include: ["pictures/**/*.test.ts"], testTimeout: 300_000, hookTimeout: 600_000, expect: { poll: { timeout: 60_000, interval: 50 } } },
      },
      {
        test: {
          name: "browser",
          include: ["browser/**/*.test.ts"],
          // Each file has a server and a Chromium of its own. They wait more than they work: two cores bear two of each.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // Limits are there for what never comes: a machine that is busy with other things takes many times as long as a free one.
          testTimeout: 120_000,
          // The first start of a server from fresh sources compiles it.
          hookTimeout: 600_000,
          expect: { poll: { timeout: 30_000, interval: 25 } },
        },
      },
    ],
  },
});
