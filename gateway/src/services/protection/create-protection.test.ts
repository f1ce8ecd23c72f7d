import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import {
  burst,
  claimedMessage,
  countersOf,
  decisionsOf,
  kinds,
  noon,
  passed,
  protectionProcess,
  setProtection,
} from "../../../test/support/protection.ts";
import { insertBareAccount } from "../../../test/support/sandbox.ts";
import { type AccountSid, newUuid, uuidOf } from "../../core/ids.ts";
import { openDatabase } from "../../store/connect.ts";
import type { Database } from "../../store/database.ts";
import { insertSafeListEntry } from "../../store/safe-list.ts";

let database: TestDatabase;
let secondPool: Database;
const silent = pino({ level: "silent" });

beforeAll(async () => {
  database = await testDatabase();
  secondPool = openDatabase({ ...database.connection, poolSize: 4, log: silent });
});
afterAll(async () => {
  await secondPool.close();
  await database.close();
});

let accountSid: AccountSid;
beforeEach(async () => {
  accountSid = await insertBareAccount(database.db);
});

describe("a burst to one prefix", () => {
  it("in deny mode: the first few pass, the others are denied with 30450, and each says why", async () => {
    await setProtection(database.db, accountSid, "deny");
    const one = protectionProcess(database.db);
    const messages = burst(accountSid, 300);
    const verdicts = await one.judge(messages);
    expect(kinds(verdicts.slice(0, 20))).toEqual(Array(20).fill("pass"));
    expect(verdicts.slice(20)).toEqual(Array(280).fill({ kind: "deny", errorCode: 30450 }));
    const decisions = await decisionsOf(database.db, accountSid);
    expect(decisions).toHaveLength(280);
    expect(decisions[20]).toMatchObject({
      ...{ rule: "prefix-burst", action: "denied", mode: "deny", message_id: uuidOf(messages[40]?.sid ?? "") },
      explanation:
        "41 messages to +1 246 555 **** within 10 minutes; this account's usual is none, and up to 20 may pass.",
      numbers: { count: 41, limit: 20, usual: 0, country: "BB", prefix: "+1246555" },
    });
    const [event] = await database.db.query<{ type: string; data: object }>(
      "select type, data from events where account_id = $1 order by id limit 1",
      [uuidOf(accountSid)],
    );
    expect(event).toMatchObject({ type: "protection.denied", data: { rule: "prefix-burst", errorCode: 30450 } });
    expect(one.told).toEqual({ "prefix-burst deny": 280 });
  });

  it("in record mode passes, and is recorded", async () => {
    await setProtection(database.db, accountSid, "record");
    const one = protectionProcess(database.db);
    expect(passed(await one.judge(burst(accountSid, 50)))).toBe(50);
    const decisions = await decisionsOf(database.db, accountSid);
    expect(decisions).toHaveLength(30);
    expect(decisions[0]).toMatchObject({ action: "recorded", mode: "record", error_code: null });
  });

  it("ends with its ten minutes", async () => {
    await setProtection(database.db, accountSid, "deny");
    const one = protectionProcess(database.db);
    expect(passed(await one.judge(burst(accountSid, 30)))).toBe(20);
    expect(passed(await one.judge(burst(accountSid, 5)))).toBe(0);
    one.moveTo(noon + 600_000);
    expect(passed(await one.judge(burst(accountSid, 5)))).toBe(5);
  });

  it("is counted by two processes together, whatever meets whatever", async () => {
    await setProtection(database.db, accountSid, "deny");
    const processes = [protectionProcess(database.db), protectionProcess(secondPool)];
    const all = burst(accountSid, 300);
    const verdicts = await Promise.all(
      Array.from({ length: 30 }, (_, part) => processes[part % 2]?.judge(all.slice(part * 10, part * 10 + 10)) ?? []),
    );
    expect(passed(verdicts.flat())).toBe(20);
    const [account] = await countersOf(database.db, accountSid);
    expect(account).toMatchObject({ scope: "account", in_hour: 300 });
  });

  it("counts a message once, however often and wherever it is judged, and its verdict stays", async () => {
    await setProtection(database.db, accountSid, "deny");
    const [one, other] = [protectionProcess(database.db), protectionProcess(secondPool)];
    const messages = burst(accountSid, 30);
    const [first, same] = await Promise.all([one.judge(messages), other.judge(messages)]);
    expect(same).toEqual(first);
    // Its worker died, and others filled the window meanwhile.
    await one.judge(burst(accountSid, 50));
    const reclaimed = messages.map((message) => ({ ...message, claim: 2, status: "sending" as const }));
    expect(await other.judge(reclaimed)).toEqual(first);
    const [account] = await countersOf(database.db, accountSid);
    expect(account).toMatchObject({ in_hour: 80 });
    expect(await decisionsOf(database.db, accountSid)).toHaveLength(60);
  });

  it("does not concern other accounts and prefixes", async () => {
    const neighbour = await insertBareAccount(database.db);
    for (const sid of [accountSid, neighbour]) await setProtection(database.db, sid, "deny");
    const one = protectionProcess(database.db);
    const batch = [...burst(accountSid, 40), ...burst(neighbour, 20), ...burst(accountSid, 20, "+1246556")];
    const verdicts = await one.judge(batch);
    expect(passed(verdicts.slice(0, 40))).toBe(20);
    expect(passed(verdicts.slice(40))).toBe(40);
    expect(await decisionsOf(database.db, neighbour)).toEqual([]);
  });

  it("leaves the safe list alone, without counting it, and what asked for no check", async () => {
    await setProtection(database.db, accountSid, "deny", { velocity: { prefixFloor: 5 } });
    const listed = { sid: `GN${newUuid().replaceAll("-", "")}`, number: "+12465550xxx" };
    await insertSafeListEntry(database.db, accountSid, listed);
    const one = protectionProcess(database.db);
    expect(passed(await one.judge(burst(accountSid, 50)))).toBe(50);
    const unchecked = burst(accountSid, 50, "+1246556").map((message) => ({
      ...message,
      options: { riskCheck: "disable" as const },
    }));
    expect(passed(await one.judge(unchecked))).toBe(50);
    expect(await countersOf(database.db, accountSid)).toEqual([]);
  });

  it("holds explicit limits per prefix, country and recipient", async () => {
    const limits = { prefixPerMinute: 3, countries: { BB: 8 }, recipientPer10Minutes: 2 };
    await setProtection(database.db, accountSid, "deny", { velocity: { learned: false, limits } });
    const one = protectionProcess(database.db);
    const toOne = Array.from({ length: 3 }, () => claimedMessage(accountSid, { to: "+12465590001" }));
    expect(kinds(await one.judge(toOne))).toEqual(["pass", "pass", "deny"]);
    expect(passed(await one.judge(burst(accountSid, 4)))).toBe(3);
    one.moveTo(noon + 60_000);
    expect(passed(await one.judge(burst(accountSid, 3)))).toBe(1);
    const rules = (await decisionsOf(database.db, accountSid)).map(({ rule }) => rule);
    expect(rules).toEqual(["recipient-per-10-minutes", "prefix-per-minute", "country-per-hour", "country-per-hour"]);
  });
});

