// The types of the native API as the dashboard sees them, from the same description that /openapi.json gives: a dashboard that
// asks for something that is not there does not compile. No gateway runs for it: routes are described, not called.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { systemClock } from "../gateway/src/core/clock.ts";
import { createListener } from "../gateway/src/facades/listener.ts";
import type { ApiDocument } from "../gateway/src/facades/native/docs/document.ts";
import { type NativeFacadeDeps, registerNativeFacade } from "../gateway/src/facades/native/index.ts";
import { createLog } from "../gateway/src/observe/log.ts";
import { createMetrics } from "../gateway/src/observe/metrics.ts";
import { projectRoot } from "./check-steps.ts";

const noOthers = { tags: [], paths: {}, schemas: {} };

/** The content of a .d.ts file with the types `paths` and `components`. */
export async function describeDashboardApi(): Promise<string> {
  const metrics = createMetrics();
  const config = { publicUrl: null, trustedProxies: [] };
  const listener = {
    config,
    metrics,
    log: createLog({ level: "silent" }),
    health: { draining: false, databaseUp: true },
    clock: systemClock,
  };
  const app = createListener(listener);
  const deps = { config: { roles: { api: true } }, intake: {}, rotations: {}, others: noOthers, dashboardDir: "" };
  // Registering reads no more than this; what handlers need is not there.
  await registerNativeFacade(app, deps as unknown as NativeFacadeDeps);
  const { body } = await app.inject("/openapi.json");
  await app.close();
  metrics.close();
  return await typesOf(JSON.stringify(withoutErrors(JSON.parse(body) as ApiDocument)));
}

/** Every operation's errors have one and the same form, which the dashboard's client knows. */
function withoutErrors(document: ApiDocument): unknown {
  const paths = Object.entries(document.paths ?? {}).map(([path, operations]) => {
    const kept = Object.entries(operations).map(([method, operation]) => {
      const responses = Object.entries(operation.responses ?? {}).filter(([status]) => status.startsWith("2"));
      return [method, { ...operation, responses: Object.fromEntries(responses) }];
    });
    return [path, Object.fromEntries(kept)];
  });
  return { ...document, paths: Object.fromEntries(paths) };
}

/** openapi-typescript as a program of its own: it brings the older TypeScript that it needs. */
async function typesOf(description: string): Promise<string> {
  const entry = createRequire(join(projectRoot, "dashboard", "package.json")).resolve("openapi-typescript");
  const program = join(dirname(entry), "..", "bin", "cli.js");
  const args = [program, "--root-types", "--root-types-no-schema-prefix", "--alphabetize"];
  const child = spawn(process.execPath, args, { cwd: projectRoot, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(description);
  const [types, code] = await Promise.all([
    text(child.stdout),
    new Promise((resolve, reject) => child.on("close", resolve).on("error", reject)),
  ]);
  if (code !== 0) throw new Error(`openapi-typescript ended with ${code}`);
  return types;
}
