import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { createSealer } from "../../core/credentials/seal.ts";
import { type AccountSid, type MessageSid, type MessagingServiceSid, newUuid, sidOf } from "../../core/ids.ts";
import { setFallbackChain } from "../../store/accounts.ts";
import type { Queryable } from "../../store/database.ts";
import {
  deleteMessagingService,
  insertMessagingService,
  lockMessagingService,
} from "../../store/messaging-services.ts";
import { insertProvider } from "../../store/providers.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { insertSender, listSenders } from "../../store/senders.ts";
import { setSenderService } from "../../store/service-pools.ts";
import { replaceUpstreamSenders } from "../../store/upstream-senders.ts";
import { completeAccount, makeAccount } from "../bootstrap/make-account.ts";
import type { Protection } from "../protection.ts";
import { createFacts } from "./facts.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

const nothing = { phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] };

/** An account with two numbers of its sandbox, the second in the pool of a service, and two more providers. */
async function addAccount() {
  const account = completeAccount({ ...nothing, phoneNumbers: ["+12025550100", "+12025550101"] });
  const serviceSid = sidOf<MessagingServiceSid>("MG", newUuid());
  const [named, bare] = [newUuid(), newUuid()];
  const accountSid = account.sid;
  await database.db.transaction(async (tx) => {
    await makeAccount({ tx, sealer }, account);
    await insertProvider(tx, sealer, {
      ...{ accountSid, id: named, kind: "sandbox", name: "named", config: { fromNumber: "+12025550109" } },
    });
    await insertProvider(tx, sealer, { accountSid, id: bare, kind: "sandbox", name: "bare" });
    await setFallbackChain(tx, accountSid, [bare]);
    await insertMessagingService(tx, { accountSid, sid: serviceSid, friendlyName: "Pool" });
    const [, pooled] = await listSenders(tx, accountSid);
    if (pooled !== undefined) await setSenderService(tx, accountSid, pooled.id, serviceSid);
  });
  return { accountSid, serviceSid, bare };
}

function messageOf(accountSid: AccountSid, messagingServiceSid: MessagingServiceSid): ClaimedMessage {
  return {
    ...{ accountSid, sid: sidOf<MessageSid>("SM", newUuid()), messagingServiceSid, direction: "outbound-api" },
    ...{ status: "accepted", from: null, to: "+12025550142", senderId: null, body: "x", numSegments: 0, numMedia: 0 },
    ...{ statusCallback: null, options: {}, expired: false, lateMs: 0, claim: 1, attempts: 0, paced: false },
  };
}

function countedFacts() {
  const statements: string[] = [];
  const db: Queryable = {
    query(statement, values) {
      statements.push(typeof statement === "string" ? statement : statement.name);
      return database.db.query(statement, values);
    },
  };
  const geoPermissions = { disabledAmong: async (all: readonly unknown[]) => all.map(() => false) };
  const protection: Protection = { judge: async (all) => all.map(() => ({ kind: "pass" })) };
  return { statements, facts: createFacts({ db, sealer, geoPermissions, protection }) };
}

