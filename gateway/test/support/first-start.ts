// A gateway as `npm start` leaves it on a new machine: its own first account, and the link that the terminal shows. Call
// stop() when done.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, startGateway } from "../../src/app.ts";
import { testDatabase } from "./database.ts";

export async function startFirstGateway(env: NodeJS.ProcessEnv = {}): Promise<Gateway> {
  const database = await testDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), "trunkline-first-"));
  const gateway = await startGateway({
    TRUNKLINE_PORT: "0",
    TRUNKLINE_DATA_DIR: dataDir,
    TRUNKLINE_LOG_LEVEL: process.env["TRUNKLINE_TEST_LOG"] ?? "silent",
    TRUNKLINE_SANDBOX_DELIVERY_MS: "0",
    DATABASE_URL: database.url,
    ...env,
  });
  return {
    ...gateway,
    async stop() {
      await gateway.stop();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
