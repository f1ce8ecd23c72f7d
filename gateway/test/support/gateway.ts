// A gateway for tests: the whole of app.ts on a database of its own and a free port of the loopback, with accounts whose
// secrets the test knows. Call stop() when done.

import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startGateway } from "../../src/app.ts";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { createSealer, type Sealer } from "../../src/core/credentials/seal.ts";
import { newAuthToken } from "../../src/core/credentials/secrets.ts";
import { type AccountSid, type MessagingServiceSid, newUuid, sidOf } from "../../src/core/ids.ts";
import { completeAccount, makeAccount } from "../../src/services/bootstrap/make-account.ts";
import type { Database } from "../../src/store/database.ts";
import { insertMessagingService } from "../../src/store/messaging-services.ts";
import { listSenders } from "../../src/store/senders.ts";
import { setSenderService } from "../../src/store/service-pools.ts";
import { testDatabase } from "./database.ts";
import { startDatabaseProxy } from "./database-proxy.ts";

export interface TestAccount {
  readonly accountSid: AccountSid;
  readonly authToken: string;
  /** Its two numbers; the second is in the pool of the messaging service. */
  readonly numbers: readonly [string, string];
  /** `SK…` and its secret. */
  readonly apiKey: { readonly sid: string; readonly secret: string };
  /** An access key that may only read. */
  readonly viewerKey: string;
  readonly serviceSid: MessagingServiceSid;
}

export interface TestGateway extends TestAccount {
  /** Origin, without a slash at the end. */
  readonly url: string;
  /** The test's own way to the database; stays when the gateway's is cut. */
  readonly db: Database;
  readonly sealer: Sealer;
  /** One more account of the same form. */
  addAccount(parentSid?: AccountSid): Promise<TestAccount>;
  /** A second gateway process' worth of it on the same database; stop it before this one. */
  startSibling(): Promise<{ readonly url: string; stop(): Promise<void> }>;
  /** Takes the database away from the gateway; the returned function gives it back. */
  cutDatabase(): Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

export interface TestGatewayOptions {
  /** Does it send? Default false: a message keeps the status that the test gave it. */
  readonly dispatch?: boolean;
  /** How long the sandbox takes to deliver. Default 0. */
  readonly deliveryMs?: number;
  /** Other variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In place of the real time. */
  readonly clock?: Clock;
}

interface MovableClock extends Clock {
  /** It is later by so much, at once. */
  move(ms: number): void;
}

/** The real time, which a test can move forward. */
export function movableClock(): MovableClock {
  let movedMs = 0;
  return {
    nowMs: () => systemClock.nowMs() + movedMs,
    move(ms) {
      movedMs += ms;
    },
  };
}

export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const database = await testDatabase();
  const proxy = await startDatabaseProxy(database.url);
  const masterKey = randomBytes(32);
  const dataDir = await mkdtemp(join(tmpdir(), "trunkline-test-"));
  const { db } = database;
  const sealer = createSealer({ keys: [masterKey] });
  const account = await addAccount(db, sealer);
  const environment = {
    TRUNKLINE_PORT: "0",
    TRUNKLINE_DATA_DIR: dataDir,
    TRUNKLINE_MASTER_KEY: masterKey.toString("hex"),
    TRUNKLINE_ROLES: options.dispatch === true ? "all" : "api",
    TRUNKLINE_SANDBOX_DELIVERY_MS: String(options.deliveryMs ?? 0),
    TRUNKLINE_LOG_LEVEL: process.env["TRUNKLINE_TEST_LOG"] ?? "silent",
    DATABASE_URL: proxy.url,
    ...options.environment,
  };
  const gateway = await startGateway(environment, undefined, options.clock);
  return {
    ...account,
    url: gateway.url,
    db,
    sealer,
    addAccount: (parentSid) => addAccount(db, sealer, parentSid),
    startSibling: () => startGateway(environment, undefined, options.clock),
    cutDatabase: () => proxy.cut(),
    async stop() {
      await gateway.stop();
      await proxy.close();
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function addAccount(db: Database, sealer: Sealer, parentSid?: AccountSid): Promise<TestAccount> {
  const numbers = ["+12025550100", "+12025550101"] as const;
  const apiKey = { sid: sidOf("SK", newUuid()), secret: newAuthToken() };
  const viewerKey = newAuthToken();
  const account = completeAccount({
    phoneNumbers: [...numbers],
    apiKeys: [apiKey],
    accessKeys: [{ key: viewerKey, name: "viewer", role: "viewer" }],
    clients: [],
    friendlyName: "Test",
  });
  const serviceSid = sidOf<MessagingServiceSid>("MG", newUuid());
  await db.transaction(async (tx) => {
    await makeAccount({ tx, sealer }, account);
    if (parentSid !== undefined) {
      const values = [account.sid.slice(2), parentSid.slice(2)];
      await tx.query("update accounts set parent_id = $2::uuid where id = $1::uuid", values);
    }
    await insertMessagingService(tx, { accountSid: account.sid, sid: serviceSid, friendlyName: "Pool" });
    const pooled = (await listSenders(tx, account.sid)).find((sender) => sender.address === numbers[1]);
    if (pooled !== undefined) await setSenderService(tx, account.sid, pooled.id, serviceSid);
  });
  return { accountSid: account.sid, authToken: account.authToken, numbers, apiKey, viewerKey, serviceSid };
}
