import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { insertAged, makeMonths } from "../../../test/support/aged-messages.ts";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { claimedMessage } from "../../../test/support/protection.ts";
import { createSealer } from "../../core/credentials/seal.ts";
import { type AccountSid, newUuid, uuidOf } from "../../core/ids.ts";
import type { PolicyRules } from "../../core/notification-policies/policy.ts";
import type { Database } from "../../store/database.ts";
import { insertPolicy } from "../../store/notification-policies.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import { completeAccount, makeAccount } from "../bootstrap/make-account.ts";
import type { Verdict } from "../protection.ts";
import { limitByPolicy } from "./limit-by-policy.ts";

const sealer = createSealer({ keys: [Buffer.alloc(32, 1)] });
const noon = Date.parse("2026-11-20T12:00:00Z");
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

async function account(rules: Partial<PolicyRules> | null): Promise<AccountSid> {
  const made = completeAccount({ phoneNumbers: [], apiKeys: [], accessKeys: [], clients: [] });
  await database.db.transaction(async (tx) => {
    await makeAccount({ tx, sealer }, made);
    if (rules === null) return;
    const complete = { quotas: [], countryLimit: { type: "NONE" }, ...rules } as const;
    await insertPolicy(tx, made.sid, { id: newUuid(), name: randomUUID(), isDefault: true, rules: complete });
  });
  return made.sid;
}

/** One process. */
function limits(nowMs = noon) {
  const statements: string[] = [];
  const noting: Database = {
    ...database.db,
    query(statement, values) {
      statements.push(typeof statement === "string" ? statement : statement.name);
      return database.db.query(statement, values);
    },
  };
  const inner = {
    judge: async (all: readonly ClaimedMessage[]): Promise<Verdict[]> => all.map(() => ({ kind: "pass" })),
  };
  const deps = {
    queueDb: noting,
    clock: { nowMs: () => nowMs },
    log: pino({ level: "silent" }),
    onDecision: () => undefined,
  };
  return { ...limitByPolicy(inner, { ...deps, db: noting }), statements };
}

const codes = (verdicts: readonly Verdict[]) =>
  verdicts.map((verdict) => (verdict.kind === "deny" ? verdict.errorCode : verdict.kind));
const to = (accountSid: AccountSid, number: string, acceptedMs = noon) =>
  claimedMessage(accountSid, { to: number, acceptedMs });

describe("a policy in force", () => {
  it("denies by country, also numbers that share a calling code, and says why", async () => {
    const accountSid = await account({ countryLimit: { type: "ALLOWED", countries: ["US", "DE"] } });
    const messages = ["+12025550142", "+4915123456789", "+14165550142", "+12465550142"].map((n) => to(accountSid, n));
    expect(codes(await limits().judge(messages))).toEqual(["pass", "pass", 21408, 21408]);
    const decisions = await database.db.query(
      "select rule, action, explanation from protection_decisions where account_id = $1",
      [uuidOf(accountSid)],
    );
    expect(decisions).toHaveLength(2);
    expect(decisions[0]).toMatchObject({ rule: "policy-country", action: "denied" });
  });

  it("counts the quotas of a recipient and of the account by the day, once for each message that goes", async () => {
    const quotas = [
      { type: "USER", deliveryMethods: ["SMS", "Voice"], total: 2 },
      { type: "ENVIRONMENT", deliveryMethods: ["SMS", "Voice"], total: 3 },
    ] as const;
    const accountSid = await account({ quotas });
    const first = Array.from({ length: 3 }, () => to(accountSid, "+12025550142"));
    const process = limits();
    expect(codes(await process.judge(first))).toEqual(["pass", "pass", 63038]);
    // Claimed again, in another process too, they are what they were.
    expect(codes(await limits().judge(first))).toEqual(["pass", "pass", 63038]);
    const others = ["+12025550143", "+12025550144"].map((number) => to(accountSid, number));
    expect(codes(await process.judge(others))).toEqual(["pass", 63038]);
    const tomorrow = noon + 86_400_000;
    expect(codes(await limits(tomorrow).judge([to(accountSid, "+12025550142", tomorrow)]))).toEqual(["pass"]);
  });

  it("counts claimed and unclaimed messages apart, by the feedback that came", async () => {
    const quotas = [{ type: "USER", deliveryMethods: ["SMS"], claimed: 1, unclaimed: 2 }] as const;
    const accountSid = await account({ quotas });
    const number = "+12025550142";
    expect(codes(await limits().judge([to(accountSid, number)]))).toEqual(["pass"]);
    // Another one, that day, to the same number, which was used.
    await makeMonths(database.db, noon, noon);
    await insertAged(database.db, accountSid, { atMs: noon });
    expect(codes(await limits().judge([to(accountSid, number)]))).toEqual([63038]);
    const other = "+12025550146";
    const three = Array.from({ length: 3 }, () => to(accountSid, other));
    expect(codes(await limits().judge(three))).toEqual(["pass", "pass", 63038]);
  });

  it("keeps recipients apart in the cool-down, by when messages were asked for", async () => {
    const sms = {
      ...{ enabled: true, resendLimit: 1 },
      periods: Array.from({ length: 3 }, () => ({ duration: 30, timeUnit: "SECONDS" as const })),
    };
    const off = { enabled: false };
    const accountSid = await account({ cooldownConfiguration: { email: off, sms, voice: off, whatsApp: off } });
    const at = (seconds: number, number = "+12025550147") => to(accountSid, number, noon + seconds * 1000);
    // A backlog that is dispatched at once, out of order.
    const verdicts = await limits().judge([at(29), at(0), at(31), at(70), at(1, "+12025550148")]);
    expect(codes(verdicts)).toEqual([60203, "pass", "pass", 60203, "pass"]);
  });

  it("leaves replies and tests of providers alone", async () => {
    const accountSid = await account({ countryLimit: { type: "DENIED", countries: ["US"] } });
    const reply = claimedMessage(accountSid, { direction: "outbound-reply", to: "+12025550142" });
    const test = claimedMessage(accountSid, { options: { onlyProvider: newUuid() }, to: "+12025550142" });
    expect(codes(await limits().judge([reply, test]))).toEqual(["pass", "pass"]);
  });

  it("costs accounts without one nothing but a look now and then", async () => {
    const accountSid = await account(null);
    const process = limits();
    for (let n = 0; n < 20; n += 1) await process.judge([to(accountSid, "+12025550142")]);
    expect(new Set(process.statements)).toEqual(new Set(["default_notification_policies"]));
    expect(process.statements.length).toBeLessThan(20);
  });

  it("counts rightly when several processes judge at once", async () => {
    const quotas = [{ type: "ENVIRONMENT", deliveryMethods: ["SMS"], total: 20 }] as const;
    const accountSid = await account({ quotas });
    const batches = Array.from({ length: 8 }, (_, batch) =>
      Array.from({ length: 5 }, (_, n) => to(accountSid, `+1202555${batch}${String(n).padStart(3, "0")}`)),
    );
    const verdicts = await Promise.all(batches.map((batch) => limits().judge(batch)));
    expect(verdicts.flat().filter(({ kind }) => kind === "pass")).toHaveLength(20);
  });
});
