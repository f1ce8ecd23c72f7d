// Several gateways on one PostgreSQL (one for the API, one that dispatches, one that does all): one of them is killed in
// every round, or frozen for longer than its leases, while the load goes on through the others.

import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../../src/store/database.ts";
import { freePort, type GatewayProcess, spawnGateway, untilReady } from "../support/gateway-process.ts";
import { repeatedCallbacks, startCallbackLog } from "./callback-log.ts";
import { repeatRequests, startLoad } from "./load.ts";
import { type CrashOptions, type CrashResult, countsSince, crashEnvironment, slowDownHandOvers } from "./round.ts";
import { untilDrained, verify } from "./verify.ts";

const roles = ["all", "dispatch", "api"] as const;
type Roles = (typeof roles)[number];

export interface SharedFault {
  readonly victim: Roles;
  readonly kind: "killed" | "frozen";
}

/** A frozen process takes no requests, so only one that serves none is frozen. */
const usualFaults: readonly SharedFault[] = [
  { victim: "dispatch", kind: "killed" },
  { victim: "all", kind: "killed" },
  { victim: "api", kind: "killed" },
  { victim: "all", kind: "killed" },
  { victim: "dispatch", kind: "frozen" },
];

export interface SharedCrashOptions extends CrashOptions {
  /** An empty directory. */
  readonly root: string;
  /** An empty database. */
  readonly databaseUrl: string;
  /** The test's own way to it. */
  readonly db: Database;
  readonly faults?: readonly SharedFault[];
}

/** Longer than a lease of dispatch (30 s): the others have taken over by then. */
const frozenMs = 33_000;
/** A lease of the callback sender is 75 s. */
const drainWithinMs = 180_000;
const repeated = 200;

interface Member {
  readonly role: Roles;
  readonly start: () => Promise<GatewayProcess>;
  process: GatewayProcess;
}

export async function crashShared(options: SharedCrashOptions): Promise<CrashResult> {
  const { db, random, faults = usualFaults } = options;
  const callbacks = await startCallbackLog();
  const startedAt = performance.now();
  const members = await startMembers(options);
  const firstStartMs = performance.now() - startedAt;
  const urls = members.filter(({ role }) => role !== "dispatch").map((member) => member.process.url);
  await slowDownHandOvers(urls[0] ?? "");
  const loadOptions = { ...options, urls, statusCallback: callbacks.url };
  const load = startLoad(loadOptions);
  const counts = countsSince(load.ledger);
  try {
    for (let index = 0; index < options.rounds; index++) {
      const fault = faults[index % faults.length];
      const member = members.find(({ role }) => role === fault?.victim);
      if (fault === undefined || member === undefined) throw new Error("there is no such gateway");
      const afterMs = 200 + random() * 1800;
      await delay(afterMs);
      const times = fault.kind === "killed" ? await kill(member) : await freeze(member);
      options.onRound({ fault: `${fault.victim} ${fault.kind}`, afterMs, goneMs: null, ...times, ...counts() });
    }
    await load.stop();
    const drainMs = await untilDrained(db, drainWithinMs);
    await repeatRequests(loadOptions, load.ledger, repeated);
    const [url = ""] = urls;
    const findings = await verify({ url, db, ledger: load.ledger, callbacks });
    const result = { ...findings, firstStartMs, drainMs, ledger: load.ledger };
    return { ...result, repeatedCallbacks: repeatedCallbacks(callbacks) };
  } finally {
    await load.stop();
    for (const { process } of members) process.signal("SIGTERM");
    await Promise.all(members.map(({ process }) => process.exited));
    await callbacks.close();
  }

  async function kill(member: Member) {
    const at = performance.now();
    member.process.signal("SIGKILL");
    await member.process.exited;
    await load.nextCreated();
    const createdMs = performance.now() - at;
    await delay(random() * 500);
    const startedAt = performance.now();
    member.process = await member.start();
    await untilReady(member.process);
    return { createdMs, startMs: performance.now() - startedAt };
  }

  async function freeze(member: Member) {
    const at = performance.now();
    member.process.signal("SIGSTOP");
    await load.nextCreated();
    const createdMs = performance.now() - at;
    await delay(frozenMs);
    member.process.signal("SIGCONT");
    return { createdMs, startMs: null };
  }
}

/** All at once, on the empty database: they migrate and make the account between them. */
async function startMembers({ root, databaseUrl }: SharedCrashOptions): Promise<Member[]> {
  const masterKey = randomBytes(32).toString("hex");
  return Promise.all(
    roles.map(async (role): Promise<Member> => {
      const port = await freePort();
      const env = {
        ...crashEnvironment,
        DATABASE_URL: databaseUrl,
        TRUNKLINE_MASTER_KEY: masterKey,
        TRUNKLINE_ROLES: role,
      };
      const home = join(root, role);
      await mkdir(home, { recursive: true });
      const start = () => spawnGateway({ port, root: home, env });
      const process = await start();
      await untilReady(process);
      return { role, start, process };
    }),
  );
}