describe("the facts of a batch", () => {
  it("are each message's own, and cost as many statements for many accounts as for one", async () => {
    const accounts = await Promise.all(Array.from({ length: 5 }, addAccount));
    const one = countedFacts();
    await one.facts.of(accounts.slice(0, 1).map((each) => messageOf(each.accountSid, each.serviceSid)));
    const all = countedFacts();
    const facts = await all.facts.of(accounts.map((each) => messageOf(each.accountSid, each.serviceSid)));
    expect(all.statements.toSorted()).toEqual(one.statements.toSorted());
    for (const [index, { accountSid, serviceSid, bare }] of accounts.entries()) {
      const { account, service } = facts[index] ?? expect.unreachable();
      expect(account.active).toBe(true);
      expect(account.providers.map((provider) => provider.accountSid)).toEqual(Array(3).fill(accountSid));
      expect(account.providers[0]).toMatchObject({ id: bare, name: "bare" });
      expect(new Map(account.providers.map(({ name, defaultFrom }) => [name, defaultFrom]))).toEqual(
        new Map([
          ["bare", null],
          ["named", "+12025550109"],
          ["Sandbox", "+12025550100"],
        ]),
      );
      expect(service?.service).toMatchObject({ accountSid, sid: serviceSid });
      expect(service?.senders.map((sender) => [sender.accountSid, sender.address])).toEqual([
        [accountSid, "+12025550101"],
      ]);
    }
  });

  it("tell the oldest of a provider's own senders as what it sends from", async () => {
    const { accountSid, serviceSid, bare } = await addAccount();
    for (const address of ["+12025550131", "+12025550130"]) {
      await insertSender(database.db, {
        ...{ id: newUuid(), accountSid, kind: "number", address, providerId: bare, friendlyName: address },
      });
    }
    const [facts] = await countedFacts().facts.of([messageOf(accountSid, serviceSid)]);
    expect(facts?.account.providers[0]?.defaultFrom).toBe("+12025550131");
  });

  it("know a deleted service with the pool that it had, and no account that is not there", async () => {
    const { accountSid, serviceSid } = await addAccount();
    await database.db.transaction(async (tx) => {
      const service = await lockMessagingService(tx, accountSid, serviceSid);
      if (service !== null) await deleteMessagingService(tx, service);
    });
    const stranger = sidOf<AccountSid>("AC", newUuid());
    const { facts } = countedFacts();
    const [own, none] = await facts.of([messageOf(accountSid, serviceSid), messageOf(stranger, serviceSid)]);
    expect(own?.service?.senders.map((sender) => sender.address)).toEqual(["+12025550101"]);
    expect(none?.account).toMatchObject({ active: false, providers: [] });
    expect([none?.service, none?.pools]).toEqual([null, null]);
  });

  it("tell whose upstream has what a message names and what a pool holds, without asking for accounts that have none", async () => {
    const { accountSid, serviceSid, bare } = await addAccount();
    const named = { ...messageOf(accountSid, serviceSid), messagingServiceSid: null, from: "+12025550177" };
    const before = countedFacts();
    await before.facts.of([named]);
    expect(before.statements).not.toContain("upstream_owners");
    const upstream = newUuid();
    const rest = { name: "upstream", config: { messagingServiceSid: "MGX", fromNumber: "+12025550178" } };
    await insertProvider(database.db, sealer, { accountSid, id: upstream, kind: "twilio", ...rest });
    const known = [
      ["PN1", "number", "+12025550177", ["sms", "voice"]],
      ["PN2", "number", "+12025550101", ["sms"]],
      ["PN3", "number", "+12025550176", ["voice"]],
    ] as const;
    const synced = known.map(([sid, kind, address, capabilities]) => ({ sid, kind, address, name: sid, capabilities }));
    await replaceUpstreamSenders(database.db, { accountSid, providerId: upstream }, synced, new Date());
    const mute = { ...named, sid: sidOf<MessageSid>("SM", newUuid()), from: "+12025550176" };
    const [facts, none, pooled] = await countedFacts().facts.of([named, mute, messageOf(accountSid, serviceSid)]);
    expect(facts?.upstreamOwners).toEqual(new Set([upstream]));
    expect(none?.upstreamOwners).toEqual(new Set());
    // Outside the chain both own it: the account's row names the sandbox, the upstream has it.
    expect(pooled?.pools?.map(({ providerId }) => providerId)).toContain(upstream);
    expect(pooled?.pools?.map(({ providerId }) => providerId)).not.toContain(bare);
    const provider = facts?.account.providers.find(({ id }) => id === upstream);
    expect(provider).toMatchObject({ named: ["MGX", "+12025550178"], defaultFrom: "MGX", defaultSenderId: null });
  });

  it("tell the first number of an upstream that can carry text as what its provider sends from, if nothing else is said", async () => {
    const { accountSid, serviceSid } = await addAccount();
    const upstream = newUuid();
    await insertProvider(database.db, sealer, { accountSid, id: upstream, kind: "twilio", name: "upstream" });
    const numbers = [
      ["PN1", "+12025550171", ["voice"]],
      ["PN2", "+12025550172", ["sms"]],
    ] as const;
    const synced = numbers.map(([sid, address, capabilities]) => ({
      ...{ sid, kind: "number" as const, address, name: sid, capabilities },
    }));
    await replaceUpstreamSenders(database.db, { accountSid, providerId: upstream }, synced, new Date());
    const [facts] = await countedFacts().facts.of([messageOf(accountSid, serviceSid)]);
    const provider = facts?.account.providers.find(({ id }) => id === upstream);
    expect(provider).toMatchObject({ defaultFrom: "+12025550172", defaultSenderId: null });
  });
});
