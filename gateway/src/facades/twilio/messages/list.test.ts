import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { storeMessage } from "../../../../test/support/stored-messages.ts";
import { basic, type Call, callsOf } from "../../../../test/support/twilio-call.ts";

interface ListPage {
  readonly messages: readonly { readonly sid: string; readonly date_sent: string | null }[];
  readonly page: number;
  readonly start: number;
  readonly end: number;
  readonly next_page_uri: string | null;
  readonly previous_page_uri: string | null;
}

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

async function page(call: Call, path: string): Promise<ListPage> {
  const { status, json, text } = await call(path);
  expect(status, text).toBe(200);
  return json as unknown as ListPage;
}

const sidsOf = ({ messages }: ListPage) => messages.map((message) => message.sid);

describe("lists that the database is slow with", () => {
  it("leave callers who log in and what else they ask alone, however many there are", async () => {
    const [slow, other] = [await gateway.addAccount(), await gateway.addAccount()];
    let answered = 0;
    let lists: Promise<{ readonly status: number }[]> = Promise.resolve([]);
    await gateway.db.transaction(async (tx) => {
      await tx.query("lock table messages in access exclusive mode");
      const call = callsOf(gateway.url, slow);
      const native = { headers: { authorization: basic(slow.accountSid, slow.authToken) } };
      lists = Promise.all(
        Array.from({ length: 10 }, () => [
          call("/Messages.json?DateSent=2026-01-01"),
          fetch(`${gateway.url}/trunkline/v1/messages`, native),
          fetch(`${gateway.url}/trunkline/v1/messages?status=failed`, native),
        ])
          .flat()
          .map((answer) => Promise.resolve(answer).finally(() => answered++)),
      );
      let waiting = 0;
      while (waiting < 4) {
        const [row] = await gateway.db.query<{ count: number }>(
          "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
        );
        waiting = row?.count ?? 0;
      }
      const { status } = await callsOf(gateway.url, other)("/IncomingPhoneNumbers.json");
      // None of them can have been answered yet.
      expect([status, answered]).toEqual([200, 0]);
    });
    const answers = await lists;
    expect(answers.map((answer) => answer.status)).toEqual(Array(30).fill(200));
  });
});

describe("list", () => {
  let account: TestAccount;
  let call: Call;
  const stored: string[] = [];

  beforeAll(async () => {
    account = await gateway.addAccount();
    call = callsOf(gateway.url, account);
    for (let count = 0; count < 25; count += 1) {
      const to = count % 2 === 0 ? "+15550000001" : "+15550000002";
      stored.unshift(await storeMessage(gateway.db, account.accountSid, { to }));
    }
    await storeMessage(gateway.db, gateway.accountSid);
  });

  it("gives the account's own messages, newest first", async () => {
    expect(sidsOf(await page(call, "/Messages.json"))).toEqual(stored);
  });

  it("gives every message once in pages of any size, forwards and backwards alike", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (size) => {
        const forwards: ListPage[] = [];
        let uri: string | null = `/Messages.json?PageSize=${size}`;
        while (uri !== null) {
          const next: ListPage = await page(call, uri);
          forwards.push(next);
          uri = next.next_page_uri;
        }
        expect(forwards.flatMap(sidsOf)).toEqual(stored);
        for (const [index, each] of forwards.entries()) {
          expect([each.page, each.start]).toEqual([index, index * size]);
          expect(each.end).toBe(each.start + each.messages.length - 1);
        }
        let current: ListPage = forwards.at(-1) ?? expect.unreachable();
        for (const expected of forwards.slice(0, -1).reverse()) {
          current = await page(call, current.previous_page_uri ?? expect.unreachable("no way back"));
          expect([sidsOf(current), current.page, current.start]).toEqual([
            sidsOf(expected),
            expected.page,
            expected.start,
          ]);
        }
        expect(current.previous_page_uri).toBeNull();
      }),
      { numRuns: 6 },
    );
  });

  it("keeps its place while new messages arrive", async () => {
    const other = await gateway.addAccount();
    const calls = callsOf(gateway.url, other);
    const [first, second] = [
      await storeMessage(gateway.db, other.accountSid),
      await storeMessage(gateway.db, other.accountSid),
    ];
    const top = await page(calls, "/Messages.json?PageSize=1");
    const late = await storeMessage(gateway.db, other.accountSid);
    const below = await page(calls, top.next_page_uri ?? "");
    expect([sidsOf(top), sidsOf(below)]).toEqual([[second], [first]]);
    const back = await page(calls, below.previous_page_uri ?? "");
    expect(sidsOf(back)).toEqual([second]);
    expect(sidsOf(await page(calls, back.previous_page_uri ?? ""))).toEqual([late]);
  });

  it("filters by To and From, and echoes the filters into the page URIs", async () => {
    const path = "/Messages.json?From=%2B12025550100&To=%2B15550000001&PageSize=5";
    const filtered = await page(call, path);
    expect(sidsOf(filtered)).toEqual(stored.filter((_sid, index) => index % 2 === 0).slice(0, 5));
    expect(filtered.next_page_uri).toContain("?To=%2B15550000001&From=%2B12025550100&PageSize=5&Page=1&PageToken=PA");
    expect(sidsOf(await page(call, "/Messages.json?To=%2B19999999999"))).toEqual([]);
  });

  it("reads a + in a filter that was not percent-encoded", async () => {
    expect((await page(call, "/Messages.json?To=+15550000001")).messages).toHaveLength(13);
  });

  it.each([
    ["PageSize=0", 400, 20001, "Invalid PageSize."],
    ["PageSize=1001", 400, 20007, "Page size too large"],
    ["PageSize=x", 400, 20001, "Invalid PageSize."],
    ["Page=-1", 400, 20001, "Invalid Page."],
    ["PageToken=nonsense", 400, 21481, "Invalid PageToken"],
    ["DateSent=yesterday", 400, 20001, "Invalid DateSent: give a date, as in 2024-01-31."],
    ["To=%zz", 400, 20001, expect.any(String)],
  ])("refuses ?%s", async (query, status, code, message) => {
    const answer = await call(`/Messages.json?${query}`);
    expect([answer.status, answer.json?.["code"], answer.json?.["message"]]).toEqual([status, code, message]);
  });

  it("is a table in CSV and elements in XML", async () => {
    const csv = await call("/Messages.csv?PageSize=2");
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const lines = csv.text.trimEnd().split("\r\n");
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain(stored[0]);
    const xml = await call("/Messages?PageSize=2");
    expect(xml.text).toContain(
      `<Messages firstpageuri="/2010-04-01/Accounts/${account.accountSid}/Messages?PageSize=2&amp;Page=0"`,
    );
    expect(xml.text.match(/<Message>/g)).toHaveLength(2);
  });
});

