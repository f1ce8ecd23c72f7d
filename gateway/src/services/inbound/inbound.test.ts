import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertMessageAccount, type MessageAccount } from "../../../test/support/message-account.ts";
import type { InboundMessage } from "../../carriers/carrier.ts";
import { systemClock } from "../../core/clock.ts";
import { uuidOf } from "../../core/ids.ts";
import { defaultReplies } from "../../core/keywords/keywords.ts";
import { isOptedOut } from "../../store/consents.ts";
import { createInbound, type Inbound } from "./inbound.ts";

const number = "+12025550100";
const handset = "+12025550123";
const words = defaultReplies.default;

let database: TestDatabase;
let account: MessageAccount;
let inbound: Inbound;
let wakes: number;

beforeEach(async () => {
  database = await testDatabase();
  account = await insertMessageAccount(database.db);
  wakes = 0;
  inbound = createInbound({
    db: database.db,
    clock: systemClock,
    onStored: () => undefined,
    wakeCallbacks: () => wakes++,
    publicUrl: "https://sms.example.com/",
  });
});

afterEach(() => database.close());

const from = (body: string, to = number, rest: Partial<InboundMessage> = {}): InboundMessage => ({
  accountSid: account.accountSid,
  from: handset,
  to,
  body,
  mediaUrls: [],
  providerId: null,
  ...rest,
});

const bodiesSent = async (): Promise<string[]> => {
  const rows = await database.db.query<{ body: string }>(
    `select body from messages where account_id = $1 and direction = 'outbound-reply' order by id`,
    [uuidOf(account.accountSid)],
  );
  return rows.map((row) => row.body);
};

const callbacks = (): Promise<Record<string, unknown>[]> =>
  database.db.query(`select url, method, fallback_url, kind, fields from callbacks where account_id = $1 order by id`, [
    uuidOf(account.accountSid),
  ]);

const optedOut = (...senders: string[]) => isOptedOut(database.db, account.accountSid, senders, handset);

describe("an inbound message", () => {
  it("is stored with its media and event, and told to the number's URL with every field", async () => {
    await account.addSender({ address: number, smsUrl: "https://app.example.com/sms" });
    const mediaUrls = [{ url: "https://carrier.example/1.png", contentType: "image/png" }];
    const [message] = await inbound.receive([from("Größe\0 \ud800", number, { mediaUrls })]);
    expect(message).toMatchObject({ direction: "inbound", status: "received", numMedia: 1, body: "Größe \ufffd" });
    expect(message?.sid).toMatch(/^MM/);
    const id = uuidOf(message?.sid ?? "");
    const [stored] = await database.db.query(
      `select m.status, m.sent_at = m.created_at as received, e.type, media.url, media.id as media_id
       from messages m join events e on e.message_id = m.id join media on media.message_id = m.id where m.id = $1`,
      [id],
    );
    expect(stored).toMatchObject({
      status: "received",
      received: true,
      type: "message.received",
      url: mediaUrls[0]?.url,
    });
    const [callback] = await callbacks();
    expect(callback).toMatchObject({ kind: "inbound", url: "https://app.example.com/sms", method: "POST" });
    const sid = message?.sid;
    expect(callback?.["fields"]).toEqual([
      ["MessageSid", sid],
      ["SmsSid", sid],
      ["SmsMessageSid", sid],
      ["AccountSid", account.accountSid],
      ["From", handset],
      ["To", number],
      ["Body", "Größe \ufffd"],
      ["NumMedia", "1"],
      ["NumSegments", "1"],
      ["SmsStatus", "received"],
      ["ApiVersion", "2010-04-01"],
      [
        "MediaUrl0",
        `https://sms.example.com/2010-04-01/Accounts/${account.accountSid}/Messages/${sid}/Media/ME${String(stored?.["media_id"]).replaceAll("-", "")}`,
      ],
      ["MediaContentType0", "image/png"],
      ["FromCity", ""],
      ["FromState", ""],
      ["FromZip", ""],
      ["FromCountry", "US"],
      ["ToCity", ""],
      ["ToState", ""],
      ["ToZip", ""],
      ["ToCountry", "US"],
    ]);
    expect(wakes).toBe(1);
  });

  it("to a number in a service goes to the service's URL, unless that leaves it to the number or has none", async () => {
    const smsUrl = "https://number.example.com/";
    const cases = [
      [{ inboundRequestUrl: "https://service.example.com/" }, ["https://service.example.com/"]],
      [{ inboundRequestUrl: "https://service.example.com/", settings: { useInboundWebhookOnNumber: true } }, [smsUrl]],
      [{}, []],
    ] as const;
    for (const [index, [service, urls]] of cases.entries()) {
      const address = `+1202555011${index}`;
      const messagingServiceSid = await account.addService(service);
      await account.addSender({ address, smsUrl, messagingServiceSid });
      const before = (await callbacks()).length;
      const [message] = await inbound.receive([from("hi", address)]);
      expect(message?.messagingServiceSid).toBe(messagingServiceSid);
      expect((await callbacks()).slice(before).map((callback) => callback["url"])).toEqual(urls);
    }
  });

  it("to an address that is not the account's is refused, and with it the rest of its batch", async () => {
    await account.addSender({ address: number });
    const batch = inbound.receive([from("fine"), from("lost", "+12025550199")]);
    await expect(batch).rejects.toMatchObject({ code: "not-found", values: { to: "+12025550199" } });
    expect(await database.db.query("select 1 from messages")).toEqual([]);
  });
});

