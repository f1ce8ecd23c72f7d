// A process that owns an embedded database as the gateway does: for tests that kill it. Arguments: the data directory.
// Writes one JSON line (pid, connection, or error) to standard output, then lives until it is told to stop.

import { once } from "node:events";
import { pino } from "pino";
import { lockDataDirectory } from "../../src/store/data-directory.ts";
import { startEmbeddedPostgres } from "../../src/store/embedded/server.ts";

const dataDir = process.argv[2] ?? "";
const log = pino({ level: process.env["TRUNKLINE_TEST_LOG"] ?? "silent" }, pino.destination(2));

try {
  const lock = await lockDataDirectory(dataDir);
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  const told = Promise.race([once(process, "SIGTERM"), once(process.stdin.resume(), "end")]);
  process.stdout.write(`${JSON.stringify({ pid: process.pid, connection: postgres.connection })}\n`);
  await told;
  await postgres.stop();
  await lock.release();
  process.exit(0);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ pid: process.pid, error: String(error) })}\n`);
  process.exitCode = 1;
}
