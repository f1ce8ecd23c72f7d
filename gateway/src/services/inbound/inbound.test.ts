import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "../../../test/support/database.ts";
import { insertMessageAccount, type MessageAccount } from "../../../test/support/message-account.ts";
import { systemClock } from "../../core/clock.ts";
import { newUuid, type Uuid, uuidOf } from "../../core/ids.ts";
import { defaultReplies } from "../../core/keywords/keywords.ts";
import { keywordLanguages } from "../../core/keywords/languages.ts";
import { isOptedOut } from "../../store/consents.ts";
import type { Queryable } from "../../store/database.ts";
import { writeKeywordSettings } from "../../store/keyword-settings.ts";
import { listSenders } from "../../store/senders.ts";
import { type Arrival, createInbound, type Inbound } from "./inbound.ts";
import { createKeywordBooks } from "./keyword-books.ts";

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

const from = (body: string, to = number, rest: Partial<Arrival> = {}): Arrival => ({
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

describe("configured keywords", () => {
  const path = { messagingServiceSid: null, senderId: null };
  const fieldsSent = async () => {
    const sent = await callbacks();
    return sent.map(({ fields }) => Object.fromEntries(fields as [string, string][])["OptOutType"] ?? null);
  };

  it("opt out with words and replies of one's own, and tell the application of the kind of word", async () => {
    await account.addSender({ address: number, smsUrl: "https://app.example.com/sms" });
    const settings = { languages: ["de"], STOP: { words: ["GENUG"], reply: "Tschüss" }, HELP: { reply: "" } } as const;
    await writeKeywordSettings(database.db, { accountSid: account.accountSid, ...path }, settings);
    await inbound.receive([from("genug")]);
    expect(await optedOut(number)).toBe(true);
    await inbound.receive([from("start"), from("Hilfe"), from("hello")]);
    expect(await bodiesSent()).toEqual(["Tschüss", keywordLanguages.de.replies.START]);
    expect(await fieldsSent()).toEqual(["STOP", "START", "HELP", null]);
  });

  it("of another account, or none, leave the standard words and tell the application nothing", async () => {
    await account.addSender({ address: number, smsUrl: "https://app.example.com/sms" });
    const other = await insertMessageAccount(database.db);
    await writeKeywordSettings(database.db, { accountSid: other.accountSid, ...path }, { STOP: { words: ["GENUG"] } });
    await inbound.receive([from("genug"), from("STOP")]);
    expect(await bodiesSent()).toEqual([words.STOP]);
    expect(await fieldsSent()).toEqual([null, null]);
  });

  it("make a short code listen, in its own words alone if it says so", async () => {
    await account.addSender({ address: "22395", kind: "short_code" });
    const [row] = await database.db.query<{ id: Uuid }>("select id from senders where address = '22395'");
    const owner = { accountSid: account.accountSid, messagingServiceSid: null, senderId: row?.id ?? newUuid() };
    await writeKeywordSettings(database.db, owner, { STOP: { words: ["OUT"], replacesDefaults: true } });
    await inbound.receive([from("STOP", "22395")]);
    expect(await optedOut("22395")).toBe(false);
    await inbound.receive([from("out", "22395")]);
    expect(await optedOut("22395")).toBe(true);
  });

  it("are asked for once a second at the most, not once a message", async () => {
    await account.addSender({ address: number });
    let asked = 0;
    const counting: Queryable = {
      query(statement, values) {
        if (typeof statement !== "string" && statement.name === "keyword_settings_chains") asked += 1;
        return database.db.query(statement, values);
      },
    };
    const books = createKeywordBooks(counting);
    const [sender] = await listSenders(database.db, account.accountSid);
    if (sender === undefined) throw new Error("no sender");
    for (let count = 0; count < 50; count += 1) await books(sender);
    expect(asked).toBeLessThan(10);
  });

  it("from somebody who sends them without end are answered some twenty times, then the answers fail", async () => {
    await account.addSender({ address: number });
    for (let index = 0; index < 22; index++) await inbound.receive([from("HELP")]);
    const statuses = await database.db.query<{ status: string; error_code: number | null; count: number }>(
      `select status, error_code, count(*)::int as count from messages where direction = 'outbound-reply'
       group by status, error_code order by status`,
    );
    expect(statuses).toEqual([
      { status: "failed", error_code: 30039, count: 2 },
      { status: "queued", error_code: null, count: 20 },
    ]);
  });

  it("from a number of the account's own get no answer, which would be answered again", async () => {
    await account.addSender({ address: number });
    await account.addSender({ address: handset });
    await inbound.receive([from("STOP"), from("HELP")]);
    expect(await bodiesSent()).toEqual([]);
    expect(await optedOut(number)).toBe(true);
  });

  it("that the upstream has answered are heeded, and not answered again; it may know more words than we do", async () => {
    await account.addSender({ address: number });
    await account.addSender({ address: "22395", kind: "short_code" });
    await inbound.receive([from("STOP", number, { keywordReplies: "upstream" })]);
    await inbound.receive([from("parar", "22395", { optOutType: "STOP", keywordReplies: "upstream" })]);
    expect([await optedOut(number), await optedOut("22395")]).toEqual([true, true]);
    expect(await bodiesSent()).toEqual([]);
  });
});