describe("STOP, START and HELP", () => {
  it("opt out and in again with one reply each, and reach the application too", async () => {
    await account.addSender({ address: number, smsUrl: "https://app.example.com/sms" });
    await inbound.receive([from(" stop\n")]);
    expect(await optedOut(number)).toBe(true);
    await inbound.receive([from("Unsubscribe")]);
    await inbound.receive([from("HELP")]);
    expect(await bodiesSent()).toEqual([words.STOP]);
    await inbound.receive([from("start")]);
    expect(await optedOut(number)).toBe(false);
    await inbound.receive([from("START")]);
    await inbound.receive([from("help")]);
    expect(await bodiesSent()).toEqual([words.STOP, words.START, words.HELP]);
    expect(await callbacks()).toHaveLength(6);
    const history = await database.db.query("select status, source from consent_history order by id");
    expect(history).toEqual([
      { status: "opt-out", source: "opt-out-message" },
      { status: "opt-in", source: "opt-in-message" },
    ]);
  });

  it("act in the order of their batch", async () => {
    await account.addSender({ address: number });
    await inbound.receive([from("STOP"), from("START"), from("STOP")]);
    expect(await optedOut(number)).toBe(true);
    expect(await bodiesSent()).toEqual([words.STOP, words.START, words.STOP]);
  });

  it("START from somebody who never opted out changes nothing and gets no reply", async () => {
    await account.addSender({ address: number });
    await inbound.receive([from("YES"), from("stop it please")]);
    expect(await bodiesSent()).toEqual([]);
    expect(await database.db.query("select 1 from consents")).toEqual([]);
  });

  it("to one number of a service count for the whole service", async () => {
    const service = await account.addService();
    await account.addSender({ address: number, messagingServiceSid: service });
    await inbound.receive([from("STOP")]);
    expect(await optedOut(service)).toBe(true);
    expect(await optedOut(number)).toBe(false);
    expect(await bodiesSent()).toEqual([words.STOP]);
  });

  it("to a toll-free number are the network's: per number, in its words, and YES lifts nothing", async () => {
    const tollFree = "+18005550100";
    const service = await account.addService();
    await account.addSender({ address: tollFree, messagingServiceSid: service });
    await inbound.receive([from("STOP", tollFree), from("YES", tollFree)]);
    expect([await optedOut(tollFree), await optedOut(service)]).toEqual([true, false]);
    expect(await bodiesSent()).toEqual([defaultReplies["toll-free"].STOP]);
  });

  it("mean nothing to a short code that has not asked for them", async () => {
    await account.addSender({ address: "22395", kind: "short_code" });
    await inbound.receive([from("STOP", "22395")]);
    expect(await optedOut("22395")).toBe(false);
  });
});
