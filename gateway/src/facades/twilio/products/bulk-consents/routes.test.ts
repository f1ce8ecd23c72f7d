import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../../test/support/gateway.ts";
import { basic, type Call, callsOf } from "../../../../../test/support/twilio-call.ts";
import { type AccountSid, uuidOf } from "../../../../core/ids.ts";
import { setAccountStatus } from "../../../../store/accounts.ts";
import { listConsents } from "../../../../store/consent-lists.ts";
import { recordConsent } from "../../../../store/consents.ts";

let gateway: TestGateway;
let call: Call;

beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  call = callsOf(gateway.url, gateway);
});
afterAll(() => gateway.stop());

let made = 0;
function next(): string {
  made += 1;
  return String(made);
}
const correlationId = () => next().padStart(32, "c");
const newContact = () => `+1202556${next().padStart(4, "0")}`;

type Item = Readonly<Record<string, unknown>>;
const good = (): Item => ({
  contact_id: "+19999999999",
  correlation_id: correlationId(),
  sender_id: "+12025550100",
  status: "opt-out",
  source: "website",
});

function post(items: readonly unknown[], by: Call = call) {
  const Items = items.map((item) => (typeof item === "string" ? item : JSON.stringify(item)));
  return by("/v1/Consents/Bulk", { form: { Items } });
}

interface Result {
  readonly correlation_id: string | null;
  readonly error_code: number;
  readonly error_messages: readonly string[];
}

async function results(items: readonly unknown[], by?: Call): Promise<Result[]> {
  const { status, text, json } = await post(items, by);
  expect(status, text).toBe(201);
  return json?.["items"] as Result[];
}

const codesOf = async (items: readonly unknown[]) => (await results(items)).map((result) => result.error_code);

async function say(status: "opt-in" | "opt-out", parts: Item): Promise<void> {
  expect(await codesOf([{ ...good(), status, ...parts }])).toEqual([0]);
}

async function optOuts(contact: string, accountSid: AccountSid = gateway.accountSid): Promise<string[]> {
  const filter = { contact, status: "opt-out" } as const;
  const found = await listConsents(gateway.db, accountSid, filter, { after: null, limit: 100 });
  return found.map(({ sender }) => sender).sort();
}

async function send(form: Readonly<Record<string, string>>) {
  const { status, json } = await call("/Messages.json", { form: { Body: "x", ...form } });
  return { status, code: json?.["code"], path: `/Messages/${String(json?.["sid"])}.json` };
}

/** The message as it ends. */
async function outcome(form: Readonly<Record<string, string>>) {
  const { path } = await send(form);
  for (;;) {
    const { json } = await call(path);
    if (["delivered", "failed", "undelivered"].includes(String(json?.["status"]))) {
      return [json?.["status"], json?.["error_code"]];
    }
  }
}

describe("an item of bulk consents", () => {
  it("fails as in Twilio's example, and takes no other with it", async () => {
    const items = [
      '{"contact_id":"+19999999999","correlation_id":"ad388b5a46b33b874b0d41f7226db2ef","sender_id":"MG00000000000000000000000000000001","date_of_consent":"2025-02-28T10:05:27Z","status":"opt-out","source":"website"}',
      '{"contact_id":"+19","correlation_id":"02520cfa6c432f0e3ec3a38c122d428d","sender_id":"123456","date_of_consent":"2025-03-25","status":"opt-in","source":"opt-in-message"}',
    ];
    expect((await post(items)).json).toEqual({
      items: [
        { correlation_id: "ad388b5a46b33b874b0d41f7226db2ef", error_code: 0, error_messages: [] },
        {
          correlation_id: "02520cfa6c432f0e3ec3a38c122d428d",
          error_code: 30646,
          error_messages: ["INVALID_CONTACT_ID", "INVALID_DATE_OF_CONSENT"],
        },
      ],
    });
    expect(await optOuts("+19999999999")).toContain("MG00000000000000000000000000000001");
  });

  it("tells of every check that it fails, in the order of the fields", async () => {
    expect(await results([{}, good()])).toEqual([
      {
        correlation_id: null,
        error_code: 30646,
        error_messages: [
          "INVALID_CONTACT_ID",
          "INVALID_CORRELATION_ID",
          "INVALID_SENDER_ID",
          "INVALID_STATUS",
          "INVALID_SOURCE",
        ],
      },
      { correlation_id: expect.any(String), error_code: 0, error_messages: [] },
    ]);
  });

  const future = () => new Date(Date.now() + 60_000).toISOString();
  it.each([
    ["INVALID_CONTACT_ID", { contact_id: "12025550123" }],
    ["INVALID_CONTACT_ID", { contact_id: "+1 202 555 0123" }],
    ["INVALID_CONTACT_ID", { contact_id: 12_025_550_123 }],
    ["INVALID_CONTACT_ID", { contact_id: "whatsapp:+12025550123" }],
    ["INVALID_CORRELATION_ID", { correlation_id: "a".repeat(31) }],
    ["INVALID_CORRELATION_ID", { correlation_id: "a".repeat(33) }],
    ["INVALID_CORRELATION_ID", { correlation_id: "-".repeat(32) }],
    ["INVALID_SENDER_ID", { sender_id: "Acme" }],
    ["INVALID_SENDER_ID", { sender_id: "MG1" }],
    ["INVALID_SENDER_ID", { sender_id: "" }],
    ["INVALID_SENDER_ID", { sender_id: null }],
    ["INVALID_STATUS", { status: "OPT-IN" }],
    ["INVALID_STATUS", { status: "constructor" }],
    ["INVALID_SOURCE", { source: "fax" }],
    ["INVALID_DATE_OF_CONSENT", { date_of_consent: "yesterday" }],
    ["INVALID_DATE_OF_CONSENT", { date_of_consent: "2024-02-30T00:00:00Z" }],
    ["INVALID_DATE_OF_CONSENT", { date_of_consent: "2024-02-03T25:00:00Z" }],
    ["INVALID_DATE_OF_CONSENT", { date_of_consent: 1_700_000_000 }],
    ["INVALID_DATE_OF_CONSENT", { date_of_consent: future() }],
  ])("fails with %s for %o", async (problem, wrong) => {
    expect(await results([{ ...good(), ...wrong }])).toMatchObject([{ error_code: 30646, error_messages: [problem] }]);
  });

  it.each([
    { sender_id: "123456" },
    { sender_id: "22395" },
    { sender_id: `MG${"AB".repeat(16)}` },
    { contact_id: " 4915123456789" },
    { date_of_consent: null },
    { date_of_consent: "2025-02-28T10:05:27.123+02:00" },
    { date_of_consent: "2025-02-28T10:05:27" },
    { more: "than asked" },
  ])("is good with %o", async (parts) => {
    expect(await codesOf([{ ...good(), ...parts }])).toEqual([0]);
  });

  it("may not have the correlation id of an earlier one", async () => {
    const first = good();
    expect(await codesOf([first, good(), { ...good(), correlation_id: first["correlation_id"] }])).toEqual([
      0, 0, 30646,
    ]);
  });
});

