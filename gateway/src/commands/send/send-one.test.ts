import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  runCli,
  type StubAnswer,
  type StubGateway,
  sendError,
  sendJson,
  startStubGateway,
  testAccount,
  testToken,
} from "../cli-harness.ts";

let gateway: StubGateway;
let answer: StubAnswer;
beforeEach(async () => {
  answer = () => false;
  gateway = await startStubGateway((request, response) => answer(request, response));
});
afterEach(() => gateway.close());

const send = (...args: string[]) => runCli(["send", "--to", "+12025550142", ...args], { env: gateway.env });

describe("trunkline send --to", () => {
  it("sends one message with everything it was given and prints its SID", async () => {
    const { code, out } = await send(
      "--from",
      "Acme",
      "--body",
      "Hi & bye +1",
      "--media",
      "https://e.com/1",
      "--validity",
      "60",
      "--smart-encode",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^SM0{31}1 {2}queued +\+12025550142 {2}\(1 segment\)\n$/);
    expect(gateway.requests[0]?.form).toEqual({
      To: "+12025550142",
      From: "Acme",
      Body: "Hi & bye +1",
      MediaUrl: "https://e.com/1",
      ValidityPeriod: "60",
      SmartEncoded: "true",
    });
    expect(gateway.requests[0]?.headers.authorization).toBe(`Basic ${btoa(`${testAccount}:${testToken}`)}`);
    expect(gateway.requests[0]?.headers["idempotency-key"]).toMatch(/^cli-/);
  });

  it("sends nothing with --dry-run, and says in how many segments it would go", async () => {
    const text = "“Hello” 50 €";
    expect(await send("--from", "Acme", "--body", text, "--dry-run")).toMatchObject({
      code: 0,
      out: "nothing is sent  Acme → +12025550142  (1 segment, UCS-2, 12 units)\n",
    });
    const smart = await send("--from", "Acme", "--body", text, "--smart-encode", "--dry-run", "--json");
    expect(JSON.parse(smart.out)).toMatchObject({ body: '"Hello" 50 €', encoding: "GSM-7", units: 13, segments: 1 });
    expect(await send("--from", "no sender at all", "--body", text, "--dry-run")).toMatchObject({ code: 1 });
    const national = await runCli(["send", "--to", "2025550142", "--from", "Acme", "--body", "x", "--dry-run"], {
      env: gateway.env,
    });
    expect(national).toMatchObject({ code: 1, notes: expect.stringContaining("international form") });
    expect(gateway.requests).toEqual([]);
  });

  it("waits for the end, showing each status, and says by its code whether it was good", async () => {
    for (const [end, expected] of [
      ["delivered", 0],
      ["undelivered", 2],
    ] as const) {
      const statuses = ["queued", "sent", "sent", end];
      answer = ({ method }, response) =>
        method === "GET" &&
        sendJson(response, 200, {
          sid: `SM${"1".repeat(32)}`,
          status: statuses.shift(),
          num_segments: "1",
          error_code: end === "delivered" ? null : 30003,
          error_message: null,
        });
      const { code, out } = await send("--from", "Acme", "--body", "x", "--wait");
      expect(code).toBe(expected);
      expect(out.match(/(queued|sent|undelivered|delivered)(?= )/g)).toEqual(["queued", "sent", end]);
    }
  });

  it("ends with 2 when the message is refused, and says why", async () => {
    answer = (_request, response) =>
      sendError(response, 400, 21211, "The 'To' number +1202 is not a valid phone number.");
    expect(await send("--from", "Acme", "--body", "x")).toMatchObject({
      code: 2,
      notes: "Not accepted: The 'To' number +1202 is not a valid phone number. (21211)\n",
    });
  });

  it("ends with 3 when the gateway does not answer or refuses the credentials", async () => {
    answer = (_request, response) => sendError(response, 401, 20003, "Authenticate");
    expect(await send("--from", "Acme", "--body", "x")).toMatchObject({ code: 3 });
    expect(
      await send("--from", "Acme", "--body", "x", "--url", "http://127.0.0.1:9", "--retry-for", "0"),
    ).toMatchObject({ code: 3 });
  });
});

describe("credentials of the command line", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "trunkline-credentials-"));
    await writeFile(
      join(directory, "credentials.json"),
      JSON.stringify({
        accountSid: testAccount,
        authToken: testToken,
        accessKey: null,
        phoneNumbers: ["+12025550100"],
        url: gateway.url,
      }),
    );
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("come from the data directory, with the sender and the URL", async () => {
    const { code } = await runCli(["send", "--to", "+12025550142", "--body", "x"], {
      env: { TRUNKLINE_DATA_DIR: directory },
    });
    expect(code).toBe(0);
    expect(gateway.requests[0]?.form["From"]).toBe("+12025550100");
  });

  it("never pair one account with the token of another", async () => {
    const other = `AC${"f".repeat(32)}`;
    const { code, notes } = await runCli(["send", "--to", "+12025550142", "--body", "x", "--account", other], {
      env: { TRUNKLINE_DATA_DIR: directory },
    });
    expect(code).toBe(1);
    expect(notes).toContain(`the auth token of ${other} is not known`);
    expect(gateway.requests).toHaveLength(0);
  });

  it("are asked for, with the ways to give them, when there are none", async () => {
    const { code, notes } = await runCli(["send", "--to", "+12025550142", "--body", "x"]);
    expect(code).toBe(1);
    expect(notes).toMatch(/No credentials: an account is not known\.\nGive --account and --token/);
  });

  it.each([
    [["--account", "AC12"], "is not an account SID"],
    [["--url", "gateway:8770"], "is not the URL of a gateway"],
    [["--csv", "x.csv"], "--to and --csv exclude each other"],
    [["--retry-for", "soon"], "A number of seconds is wanted"],
    [["--concurrency", "0"], "A whole number from 1 to 512 is wanted"],
    [["--bdoy", "x"], "--body"],
  ])("and options are checked: %j", async (args, message) => {
    const { code, notes } = await send("--body", "x", ...args);
    expect(notes).toContain(message);
    expect(code).toBe(1);
  });
});
