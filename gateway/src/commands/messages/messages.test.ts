import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestAccount, type TestGateway } from "../../../test/support/gateway.ts";
import { runCli } from "../cli-harness.ts";

// Each test runs the command line several times, which on a busy machine takes a second a time.
const patient = { timeout: 60_000 };

let gateway: TestGateway;
let other: TestAccount;
let directory: string;
beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  other = await gateway.addAccount();
  directory = await mkdtemp(join(tmpdir(), "trunkline-cli-"));
}, 60_000);
afterAll(async () => {
  await gateway?.stop();
  await rm(directory, { recursive: true, force: true });
});

function cli(args: readonly string[], { accountSid, authToken }: TestAccount = gateway) {
  const env = { TRUNKLINE_URL: gateway.url, TRUNKLINE_ACCOUNT_SID: accountSid, TRUNKLINE_AUTH_TOKEN: authToken };
  return runCli(args, { env });
}

async function post(path: string, form: Readonly<Record<string, string>>): Promise<string> {
  const response = await fetch(`${gateway.url}/2010-04-01/Accounts/${gateway.accountSid}/${path}`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${gateway.accountSid}:${gateway.authToken}`)}` },
    body: new URLSearchParams(form),
  });
  expect(response.status).toBe(201);
  return ((await response.json()) as { readonly sid: string }).sid;
}
const send = (to: string, body = "Hello") => post("Messages.json", { To: to, From: gateway.numbers[0], Body: body });
const schedule = () => {
  const SendAt = new Date(Date.now() + 3_600_000).toISOString();
  const form = { To: "+12025550177", MessagingServiceSid: gateway.serviceSid, Body: "Later" };
  return post("Messages.json", { ...form, SendAt, ScheduleType: "fixed" });
};

describe("trunkline messages", patient, () => {
  it("lists what fits the filters, newest first, and says when there is more", async () => {
    const first = await send("+12025550142", "one");
    const second = await send("+12025550142", "two");
    await cli(["wait", second]);
    const both = await cli(["messages", "--to", "+12025550142", "--from", gateway.numbers[0]]);
    expect(both).toMatchObject({ code: 0, notes: "" });
    const lines = both.out.trimEnd().split("\n");
    expect(lines.map((line) => /SM[0-9a-f]{32}/.exec(line)?.[0])).toEqual([second, first]);
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}delivered {4}SM\w+ {2}\+12025550100 → \+12025550142$/);

    const one = await cli(["messages", "--to", "+12025550142", "--limit", "1", "--json"]);
    expect(JSON.parse(one.out)).toMatchObject({ sid: second, body: "two", status: "delivered" });
    expect(one.notes).toContain("raise --limit");
  });

  it("tells ages and dates, and what no message has", async () => {
    const sid = await send("+12025550143");
    await cli(["wait", sid]);
    for (const [since, found] of [
      ["1h", true],
      ["2020-01-31", true],
      ["2099-01-31T09:30:00Z", false],
    ] as const) {
      const { code, out } = await cli(["messages", "--to", "+12025550143", "--since", since]);
      expect(code).toBe(0);
      expect(out.includes(sid)).toBe(found);
    }
    expect(await cli(["messages", "--to", "+12025550143", "--until", "1h"])).toMatchObject({ code: 0, out: "" });
    expect(await cli(["messages", "--to", "+12025550143", "--status", "failed"])).toMatchObject({ code: 0, out: "" });
  });

  it.each([
    [["--since", "yesterday"], "a time or an age is wanted"],
    [["--limit", "0"], "A whole number from 1"],
  ])("refuses %j with what is right", async (args, message) => {
    expect(await cli(["messages", ...args])).toMatchObject({ code: 1, notes: expect.stringContaining(message) });
  });

  it("takes the access key of a credentials file, and does with it only what it may", async () => {
    const { accountSid, viewerKey: accessKey, url } = gateway;
    await writeFile(join(directory, "credentials.json"), JSON.stringify({ accountSid, accessKey, url }));
    const env = { TRUNKLINE_DATA_DIR: directory };
    const sid = await send("+12025550144");
    const listed = await runCli(["messages", "--to", "+12025550144"], { env });
    expect(listed).toMatchObject({ code: 0, out: expect.stringContaining(sid) });
    const refused = await runCli(["message", "delete", sid], { env });
    expect(refused).toMatchObject({ code: 3, out: "" });
    expect(refused.notes).not.toContain(accessKey);
  });
});

