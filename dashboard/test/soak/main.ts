// The soak of the live tail, run by hand: a gateway of its own, a steady load, the tail open in a real browser, and readers
// that do not read. For the whole time the page must stay fluent and both must keep within their memory; pausing and a lost
// connection in between must do no harm; in the end the page shows what the gateway has. Exits with 1 when something grew.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { launchBrowser } from "../../../gateway/test/support/browser.ts";
import { startDatabaseProxy } from "../../../gateway/test/support/database-proxy.ts";
import {
  freePort,
  processAccount,
  processAuthorization,
  spawnGateway,
  untilReady,
} from "../../../gateway/test/support/gateway-process.ts";
import { buildDashboard, isDashboardBuilt } from "../../../scripts/dashboard-build.mjs";
import { openPage } from "../support/open-page.ts";
import { judge, type SoakSample } from "./judge.ts";
import { startLoad } from "./load.ts";
import { watchPage } from "./page-watch.ts";
import { startStalledReaders } from "./stalled-readers.ts";
import { rowsInSight, tailIn } from "./tail-page.ts";

const seconds = Number(process.env["SOAK_SECONDS"] ?? 300);
const messagesPerSecond = Number(process.env["SOAK_RATE"] ?? 1_000);
const readers = Number(process.env["SOAK_STALLED_READERS"] ?? 5);
const sampleEveryMs = 10_000;
const cutMs = 5_000;

async function soak(root: string): Promise<string[]> {
  const project = join(import.meta.dirname, "../../..");
  if (!isDashboardBuilt(project)) await buildDashboard(project);
  const gateway = await spawnGateway({ port: await freePort(), root, env: { TRUNKLINE_LOG_LEVEL: "warn" } });
  const browser = await launchBrowser();
  try {
    await untilReady(gateway, 60_000);
    // The browser's way to the gateway, which can be cut; the load has its own.
    const way = await startDatabaseProxy(gateway.url);
    const account = { accountSid: processAccount.sid, authToken: processAccount.authToken };
    const opened = await openPage(browser, { url: new URL(way.url).origin, path: "/messages?live=true", account });
    const tail = tailIn(opened.page);
    await tail.untilLive();
    const watch = await watchPage(opened.page);
    const load = startLoad({ url: gateway.url, authorization: processAuthorization, messagesPerSecond });
    const stalled = startStalledReaders(gateway.url, processAuthorization, readers);
    const samples: SoakSample[] = [];
    const count = Math.max(6, Math.round((seconds * 1000) / sampleEveryMs));
    let before = 0;
    for (let index = 0; index < count; index++) {
      if (index === Math.floor(count * 0.3)) await tail.pause();
      if (index === Math.floor(count * 0.5)) await tail.resume();
      if (index === Math.floor(count * 0.6)) {
        const restore = await way.cut();
        await tail.untilLost();
        await delay(cutMs);
        await restore();
        await tail.untilLive();
      }
      await delay(sampleEveryMs);
      const accepted = load.accepted();
      samples.push({
        second: ((index + 1) * sampleEveryMs) / 1000,
        accepted: accepted - before,
        ...(await watch.sample()),
        rssMb: await residentMb(gateway.pid),
        left: await tail.gap(),
      });
      before = accepted;
      process.stdout.write(`${JSON.stringify(samples.at(-1))}\n`);
    }
    await load.stop();
    process.stdout.write(
      `accepted ${load.accepted()}, refused ${load.refused()}, dropped ${stalled.dropped()} readers\n`,
    );
    stalled.stop();
    const problems = judge(samples);
    if (!(await tail.settles(gateway.url, processAuthorization))) {
      const shown = (await rowsInSight(opened.page)).slice(0, 5);
      problems.push(`the page does not show what the gateway has: ${JSON.stringify(shown)}`);
    }
    const complaints = opened.complaints.filter(
      (complaint) => !/ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE/.test(complaint),
    );
    await opened.page.context().close();
    await way.close();
    return [...problems, ...complaints];
  } finally {
    await browser.close();
    gateway.signal("SIGTERM");
    await gateway.exited;
  }
}

/** Of Linux; elsewhere 0. */
async function residentMb(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

const root = await mkdtemp(join(tmpdir(), "trunkline-soak-"));
try {
  const problems = await soak(root);
  for (const problem of problems) process.stdout.write(`PROBLEM: ${problem}\n`);
  process.stdout.write(problems.length === 0 ? "The tail held.\n" : "The tail did not hold.\n");
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await rm(root, { recursive: true, force: true });
}
