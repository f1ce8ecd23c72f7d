// The crash test as a command: kills gateways under load, round after round, and proves that nothing accepted was lost
// and nothing was sent twice. Exit code 1 on any violation.

import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { crashEmbedded } from "./embedded.ts";
import { seededRandom } from "./random.ts";
import { presentResult, presentRound, roundHeader } from "./round.ts";

const help = `Usage: npm run crash -- [options]

  --rounds <n>        kills in a row (default 20)
  --connections <n>   clients that post at the same time (default 16)
  --pause <ms>        pause of each client between two messages (default 5)
  --seed <n>          repeats a run's choices (default: random, and printed)
`;

const { values } = parseArgs({
  options: {
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
  console.log(`seed ${values.seed}; an embedded database, ${values.connections} clients\n${roundHeader}`);
  let rounds = 0;
  const result = await crashEmbedded({
    rounds: Number(values.rounds),
    connections: Number(values.connections),
    pauseMs: Number(values.pause),
    random: seededRandom(Number(values.seed)),
    root,
    onRound(round) {
      rounds += 1;
      console.log(presentRound(rounds, round));
    },
  });
  console.log(`\n${presentResult(result)}`);
  const failed = result.violations.length > 0;
  // What is left after a failure can be looked at.
  if (failed) console.log(`The data directory is kept: ${root}`);
  else await rm(root, { recursive: true, force: true });
  return failed ? 1 : 0;
}
