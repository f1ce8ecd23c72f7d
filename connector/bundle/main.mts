// `npm run bundle -w connector`: makes connector/dist, ready for the publishing tool.

import { resolve } from "node:path";
import { buildBundle } from "./build.mts";

const outDir = resolve(import.meta.dirname, "../dist");
const bytes = await buildBundle(outDir);
console.log(`${outDir}/index.js: ${(bytes / 1024 / 1024).toFixed(2)} MB`);
