// How the dashboard is built (into dist/) and served while it is worked on (next to a gateway on its usual port).

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const gateway = process.env["TRUNKLINE_URL"] ?? "http://127.0.0.1:8770";

export default defineConfig({
  plugins: [react()],
  build: { outDir: "dist", emptyOutDir: true },
  server: { proxy: { "/livez": gateway, "/readyz": gateway, "/trunkline": gateway } },
});
