// Bundles the component for publishing: one CommonJS file with everything in it, and its icon beside it. The same source
// gives the same bytes: nothing of the machine, the time or the environment goes in.

import { copyFile, mkdir, readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { rolldown } from "rolldown";

const connector = resolve(import.meta.dirname, "..");

/**
 * Writes `index.js` and `icon.png` into `outDir`, and nothing else may be there: the publishing tool packs the whole
 * folder. Gives the size of the bundle in bytes.
 */
export async function buildBundle(outDir: string): Promise<number> {
  await rm(outDir, { recursive: true, force: true });
  await mkdir(outDir, { recursive: true });
  const build = await rolldown({
    input: join(connector, "src/index.ts"),
    cwd: connector,
    platform: "node",
    external: /^node:/,
    resolve: { conditionNames: ["trunkline-source", "node"] },
    onLog(level, log, handler) {
      if (level === "warn") throw new Error(`The bundle is not whole: ${log.message}`);
      handler(level, log);
    },
  });
  await build.write({
    file: join(outDir, "index.js"),
    format: "cjs",
    exports: "named",
    minify: true,
    sourcemap: false,
  });
  await build.close();
  await copyFile(join(connector, "assets/icon.png"), join(outDir, "icon.png"));
  return (await readFile(join(outDir, "index.js"))).length;
}
