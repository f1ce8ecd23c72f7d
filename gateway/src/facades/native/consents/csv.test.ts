// Consents as files: what one gateway gives out another takes in as it was, whatever a person's spreadsheet made of it.

import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../../test/support/gateway.ts";
import { basic } from "../../../../test/support/native-client.ts";
import { uuidOf } from "../../../core/ids.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.stop());

const header = "contact,sender,status,source,consented_at";
const at = "2026-01-31T09:00:00.000Z";
const row = (contact: string, status = "opt-out", date = at, sender = "+12025550100") =>
  `${contact},${sender},${status},website,${date}`;

type Body = string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

interface Answer {
  readonly status: number;
  readonly body: ReturnType<typeof JSON.parse>;
}

async function load(
  file: Body,
  { account = gateway, query = "", type = "text/csv" }: { account?: TestAccount; query?: string; type?: string } = {},
): Promise<Answer> {
  const response = await fetch(`${gateway.url}/trunkline/v1/consents/import${query}`, {
    method: "POST",
    headers: { authorization: basic(account.accountSid, account.authToken), "content-type": type },
    body: file,
    ...(file instanceof ReadableStream ? { duplex: "half" } : {}),
  } as RequestInit);
  return { status: response.status, body: await response.json() };
}

async function download(account: TestAccount, query = ""): Promise<string> {
  const response = await fetch(`${gateway.url}/trunkline/v1/consents.csv${query}`, {
    headers: { authorization: basic(account.accountSid, account.authToken) },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8");
  return await response.text();
}

const countOf = async (table: string, account: TestAccount): Promise<number> => {
  const [found] = await gateway.db.query<{ count: number }>(`select count(*) from ${table} where account_id = $1`, [
    uuidOf(account.accountSid),
  ]);
  return found?.count ?? 0;
};

/** How many imports the audit log knows to have changed something. */
const importsOf = async ({ accountSid }: TestAccount): Promise<number> => {
  const rows = await gateway.db.query("select from audit where account_id = $1 and action = 'consents.imported'", [
    uuidOf(accountSid),
  ]);
  return rows.length;
};

describe("an export", () => {
  it("imported elsewhere is exported there as the very same file, odd senders included", async () => {
    const [from, to] = [await gateway.addAccount(), await gateway.addAccount()];
    const senders = ["+12025550100", "22395", "-SALE", "+1 Deal", "A&B", from.serviceSid];
    const lines = senders.flatMap((sender) => [
      row("+447700900123", "opt-out", at, sender.replace(/^(-SALE|\+1 Deal)$/, "'$1")),
      row("+12025550123", "opt-in", "2026-02-01T00:00:00.123Z", sender.replace(/^(-SALE|\+1 Deal)$/, "'$1")),
    ]);
    expect((await load([header, ...lines].join("\n"), { account: from })).body).toMatchObject({
      changed: 12,
      rejected: 0,
    });
    const file = await download(from);
    expect(file.split("\r\n").slice(1, -1).toSorted()).toEqual(lines.toSorted());
    expect((await load(file, { account: to })).body).toMatchObject({ rows: 12, changed: 12, errors: [] });
    expect(await download(to)).toBe(file);
  });

  it("has no cell that a spreadsheet would run as a formula", async () => {
    const account = await gateway.addAccount();
    const evil = ["-1+1", "+A1 B", "-CMD"];
    const lines = evil.map((sender) => row("+12025550123", "opt-out", at, sender));
    expect((await load([header, ...lines].join("\n"), { account })).body).toMatchObject({ changed: 2, rejected: 1 });
    const cells = (parse(await download(account)) as string[][]).flat();
    for (const cell of cells) expect(cell).toMatch(/^(?:\+\d{7,15}$|[^=+\-@\t\r])/);
  });

  it("is filtered as the list is, and goes on over many pages", async () => {
    const account = await gateway.addAccount();
    const lines = Array.from({ length: 4500 }, (_, n) =>
      row(`+1202${5550000 + n}`, n % 3 === 0 ? "opt-out" : "opt-in"),
    );
    await load([header, ...lines].join("\n"), { account });
    const linesOf = async (query = "") => (await download(account, query)).split("\r\n").slice(1, -1);
    expect(await linesOf()).toEqual(lines);
    expect(await linesOf("?status=opt-out")).toEqual(lines.filter((line) => line.includes("opt-out")));
  });
});

describe("an import", () => {
  it("repeated changes nothing, and an older word replaces no newer one", async () => {
    const account = await gateway.addAccount();
    const file = [header, row("+12025550123"), row("+12025550124", "opt-in")].join("\n");
    expect((await load(file, { account })).body).toMatchObject({ rows: 2, changed: 2, unchanged: 0 });
    const before = await download(account);
    expect((await load(file, { account })).body).toMatchObject({ rows: 2, changed: 0, unchanged: 2 });
    const older = [header, row("+12025550123", "opt-in", "2025-12-31T00:00:00Z")].join("\n");
    expect((await load(older, { account })).body).toMatchObject({ changed: 0, unchanged: 1 });
    expect(await download(account)).toBe(before);
    expect(await countOf("consent_history", account)).toBe(2);
    expect(await importsOf(account)).toBe(1);
  });

  it("keeps the newest of a contact's words, in whatever order they come, and all of them in the history", async () => {
    const account = await gateway.addAccount();
    const words = [
      row("+12025550123", "opt-in", "2026-03-01T00:00:00Z"),
      row("+12025550123", "opt-out", "2026-02-01T00:00:00Z"),
      row("+12025550123", "opt-in", "2026-01-01T00:00:00Z"),
    ];
    expect((await load([header, ...words].join("\n"), { account })).body).toMatchObject({ rows: 3, changed: 3 });
    expect(await download(account)).toContain("+12025550123,+12025550100,opt-in,website,2026-03-01");
    expect(await countOf("consent_history", account)).toBe(3);
  });

  it("counts each row towards its own sender alone, and does not lift a STOP to a toll-free number", async () => {
    const account = await gateway.addAccount();
    const tollFree = "+18005550100";
    const stop = `+12025550123,${tollFree},opt-out,opt-out-message,2026-01-01T00:00:00Z`;
    const lines = [stop, row("+12025550124", "opt-out", "2026-01-01T00:00:00Z", account.serviceSid)];
    await load([header, ...lines].join("\n"), { account });
    const later = [
      row("+12025550123", "opt-in", "2026-02-01T00:00:00Z", tollFree),
      row("+12025550124", "opt-in", "2026-02-01T00:00:00Z", account.numbers[1]),
    ];
    expect((await load([header, ...later].join("\n"), { account })).body).toMatchObject({ changed: 1, unchanged: 1 });
    const file = await download(account, "?status=opt-out");
    expect(file).toContain(`+12025550123,${tollFree},opt-out`);
    expect(file).toContain(`+12025550124,${account.serviceSid},opt-out`);
  });

  it("as a dry run says what it would change, and changes nothing", async () => {
    const account = await gateway.addAccount();
    await load([header, row("+12025550123")].join("\n"), { account });
    const file = [header, row("+12025550123"), row("+12025550124"), row("nobody")].join("\n");
    const { body } = await load(file, { account, query: "?dryRun=true" });
    expect(body).toMatchObject({ dryRun: true, rows: 3, changed: 1, unchanged: 1, rejected: 1 });
    expect(await countOf("consents", account)).toBe(1);
    expect(await countOf("consent_history", account)).toBe(1);
    expect(await importsOf(account)).toBe(1);
  });

  it("reads a BOM, CRLF, semicolons, quotes, line breaks in cells, blank lines, columns in any order and case", async () => {
    const account = await gateway.addAccount();
    const file = [
      "\ufeffStatus;Note;Consented_At;CONTACT;Sender",
      `opt-out;"two\r\nlines; and ""quotes""";${at};"+1 (202) 555-0123"; +12025550100 `,
      "",
      `OPT-IN;;${at};+447700900123;22395`,
      "",
    ].join("\r\n");
    const { status, body } = await load(file, { account });
    expect(body, JSON.stringify(body)).toMatchObject({ rows: 2, changed: 2, errors: [], ignoredColumns: ["note"] });
    expect(status).toBe(200);
    expect(await download(account)).toContain("+12025550123,+12025550100,opt-out,others,");
  });

  it("tells of each wrong row with its line and column, stores the others, and lists a hundred at the most", async () => {
    const account = await gateway.addAccount();
    const lines = [
      row("12"),
      row("+12025550123", "stop"),
      row("+12025550123", "opt-out", "2999-01-01T00:00:00Z"),
      row("+12025550123", "opt-out", ""),
      row("+12025550123", "opt-out", at, "whatsapp:+12025550100"),
      "+12025550123",
      row("+12025550199"),
      '=1+1,"\0",maybe,rumour,now',
    ];
    const { body } = await load([header, ...lines].join("\n"), { account });
    expect(body).toMatchObject({ rows: 8, changed: 1, rejected: 7 });
    const places = body.errors.map((error: { line: number; field: string }) => `${error.line} ${error.field}`);
    expect(places).toEqual([
      ...["2 contact", "3 status", "4 consented_at", "5 consented_at", "6 sender"],
      ...["7 sender", "7 status", "7 consented_at"],
      ...["9 contact", "9 sender", "9 status", "9 source", "9 consented_at"],
    ]);
    const many = Array.from({ length: 300 }, () => row("x"));
    const { body: full } = await load([header, ...many].join("\n"), { account });
    expect(full).toMatchObject({ rejected: 300 });
    expect(full.errors).toHaveLength(100);
  });

  it("takes one date for all rows without one, if it is told", async () => {
    const account = await gateway.addAccount();
    const file = "contact,sender,status\n+12025550123,+12025550100,opt-out\n";
    expect((await load(file, { account })).body).toMatchObject({ rejected: 1 });
    const query = "?consentedAt=2026-01-01T00%3A00%3A00Z";
    expect((await load(file, { account, query })).body).toMatchObject({ changed: 1 });
    expect(await download(account)).toContain("2026-01-01T00:00:00.000Z");
  });

  it.each<[string, Body, string, number]>([
    ["no file", "", "text/csv", 400],
    ["a header alone", header, "text/csv", 400],
    ["no header", row("+12025550123"), "text/csv", 400],
    ["a column twice", `${header},contact\n`, "text/csv", 400],
    ["a quote that is never closed", `${header}\n"${"x".repeat(20_000)}`, "text/csv", 400],
    ["bytes that are no text", new Uint8Array(5000).fill(255), "text/csv", 400],
    ["JSON", "{}", "application/json", 415],
    ["a form", "a=b", "application/x-www-form-urlencoded", 415],
  ])("refuses %s with a reason", async (_, file, type, status) => {
    const account = await gateway.addAccount();
    const answer = await load(file, { account, type });
    expect(answer.status, JSON.stringify(answer.body)).toBe(status);
    expect(answer.body.error.message.length).toBeGreaterThan(10);
    expect(await countOf("consents", account)).toBe(0);
  });

  it("takes files far beyond the limit of other bodies, and refuses one beyond its own before and while it comes", async () => {
    const account = await gateway.addAccount();
    const note = "x".repeat(8000);
    const wide = Array.from({ length: 400 }, (_, n) => `${row(`+1202${5550000 + n}`)},${note}`);
    expect((await load([`${header},note`, ...wide].join("\n"), { account })).body).toMatchObject({ changed: 400 });
    const megabyte = new TextEncoder().encode("x,".repeat(512 * 1024));
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1;
        if (sent > 70) controller.close();
        else controller.enqueue(megabyte);
      },
    });
    expect((await load(endless, { account })).status).toBe(413);
    expect((await load(new Uint8Array(65 * 1024 * 1024), { account })).status).toBe(413);
  });

  it("is refused to viewers and for other accounts", async () => {
    const file = [header, row("+12025550123")].join("\n");
    const stranger = await gateway.addAccount();
    expect((await load(file, { query: `?account=${stranger.accountSid}` })).status).toBe(404);
    const response = await fetch(`${gateway.url}/trunkline/v1/consents/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.viewerKey}`, "content-type": "text/csv" },
      body: file,
    });
    expect(response.status).toBe(403);
    expect(await countOf("consents", stranger)).toBe(0);
  });

  it("that breaks off says how far it came, and what it is called in the history", async () => {
    const account = await gateway.addAccount();
    const good = Array.from({ length: 6000 }, (_, n) => row(`+1202${5550000 + n}`));
    const broken = [header, ...good, `"${"x".repeat(20_000)}`].join("\n");
    const { status, body } = await load(broken, { account });
    expect([status, body.error.code]).toEqual([400, "invalid-parameter"]);
    const { importId, rows, ...counts } = body.error.progress;
    expect(rows).toBeGreaterThan(0);
    expect(counts).toEqual({ changed: rows, unchanged: 0, rejected: 0 });
    const named = await gateway.db.query("select from consent_history where account_id = $1 and reference = $2", [
      uuidOf(account.accountSid),
      importId,
    ]);
    expect(named).toHaveLength(rows);
    const again = await load([header, ...good].join("\n"), { account });
    expect(again.body).toMatchObject({ changed: 6000 - rows, unchanged: rows });
  });

  /** A file of two lines, the second of which comes when it is let go. */
  function slowFile() {
    let release = (): void => undefined;
    const waiting = new Promise<void>((resolve) => {
      release = resolve;
    });
    const encoder = new TextEncoder();
    const file = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(encoder.encode(`${header}\n`));
        await waiting;
        controller.enqueue(encoder.encode(`${row("+12025550123")}\n`));
        controller.close();
      },
    });
    return { file, release };
  }

  it("two at once of one account: one is told to come later", async () => {
    const account = await gateway.addAccount();
    const slow = slowFile();
    const first = load(slow.file, { account });
    const file = [header, row("+12025550124")].join("\n");
    await expect.poll(async () => (await load(file, { account, query: "?dryRun=true" })).status).toBe(429);
    slow.release();
    expect((await first).body).toMatchObject({ changed: 1 });
  });

  it("goes on while other accounts' files come slowly", async () => {
    const file = [header, row("+12025550124")].join("\n");
    const slow = await Promise.all(
      Array.from({ length: 4 }, async () => ({ account: await gateway.addAccount(), ...slowFile() })),
    );
    const under = slow.map(({ file: body, account }) => load(body, { account }));
    for (const { account } of slow) {
      await expect.poll(async () => (await load(file, { account, query: "?dryRun=true" })).status).toBe(429);
    }
    expect((await load(file, { account: await gateway.addAccount() })).body).toMatchObject({ changed: 1 });
    for (const [index, { release }] of slow.entries()) {
      release();
      expect((await under[index])?.body).toMatchObject({ changed: 1 });
    }
  });
});
