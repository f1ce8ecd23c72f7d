// The dashboard's tests: its logic beside the code, and the whole of it in a real browser over a running gateway (test/).

import { defineProject } from "vitest/config";

export default defineProject({
  test: {
    name: "dashboard",
    include: ["{src,test}/**/*.test.{ts,tsx}"],
    globalSetup: ["../gateway/test/support/global-setup.ts", "test/support/built-dashboard.ts"],
    pool: "forks",
    testTimeout: 45_000,
    hookTimeout: 120_000,
  },
});
