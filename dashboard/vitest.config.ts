// The dashboard's tests: its logic beside the code, and the whole of it in a real browser over a running gateway (test/).

import { defineProject } from "vitest/config";

export default defineProject({
  test: {
    name: "dashboard",
    include: ["{src,test}/**/*.test.{ts,tsx}"],
    globalSetup: ["../gateway/test/support/global-setup.ts", "test/support/built-dashboard.ts"],
    pool: "forks",
    // A busy machine takes its time. What is waited for must come; no test is about how soon.
    expect: { poll: { timeout: 20_000 } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
