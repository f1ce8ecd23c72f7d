// Every workspace's tests as one run. A workspace with needs of its own (the gateway: a database) has its own config.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      "gateway",
      "dashboard",
      "connector",
      "bench",
      { test: { name: "scripts", include: ["scripts/**/*.test.ts"] } },
    ],
  },
});
