// The connector's tests: the component in the platform's own harness, against a running gateway. One database server
// serves the run, as for the gateway's tests.

import { defineProject } from "vitest/config";

export default defineProject({
  // trunkline/actions from its sources, so that a change there is tested at once.
  ssr: { resolve: { conditions: ["trunkline-source", "module", "node", "development|production"] } },
  test: {
    name: "connector",
    include: ["test/**/*.test.ts"],
    globalSetup: ["../gateway/test/support/global-setup.ts"],
    pool: "forks",
    // A busy machine takes its time. What is waited for must come; no test is about how soon.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