describe("a bulk consent request", () => {
  it("may have 25 items and no more; one that is no list of objects fails as a whole and stores nothing", async () => {
    const contact_id = newContact();
    const many = Array.from({ length: 25 }, good);
    expect(await codesOf(many)).toEqual(many.map(() => 0));
    const item = { ...good(), contact_id };
    for (const items of [
      [...many, item],
      [item, "x"],
      [item, "[]"],
      [item, '"{}"'],
      [item, "null"],
      [item, ""],
    ]) {
      const { status, json } = await post(items);
      expect([status, json?.["code"]]).toEqual([400, 20001]);
    }
    expect((await call("/v1/Consents/Bulk", { method: "POST" })).json).toMatchObject({
      code: 20001,
      message: "Missing required parameter Items in the post body",
    });
    expect(await optOuts(contact_id)).toEqual([]);
  });

  it("is one of at most 100 a minute of an account; another account has its own", async () => {
    const busy = await gateway.addAccount();
    const busyCall = callsOf(gateway.url, busy);
    const answers = await Promise.all(Array.from({ length: 101 }, () => post([good()], busyCall)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(100);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.json).toMatchObject({ code: 20429, status: 429 });
    expect(Number(refused?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await post([good()])).status).toBe(201);
  });

  it("changes nothing for a viewer, a suspended account or a stranger, and only the caller's own account", async () => {
    const contact_id = newContact();
    const item = { ...good(), contact_id };
    const child = await gateway.addAccount(gateway.accountSid);
    const suspended = await gateway.addAccount();
    await setAccountStatus(gateway.db, suspended.accountSid, "suspended");
    const by = (authorization: string | null) =>
      call("/v1/Consents/Bulk", { authorization, form: { Items: JSON.stringify(item) } });
    const token = ({ accountSid, authToken }: TestAccount) => basic(accountSid, authToken);
    expect((await by(`Bearer ${gateway.viewerKey}`)).status).toBe(403);
    expect((await by(token(suspended))).json).toMatchObject({ code: 20005 });
    expect((await by(basic(gateway.accountSid, child.authToken))).status).toBe(401);
    expect((await by(null)).status).toBe(401);
    expect(await optOuts(contact_id)).toEqual([]);
    expect((await by(token(child))).status).toBe(201);
    expect(await optOuts(contact_id)).toEqual([]);
    expect(await optOuts(contact_id, child.accountSid)).toEqual(["+12025550100"]);
  });

  it("repeated, or sent several times at once, leaves one word, one entry of its history and one audit row", async () => {
    const contact_id = newContact();
    const items = Array.from({ length: 5 }, () => ({ ...good(), contact_id }));
    await Promise.all([items, items.toReversed(), items].map((each) => results(each)));
    const values = [uuidOf(gateway.accountSid), contact_id];
    const rows = await gateway.db.query("select 1 from consent_history where account_id = $1 and contact = $2", values);
    const audit = await gateway.db.query(
      "select actor, after from audit where account_id = $1 and subject = $2",
      values,
    );
    expect(rows).toHaveLength(1);
    expect(audit).toMatchObject([
      { actor: `auth-token ${gateway.accountSid}`, after: { status: "opt-out", source: "website" } },
    ]);
  });

  it("never fails by deadlock when requests meet that touch the same words in another order", async () => {
    const contact_id = newContact();
    const [, pooled] = gateway.numbers;
    const status = "opt-in";
    const items = [gateway.serviceSid, pooled].map((sender_id) => ({ ...good(), contact_id, sender_id, status }));
    for (let round = 0; round < 5; round += 1) {
      await say("opt-out", { contact_id, sender_id: pooled });
      await say("opt-out", { contact_id, sender_id: gateway.serviceSid });
      const answers = await Promise.all([items, items.toReversed()].map((each) => results(each)));
      expect(answers.flat().map((result) => result.error_code)).toEqual([0, 0, 0, 0]);
    }
    expect(await optOuts(contact_id)).toEqual([]);
  });
});

describe("a consent that was given in bulk", () => {
  it("is obeyed at once by messages from the number: 21610 after an opt-out, delivered after an opt-in", async () => {
    const to = newContact();
    const form = { To: to, From: gateway.numbers[0] };
    await say("opt-out", { contact_id: to, sender_id: gateway.numbers[0] });
    expect(await send(form)).toMatchObject({ status: 400, code: 21610 });
    await say("opt-in", { contact_id: to, sender_id: gateway.numbers[0] });
    expect(await outcome(form)).toEqual(["delivered", null]);
  });

  it("is obeyed by a messaging service as a whole: accepted, then failed with 21610", async () => {
    const to = newContact();
    const [, pooled] = gateway.numbers;
    await say("opt-out", { contact_id: to, sender_id: gateway.serviceSid });
    expect(await outcome({ To: to, MessagingServiceSid: gateway.serviceSid })).toEqual(["failed", 21610]);
    expect(await send({ To: to, From: pooled })).toMatchObject({ status: 400, code: 21610 });
    await say("opt-in", { contact_id: to, sender_id: gateway.serviceSid });
    expect(await outcome({ To: to, MessagingServiceSid: gateway.serviceSid })).toEqual(["delivered", null]);
  });

  it("is obeyed by a messaging service that chooses the number it is about", async () => {
    const to = newContact();
    const [, pooled] = gateway.numbers;
    await say("opt-out", { contact_id: to, sender_id: pooled });
    expect(await outcome({ To: to, MessagingServiceSid: gateway.serviceSid })).toEqual(["failed", 21610]);
    await say("opt-in", { contact_id: to, sender_id: gateway.serviceSid });
    expect(await outcome({ To: to, MessagingServiceSid: gateway.serviceSid })).toEqual(["delivered", null]);
    expect(await send({ To: to, From: pooled })).toMatchObject({ status: 201 });
  });

  it("opens a number again whose contact had said STOP, also when that closed its service", async () => {
    const [alone, pooled] = gateway.numbers;
    for (const [sender_id, stopped] of [
      [alone, alone],
      [pooled, gateway.serviceSid],
    ]) {
      const contact = newContact();
      await stop(contact, stopped ?? "");
      await say("opt-in", { contact_id: contact, sender_id });
      expect(await optOuts(contact)).toEqual([]);
    }
  });

  it("does not open a toll-free number after a STOP; what was only said in bulk, it does", async () => {
    const tollFree = "+18005550100";
    const stopped = newContact();
    await stop(stopped, tollFree);
    await say("opt-out", { contact_id: stopped, sender_id: tollFree });
    await say("opt-in", { contact_id: stopped, sender_id: tollFree });
    expect(await optOuts(stopped)).toEqual([tollFree]);
    const told = newContact();
    await say("opt-out", { contact_id: told, sender_id: tollFree });
    await say("opt-in", { contact_id: told, sender_id: tollFree });
    expect(await optOuts(told)).toEqual([]);
  });

  it("counts by its date: an older word replaces no newer one", async () => {
    const contact_id = newContact();
    await say("opt-out", { contact_id, date_of_consent: "2025-03-01T00:00:00Z" });
    await say("opt-out", { contact_id, date_of_consent: "2025-05-01T00:00:00Z" });
    await say("opt-in", { contact_id, date_of_consent: "2025-04-01T00:00:00Z" });
    expect(await optOuts(contact_id)).toEqual(["+12025550100"]);
    await say("opt-in", { contact_id, date_of_consent: "2025-05-01T00:00:01Z" });
    expect(await optOuts(contact_id)).toEqual([]);
  });

  async function stop(contact: string, sender: string): Promise<void> {
    const consentedAt = new Date(Date.now() - 1000);
    const { accountSid } = gateway;
    const word = { accountSid, sender, contact, status: "opt-out", source: "opt-out-message", consentedAt } as const;
    await recordConsent(gateway.db, word, { via: "keyword", actor: null, reference: null });
  }
});