describe("who is judged", () => {
  async function addProvider(kind: "twilio" | "sandbox", inChain: boolean) {
    const [providerId, senderId] = [newUuid(), newUuid()];
    await database.db.query("insert into providers (account_id, id, name, kind) values ($1, $2, $3, $4)", [
      ...[uuidOf(accountSid), providerId, kind, kind],
    ]);
    if (inChain) {
      await database.db.query("update accounts set fallback_chain = fallback_chain || $2::uuid where id = $1", [
        ...[uuidOf(accountSid), providerId],
      ]);
    }
    await database.db.query(
      "insert into senders (account_id, id, kind, address, provider_id, friendly_name) values ($1, $2, 'number', $3, $4, '')",
      [uuidOf(accountSid), senderId, kind === "twilio" ? "+12025550101" : "+12025550102", providerId],
    );
    return senderId;
  }

  it("is nobody who has not asked for it and sends to the sandbox alone, nor who switched it off: not a statement more", async () => {
    await addProvider("sandbox", true);
    const off = await insertBareAccount(database.db);
    await setProtection(database.db, off, "off");
    const one = protectionProcess(database.db);
    const startedMs = performance.now();
    for (let round = 0; round < 50; round++) {
      expect(passed(await one.judge([...burst(accountSid, 50), ...burst(off, 50)]))).toBe(100);
    }
    expect(new Set(one.statements)).toEqual(new Set(["protection_policies"]));
    const secondsBegun = Math.ceil((performance.now() - startedMs) / 900);
    expect(one.statements.length).toBeLessThanOrEqual(1 + secondsBegun);
  });

  it("is, without a mode, what goes to real providers: it is recorded", async () => {
    const sandboxSender = await addProvider("sandbox", true);
    const realSender = await addProvider("twilio", false);
    const one = protectionProcess(database.db);
    const from = (senderId: typeof realSender | null) =>
      burst(accountSid, 25).map((message) => ({ ...message, senderId }));
    expect(passed(await one.judge([...from(sandboxSender), ...from(null)]))).toBe(50);
    expect(await decisionsOf(database.db, accountSid)).toEqual([]);
    expect(passed(await one.judge(from(realSender)))).toBe(25);
    expect((await decisionsOf(database.db, accountSid)).map(({ action }) => action)).toEqual(Array(5).fill("recorded"));
  });

  it("changes in every process soon after the settings have", async () => {
    const processes = [protectionProcess(database.db), protectionProcess(secondPool)];
    for (const each of processes) expect(passed(await each.judge(burst(accountSid, 30)))).toBe(30);
    await setProtection(database.db, accountSid, "deny");
    for (const each of processes) {
      await expect.poll(async () => passed(await each.judge(burst(accountSid, 30)))).toBeLessThan(30);
    }
  });

  it("is not who gets an answer, nor the test of a provider, nor what has expired", async () => {
    await setProtection(database.db, accountSid, "deny", { velocity: { limits: { prefixPerMinute: 1 } } });
    const one = protectionProcess(database.db);
    const exempt = [
      claimedMessage(accountSid, { direction: "outbound-reply" }),
      claimedMessage(accountSid, { options: { onlyProvider: newUuid() } }),
      claimedMessage(accountSid, { expired: true }),
    ];
    expect(passed(await one.judge([...exempt, ...exempt]))).toBe(6);
    expect(await countersOf(database.db, accountSid)).toEqual([]);
  });
});

describe("when it cannot decide", () => {
  it("a message passes; but it waits for a database that is away", async () => {
    const own = await testDatabase();
    const one = protectionProcess(own.db);
    const judgeWithoutCounters = async () => {
      const sid = await insertBareAccount(own.db);
      await setProtection(own.db, sid, "deny");
      await own.db.query("alter table protection_counters rename to gone");
      return one.judge(burst(sid, 50));
    };
    expect(passed(await judgeWithoutCounters().finally(own.close))).toBe(50);
    await expect(one.judge(burst(accountSid, 1))).rejects.toMatchObject({ code: "database-unavailable" });
  });
});
