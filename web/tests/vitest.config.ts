import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
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
      {
        test: {
          name: "browser",
          include: ["browser/**/*.test.ts"],
          // Each file starts its own server and Chromium; two cores bear one of each.
          fileParallelism: false,
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
