import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic, callNative, type NativeAnswer } from "../../../../test/support/native-client.ts";
import { callsOf } from "../../../../test/support/twilio-call.ts";
import { uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

const owner = () => basic(gateway.accountSid, gateway.authToken);
const call = (...request: [method: string, path: string, body?: unknown]): Promise<NativeAnswer> =>
  callNative(gateway.url, owner(), request);

let made = 0;
function newContact(): string {
  made += 1;
  return `+1202556${String(made).padStart(4, "0")}`;
}

async function set(body: Record<string, unknown>): Promise<NativeAnswer["body"]> {
  const answer = await call("PUT", "/consents", { sender: gateway.numbers[0], ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

async function historyOf(contact: string): Promise<Record<string, unknown>[]> {
  const { body } = await call("GET", `/consents/history?contact=${encodeURIComponent(contact)}`);
  return body.history;
}

describe("PUT /consents", () => {
  it("is obeyed by sending at once, and answers what stands", async () => {
    const contact = newContact();
    const twilio = callsOf(gateway.url, gateway);
    const send = () => twilio("/Messages.json", { form: { To: contact, From: gateway.numbers[0], Body: "x" } });
    expect(await set({ contact, status: "opt-out", source: "website" })).toMatchObject({
      changed: true,
      consent: { contact, sender: gateway.numbers[0], status: "opt-out", source: "website" },
    });
    expect((await send()).json).toMatchObject({ code: 21610 });
    expect(await set({ contact, status: "opt-out" })).toMatchObject({ changed: false });
    await set({ contact, status: "opt-in" });
    expect((await send()).status).toBe(201);
  });

  it("counts by its date: an older word replaces no newer one, and says so", async () => {
    const contact = newContact();
    await set({ contact, status: "opt-out", consentedAt: "2026-03-01T00:00:00Z" });
    const late = await set({ contact, status: "opt-in", consentedAt: "2026-02-01T00:00:00+01:00" });
    expect(late).toMatchObject({ changed: false, consent: { status: "opt-out" } });
  });

  it("is for a number, a short code, an id or a service, in whatever form a number is written", async () => {
    const contact = newContact();
    for (const sender of ["+1 (202) 555-0100", "22395", "ACME", gateway.serviceSid.toUpperCase().replace("MG", "MG")]) {
      await set({ contact, sender, status: "opt-out" });
    }
    const { body } = await call("GET", `/consents?contact=${encodeURIComponent(contact)}`);
    const senders = body.consents.map((consent: { sender: string }) => consent.sender);
    expect(senders.toSorted()).toEqual(["+12025550100", "22395", "ACME", gateway.serviceSid].toSorted());
  });

  it.each([
    [{ contact: "+19" }, "contact"],
    [{ contact: "nobody" }, "contact"],
    [{ sender: "whatsapp:+12025550100" }, "sender"],
    [{ sender: "far too long an id" }, "sender"],
    [{ status: "maybe" }, "status"],
    [{ source: "rumour" }, "source"],
    [{ consentedAt: "2999-01-01T00:00:00Z" }, "consentedAt"],
    [{ consentedAt: "yesterday" }, "consentedAt"],
  ])("refuses %j, naming the field", async (wrong, field) => {
    const good = { contact: newContact(), sender: gateway.numbers[0], status: "opt-out" };
    const { status, body } = await call("PUT", "/consents", { ...good, ...wrong });
    expect(status).toBe(400);
    expect(body.error.details.map((detail: { field: string }) => detail.field)).toEqual([field]);
  });

  it("is refused to viewers, and never reaches another account", async () => {
    const contact = newContact();
    const body = { contact, sender: gateway.numbers[0], status: "opt-out" };
    const viewer = await callNative(gateway.url, `Bearer ${gateway.viewerKey}`, ["PUT", "/consents", body]);
    expect(viewer.status).toBe(403);
    const stranger = await gateway.addAccount();
    const path = `/consents?account=${stranger.accountSid}`;
    expect((await call("PUT", path, body)).status).toBe(404);
    expect((await call("GET", path)).status).toBe(404);
    const child = await gateway.addAccount(gateway.accountSid);
    expect((await call("PUT", `/consents?account=${child.accountSid}`, body)).status).toBe(200);
    expect((await call("GET", `/consents?contact=${encodeURIComponent(contact)}`)).body.consents).toEqual([]);
  });
});

describe("the history of consents", () => {
  it("says of each change who told of it and how: API, Consents API, import, or the contact's own message", async () => {
    const contact = newContact();
    const [number] = gateway.numbers;
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();
    await set({ contact, status: "opt-out", consentedAt: at(1) });
    const item = { contact_id: contact, correlation_id: "c".repeat(32), sender_id: number };
    const said = { status: "opt-in", source: "website", date_of_consent: at(2) };
    await callsOf(gateway.url, gateway)("/v1/Consents/Bulk", { form: { Items: JSON.stringify({ ...item, ...said }) } });
    const imported = await fetch(`${gateway.url}/trunkline/v1/consents/import`, {
      method: "POST",
      headers: { authorization: owner(), "content-type": "text/csv" },
      body: `contact,sender,status,consented_at\n${contact},${number},opt-out,${at(3)}\n`,
    });
    const { importId } = (await imported.json()) as { importId: string };
    const start = await call("POST", "/sandbox/inbound", { from: contact, to: number, body: "START" });
    const actor = `auth-token ${gateway.accountSid}`;
    expect(await historyOf(contact)).toMatchObject([
      { status: "opt-in", via: "keyword", actor: null, messageSid: start.body.sid, importId: null },
      { status: "opt-out", via: "import", actor, messageSid: null, importId },
      { status: "opt-in", via: "consents-api", actor, source: "website" },
      { status: "opt-out", via: "native-api", actor, source: "others", consentedAt: at(1) },
    ]);
    const audit = await gateway.db.query<{ action: string }>(
      "select action from audit where account_id = $1 and (subject = $2 or subject = $3) order by id",
      [uuidOf(gateway.accountSid), contact, importId],
    );
    expect(audit.map(({ action }) => action)).toEqual(["consent.recorded", "consent.recorded", "consents.imported"]);
  });

  it("comes in pages, newest first, each entry once", async () => {
    const contact = newContact();
    for (let day = 1; day <= 7; day += 1) {
      const status = day % 2 === 0 ? "opt-in" : "opt-out";
      await set({ contact, status, consentedAt: new Date(Date.UTC(2026, 1, day)).toISOString() });
    }
    const days: string[] = [];
    let next: string | null = null;
    do {
      const query = `contact=${encodeURIComponent(contact)}&limit=3${next === null ? "" : `&before=${next}`}`;
      const { body } = await call("GET", `/consents/history?${query}`);
      days.push(...body.history.map((change: { consentedAt: string }) => change.consentedAt.slice(8, 10)));
      next = body.next;
    } while (next !== null);
    expect(days).toEqual(["07", "06", "05", "04", "03", "02", "01"]);
  });
});

describe("GET /consents", () => {
  it("comes in pages under every filter, each consent once, by sender and contact", async () => {
    const account = await gateway.addAccount();
    const own = (...request: [string, string, unknown?]) =>
      callNative(gateway.url, basic(account.accountSid, account.authToken), request);
    const contacts = Array.from({ length: 5 }, newContact);
    for (const [index, contact] of contacts.entries()) {
      for (const sender of account.numbers) {
        await own("PUT", "/consents", { contact, sender, status: index % 2 === 0 ? "opt-out" : "opt-in" });
      }
    }
    const pages = async (filter: Record<string, string>): Promise<string[]> => {
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const query = new URLSearchParams({ ...filter, limit: "2", ...(after === null ? {} : { after }) });
        const { status, body } = await own("GET", `/consents?${query}`);
        expect(status, JSON.stringify(body)).toBe(200);
        seen.push(...body.consents.map((one: Record<string, string>) => `${one["sender"]} ${one["contact"]}`));
        after = body.next;
      } while (after !== null);
      return seen;
    };
    const all = account.numbers.flatMap((sender) => contacts.map((contact) => `${sender} ${contact}`));
    expect(await pages({})).toEqual(all);
    expect(await pages({ sender: account.numbers[1] })).toEqual(all.slice(5));
    expect(await pages({ contact: contacts[2] ?? "" })).toEqual([all[2], all[7]]);
    expect(await pages({ status: "opt-in" })).toEqual([all[1], all[3], all[6], all[8]]);
    expect(await pages({ status: "opt-out", sender: account.numbers[0] })).toEqual([all[0], all[2], all[4]]);
    expect(await pages({ sender: "nobody at all" })).toEqual([]);
  });

  it.each(["", "x", "AAAA", "AAoA"])("refuses the cursor %j or finds nothing behind it", async (after) => {
    expect([200, 400]).toContain((await call("GET", `/consents?after=${after}`)).status);
  });
});