describe("trunkline message", patient, () => {
  it("shows all of a message, and lets none of its text command the terminal", async () => {
    const sid = await send("+12025550145", "line one\nline two \u001b[2J\u0007");
    await cli(["wait", sid]);
    const { code, out } = await cli(["message", sid]);
    expect(code).toBe(0);
    expect(out).toContain(`sid        ${sid}\nstatus     delivered\n`);
    expect(out).toMatch(/text {7}line one\n {11}line two \[2J\n$/);
    const json = await cli(["message", sid, "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ sid, to: "+12025550145", numSegments: "1" });
  });

  it("redacts and deletes, and may be asked again", async () => {
    const sid = await send("+12025550146", "secret words");
    await cli(["wait", sid]);
    for (let time = 0; time < 2; time++) expect(await cli(["message", "redact", sid])).toMatchObject({ code: 0 });
    expect((await cli(["message", sid])).out).not.toContain("secret words");
    expect(await cli(["message", "delete", sid])).toMatchObject({ code: 0, notes: "Deleted.\n" });
    expect(await cli(["message", "delete", sid])).toMatchObject({ code: 0, notes: expect.stringContaining("no such") });
    expect(await cli(["message", sid])).toMatchObject({ code: 2, out: "" });
  });

  it("cancels a scheduled message, and none that has been sent", async () => {
    const sid = await schedule();
    for (let time = 0; time < 2; time++) {
      expect(await cli(["message", "cancel", sid])).toMatchObject({
        code: 0,
        out: expect.stringContaining("canceled"),
      });
    }
    const sent = await send("+12025550147");
    await cli(["wait", sent]);
    expect(await cli(["message", "cancel", sent])).toMatchObject({
      code: 2,
      notes: "The message is delivered: only a scheduled one can be cancelled.\n",
    });
  });

  it("knows nothing of another account's message", async () => {
    const sid = await send("+12025550148", "mine");
    for (const command of [[], ["cancel"], ["redact"]]) {
      expect(await cli(["message", ...command, sid], other)).toMatchObject({ code: 2, out: "" });
    }
    await cli(["message", "delete", sid], other);
    expect((await cli(["message", sid])).out).toContain("mine");
  });

  it("asks for a SID that is one, and ends with 3 where nothing answers or the credentials are wrong", async () => {
    expect(await cli(["message", "SM12"])).toMatchObject({ code: 1, notes: expect.stringContaining("32 hexadecimal") });
    const sid = `SM${"0".repeat(32)}`;
    expect(await cli(["message", sid, "--url", "http://127.0.0.1:9"])).toMatchObject({ code: 3 });
    expect(await cli(["message", sid, "--token", "f".repeat(32)])).toMatchObject({ code: 3 });
  });
});

describe("trunkline wait", patient, () => {
  it("ends with 0 for delivered, 2 for failed and 4 for undecided", async () => {
    const [good, bad, later] = await Promise.all([send("+12025550149"), send("+15005553003"), schedule()]);
    expect(await cli(["wait", good])).toMatchObject({ code: 0, out: expect.stringContaining("delivered") });
    expect(await cli(["wait", bad])).toMatchObject({ code: 2, out: expect.stringContaining("30003") });
    expect(await cli(["wait", later, "--timeout", "1"])).toMatchObject({
      code: 4,
      out: expect.stringContaining("scheduled"),
      notes: expect.stringContaining("Still scheduled"),
    });
    expect(await cli(["wait", good, "--until", "read"])).toMatchObject({ code: 1 });
  });
});

describe("trunkline numbers", patient, () => {
  it("lists the account's own numbers", async () => {
    const { code, out } = await cli(["numbers"]);
    expect(code).toBe(0);
    for (const number of gateway.numbers) expect(out).toMatch(new RegExp(`^\\${number} +PN[0-9a-f]{32} +sms`, "m"));
    const parsed = (await cli(["numbers", "--json"])).out.trimEnd().split("\n");
    expect(parsed.map((line) => (JSON.parse(line) as { phoneNumber: string }).phoneNumber).sort()).toEqual([
      ...gateway.numbers,
    ]);
  });
});

describe("trunkline consent", patient, () => {
  it("ends with 2 for who has opted out, and with 0 for everybody else", async () => {
    const contact = "+12025550150";
    expect(await cli(["consent", contact])).toMatchObject({ code: 0, out: `${contact}  unknown\n` });
    const inbound = await fetch(`${gateway.url}/trunkline/v1/sandbox/inbound`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa(`${gateway.accountSid}:${gateway.authToken}`)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({ from: contact, to: gateway.numbers[0], body: "STOP" }),
    });
    expect(inbound.ok).toBe(true);
    const out = await cli(["consent", contact, "--from", gateway.numbers[0]]);
    expect(out).toMatchObject({
      code: 2,
      out: expect.stringMatching(/opted-out {2}towards \+12025550100 {2}\(stored/),
    });
    expect(JSON.parse((await cli(["consent", contact, "--json"])).out)).toMatchObject({ status: "opted-out" });
    expect(await cli(["consent", "12"])).toMatchObject({ code: 1 });
  });
});
