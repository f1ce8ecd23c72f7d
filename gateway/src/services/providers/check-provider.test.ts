import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertBareAccount, silentLog } from "../../../test/support/sandbox.ts";
import type { Upstream } from "../../carriers/upstream.ts";
import { systemClock } from "../../core/clock.ts";
import { createSealer } from "../../core/credentials/seal.ts";
import { newUuid } from "../../core/ids.ts";
import { loadProviderHealth } from "../../store/provider-health.ts";
import { findProvider, insertProvider } from "../../store/providers.ts";
import { checkProvider } from "./check-provider.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

describe("checkProvider", () => {
  it("keeps what it found out, also when the senders of the upstream cannot be stored", async () => {
    const { db } = database;
    const sealer = createSealer({ keys: [Buffer.alloc(32, 7)] });
    const accountSid = await insertBareAccount(db);
    const id = newUuid();
    await insertProvider(db, sealer, { accountSid, id, kind: "twilio", name: "upstream" });
    const account = { friendlyName: "Acme", status: "active", type: "Full", warnings: [] };
    const sender = { sid: "PN1", kind: "number", address: "+12025550100", name: "\0", capabilities: ["sms"] } as const;
    const upstream: Upstream = {
      check: async () => ({ kind: "ok", value: account }),
      listSenders: async () => ({ kind: "ok", value: [sender] }),
    };
    const provider = await findProvider(db, sealer, accountSid, id);
    if (provider === null) throw new Error("the provider is gone");
    const stopping = new AbortController().signal;
    const deps = { db, clock: systemClock, log: silentLog, upstreams: { twilio: upstream }, stopping };
    const found = { state: "misconfigured", reason: "what the upstream has to send from cannot be stored" };
    expect(await checkProvider(deps, provider, "request")).toMatchObject(found);
    expect((await loadProviderHealth(db, accountSid, [id])).get(id)).toMatchObject(found);
  });
});
