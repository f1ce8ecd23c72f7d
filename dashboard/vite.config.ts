// How the dashboard is built (into dist/) and served while it is worked on (next to a gateway on its usual port).

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const gateway = process.env["TRUNKLINE_URL"] ?? "http://127.0.0.1:8770";

/** React Aria brings its few words in thirty languages; the dashboard speaks one. */
const englishOnly: Plugin = {
  name: "english-only",
  enforce: "pre",
  load(id) {
    const locale = /(?:react-aria|react-stately|react-aria-components)\/.*\/([a-z]{2}-[A-Z]{2})\.m?js$/.exec(id)?.[1];
    return locale === undefined || locale === "en-US" ? null : "export default {}";
  },
};

export default defineConfig({
  plugins: [react(), englishOnly],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2024",
    // Nothing inline: the policy of the page allows files of this origin alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "/livez": gateway,
      "/readyz": gateway,
      "/metrics": gateway,
      "/trunkline": gateway,
      "/oauth": gateway,
      "/.well-known": gateway,
    },
  },
});