describe("list by date", () => {
  let call: Call;
  const sent = new Map<string, string>();
  const today = Math.floor(Date.now() / 86_400_000) * 86_400_000;

  beforeAll(async () => {
    const account = await gateway.addAccount();
    call = callsOf(gateway.url, account);
    // A message's SID holds when it was made: these were made now, and sent within the scheduling horizon of that.
    const at = (days: number, ms = 0) => new Date(today + days * 86_400_000 + ms);
    for (const [name, sentAt] of [
      ["first of tomorrow", at(1)],
      ["last of tomorrow", at(1, 86_399_999)],
      ["in three days", at(3, 12 * 3600_000 + 500)],
      ["never", null],
    ] as const) {
      sent.set(await storeMessage(gateway.db, account.accountSid, { sentAt }), name);
    }
  });

  const day = (days: number) => new Date(today + days * 86_400_000).toISOString().slice(0, 10);
  const names = async (query: string) =>
    sidsOf(await page(call, `/Messages.json?${query}`)).map((sid) => sent.get(sid));

  it("takes a day as all of it, and both bounds as included", async () => {
    expect(await names(`DateSent=${day(1)}`)).toEqual(["last of tomorrow", "first of tomorrow"]);
    expect(await names(`DateSent=${day(1)}T12:00:00Z`)).toEqual(["last of tomorrow", "first of tomorrow"]);
    expect(await names(`DateSent%3E=${day(2)}`)).toEqual(["in three days"]);
    expect(await names(`DateSent%3C=${day(1)}`)).toEqual(["last of tomorrow", "first of tomorrow"]);
    expect(await names(`DateSent>=${day(1)}&DateSent<=${day(3)}`)).toHaveLength(3);
  });

  it("finds a message by the very second that its date_sent shows", async () => {
    expect(await names(`DateSent%3E=${day(3)}T12:00:00Z&DateSent%3C=${day(3)}T12:00:00Z`)).toEqual(["in three days"]);
    expect(await names(`DateSent%3E=${day(3)}T12:00:01Z`)).toEqual([]);
    expect(await names(`DateSent%3C=${day(3)}T11:59:59Z`)).toHaveLength(2);
  });

  it("finds nothing in an empty range", async () => {
    expect(await names(`DateSent%3E=${day(3)}&DateSent%3C=${day(1)}`)).toEqual([]);
  });
});
