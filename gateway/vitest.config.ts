// The gateway's tests: beside the code and in test/. One database server serves the whole run (global-setup.ts).

import { defineProject } from "vitest/config";

export default defineProject({
  test: {
    name: "gateway",
    include: ["{actions,src,test}/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    // A busy machine takes its time. What is waited for must come; no test is about how soon.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
