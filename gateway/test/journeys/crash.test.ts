// The short form of the crash test (test/crash, `npm run crash`): three kills in a row under load, of the gateway, of its
// database, and of both, and then the verdict.

import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { crashEmbedded } from "../crash/embedded.ts";
import { seededRandom } from "../crash/random.ts";
import type { Round } from "../crash/round.ts";

it("after kill -9 under load nothing accepted is lost, nothing is sent twice, and the next start goes on", {
  timeout: 300_000,
}, async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), "trunkline-crash-")));
  const seed = Date.now() % 2 ** 31;
  const rounds: Round[] = [];
  const result = await crashEmbedded({
    root,
    rounds: 3,
    faults: ["gateway", "database", "gateway and database"],
    connections: 8,
    pauseMs: 4,
    random: seededRandom(seed),
    onRound: (round) => rounds.push(round),
  });
  expect(result.violations, `seed ${seed}`).toEqual([]);
  expect(rounds).toHaveLength(3);
  for (const round of rounds) expect(round.created).toBeGreaterThan(0);
  await rm(root, { recursive: true, force: true });
});
