// The gateway's tests: beside the code and in test/. One database server serves the whole run (global-setup.ts).

import { defineProject } from "vitest/config";

export default defineProject({
  test: {
    name: "gateway",
    include: ["{actions,src,test}/**/*.test.ts"],
    globalSetup: ["test/support/global-setup.ts"],
    pool: "forks",
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
