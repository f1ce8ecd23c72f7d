// The crash test as a command: kills gateways under load, round after round, and proves that nothing accepted was lost
// and nothing was sent twice. Exit code 1 on any violation.

import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { openDatabase } from "../../src/store/connect.ts";
import { startEmbeddedPostgres } from "../../src/store/embedded/server.ts";
import { crashEmbedded } from "./embedded.ts";
import { seededRandom } from "./random.ts";
import { type CrashOptions, type CrashResult, presentResult, presentRound, roundHeader } from "./round.ts";
import { crashShared } from "./shared.ts";

const help = `Usage: npm run crash -- [options]

  --shared            three gateways on one PostgreSQL, instead of one with its embedded database
  --rounds <n>        kills in a row (default 20)
  --connections <n>   clients that post at the same time (default 16)
  --pause <ms>        pause of each client between two messages (default 5)
  --seed <n>          repeats a run's choices (default: random, and printed)
`;

const { values } = parseArgs({
  options: {
    shared: { type: "boolean", default: false },
    rounds: { type: "string", default: "20" },
    connections: { type: "string", default: "16" },
    pause: { type: "string", default: "5" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    help: { type: "boolean", default: false },
  },
});

if (values.help) {
  console.log(help);
} else {
  process.exitCode = await run();
}

async function run(): Promise<number> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "trunkline-crash-")));
  const what = values.shared ? "three gateways on one PostgreSQL" : "one gateway with its embedded database";
  console.log(`${what}, ${values.connections} clients, seed ${values.seed}\n${roundHeader}`);
  let rounds = 0;
  const options: CrashOptions & { readonly root: string } = {
    rounds: Number(values.rounds),
    connections: Number(values.connections),
    pauseMs: Number(values.pause),
    random: seededRandom(Number(values.seed)),
    root,
    onRound(round) {
      rounds += 1;
      console.log(presentRound(rounds, round));
    },
  };
  const result = values.shared ? await withServer(options) : await crashEmbedded(options);
  console.log(`\n${presentResult(result)}`);
  const failed = result.violations.length > 0;
  // What is left after a failure can be looked at.
  if (failed) console.log(`The data directory is kept: ${root}`);
  else await rm(root, { recursive: true, force: true });
  return failed ? 1 : 0;
}

/** The database server that the gateways share; this process keeps it, so that no gateway's end is its end. */
async function withServer(options: CrashOptions & { readonly root: string }): Promise<CrashResult> {
  const log = pino({ level: "silent" });
  const settings = { max_connections: "150" };
  const server = await startEmbeddedPostgres({ dataDir: join(options.root, "server"), log, settings });
  const { host, user, database } = server.connection;
  const databaseUrl = `postgresql://${user}@localhost/${database}?host=${encodeURIComponent(host)}`;
  const db = openDatabase({ connection: server.connection, poolSize: 2, log });
  try {
    return await crashShared({ ...options, databaseUrl, db });
  } finally {
    await db.close();
    await server.stop();
  }
}
