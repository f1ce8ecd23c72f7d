// Twilio's official Python client against the gateway. Skipped, with the reason in the name, where no Python has it.

import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";
import { callsOf } from "../support/twilio-call.ts";

const script = new URL("python/conformance.py", import.meta.url).pathname;
// The distribution's own Python comes first: that is where its package python3-twilio is.
const python = ["/usr/bin/python3", "python3"].find(
  (path) => spawnSync(path, ["-c", "import twilio"], { stdio: "ignore" }).status === 0,
);
const skipped = python === undefined ? " (skipped: no Python here has the module twilio; install python3-twilio)" : "";

/** Runs the script; rejects with what it wrote to stderr when it fails. */
function run(path: string, input: unknown): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const child = spawn(path, [script], { stdio: ["pipe", "pipe", "pipe"] });
    const output: Record<"stdout" | "stderr", string> = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve(JSON.parse(output.stdout) as Record<string, unknown>);
      else reject(new Error(output.stderr));
    });
    child.stdin.end(JSON.stringify(input));
  });
}

/** An account whose tokens the script may rotate, and keys for it to sign requests with. */
async function rotatingAccount(gateway: TestGateway) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    ...(await gateway.addAccount()),
    publicKey: publicKey.export({ type: "spki", format: "pem" }),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
    otherKey: other.privateKey.export({ type: "pkcs8", format: "pem" }),
  };
}

describe.skipIf(python === undefined)(`python twilio${skipped}`, () => {
  let gateway: TestGateway;
  let application: CallbackReceiver;
  let seen: Record<string, unknown>;
  const to = "+15558675310";

  async function sidOfPooledNumber(): Promise<string> {
    const [number] = await gateway.db.query<{ sid: string }>(
      "select 'PN' || replace(id::text, '-', '') as sid from senders where address = $1",
      [gateway.numbers[1]],
    );
    return number?.sid ?? "";
  }

  beforeAll(async () => {
    [gateway, application] = await Promise.all([startTestGateway({ dispatch: true }), startCallbackReceiver()]);
    const call = callsOf(gateway.url, gateway);
    const from = gateway.numbers[0];
    const create = async (form: Record<string, string>) =>
      String((await call("/Messages.json", { form: { To: to, From: from, Body: "x", ...form } })).json?.["sid"]);
    const deliveredSid = await create({ StatusCallback: application.url });
    const { url, params, headers } = await application.next(
      (callback) => callback.params["MessageSid"] === deliveredSid && callback.params["MessageStatus"] === "delivered",
    );
    seen = await run(python ?? "python3", {
      baseUrl: gateway.url,
      accountSid: gateway.accountSid,
      authToken: gateway.authToken,
      serviceSid: gateway.serviceSid,
      pooledSid: await sidOfPooledNumber(),
      to,
      from,
      listTo: "+15550001111",
      deliveredSid,
      mediaSid: await create({ MediaUrl: "https://e.com/1.png" }),
      feedbackSid: await create({ ProvideFeedback: "True" }),
      sendAt: `${new Date(Date.now() + 3600_000).toISOString().slice(0, 19)}Z`,
      rotating: await rotatingAccount(gateway),
      callback: { url, params, signature: headers["x-twilio-signature"] },
    });
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    await application.close();
  });

  it("creates and fetches", () => {
    expect(seen["created"]).toMatchObject({ status: "queued", body: "Grüße & 100% +1", from: gateway.numbers[0] });
    expect(seen["fetched"]).toEqual({ body: "Grüße & 100% +1" });
    expect(seen["delivered"]).toEqual({ status: "delivered", segments: "1" });
  });

  it("lists over page borders, in both directions, by filters", () => {
    expect(seen).toMatchObject({ listed: true, limited: 3, pagedBack: true, foundByDay: true, foundLater: false });
  });

  it("schedules, cancels, redacts and deletes", () => {
    expect(seen).toMatchObject({ scheduled: "scheduled", canceled: "canceled", redacted: "", deleted: true });
    expect(seen["canceledAgain"]).toEqual({
      status: 409,
      code: 30409,
      msg: expect.stringContaining("cannot be canceled"),
    });
    expect(seen["gone"]).toMatchObject({ status: 404, code: 20404 });
  });

  it("reads media, gives feedback, fetches account and balance", () => {
    expect(seen["media"]).toHaveLength(1);
    expect(seen).toMatchObject({ feedback: "confirmed", account: "active", balance: "USD" });
  });

  it("makes, changes, lists and deletes messaging services and their senders", () => {
    expect(seen["service"]).toMatchObject({ fetched: 600, updated: false, listed: true, pagedBack: true, names: true });
    expect(seen["service"]).toMatchObject({ nameRemoved: true, numberRemoved: true, removed: true });
    expect(seen["service"]).toMatchObject({
      numberAgain: { status: 409, code: 21710 },
      gone: { status: 404, code: 20404 },
    });
  });

  it("makes subaccounts, suspends and closes them", () => {
    expect(seen["subaccount"]).toMatchObject({ owner: true, listed: true, own: true, suspended: "suspended" });
    expect(seen["subaccount"]).toMatchObject({ refused: { status: 403, code: 20005 }, closed: "closed" });
    expect(seen["subaccount"]).toMatchObject({ reopened: { status: 400, code: 21479 } });
  });

  it("makes keys, uses, renames and deletes them", () => {
    expect(seen["keys"]).toMatchObject({ works: 1, listed: true, renamed: "cd", fetched: "cd", deleted: true });
    expect(seen["keys"]).toMatchObject({ refused: { status: 401, code: 20003 }, gone: { status: 401, code: 20003 } });
  });

  it("buys, finds, changes and gives back numbers; makes, changes and deletes applications", () => {
    expect(seen["numbers"]).toMatchObject({
      ...{ application: true, changed: ["Front desk", "GET"], found: true, paged: 3, tollFree: 0, shortCodes: 0 },
      ...{ capabilities: { sms: true, mms: true, voice: false }, available: 0, deleted: true },
      unavailable: { status: 400, code: 21422 },
      gone: { status: 404, code: 20404 },
    });
    expect(seen["applications"]).toEqual({
      ...{ listed: true, changed: "https://example.com/status", fetched: "https://example.com/sms", deleted: true },
    });
  });

  it("gets errors as its exceptions", () => {
    expect(seen["badTo"]).toMatchObject({ status: 400, code: 21211 });
    expect(seen["badToken"]).toMatchObject({ status: 401, code: 20003 });
  });

  it("makes, renames, lists and deletes credentials", () => {
    expect(seen["credentials"]).toEqual({
      name: "Other",
      listed: true,
      deleted: true,
      gone: { status: 404, code: 20404, msg: expect.stringContaining("/Credentials/AWS/CR") },
      publicKeyUnnamed: true,
    });
  });

  it("signs requests with its validation client, and is refused with another key", () => {
    expect(seen).toMatchObject({ signedCreated: true, signedRead: "Grüße & 100% +1" });
    expect(seen["signedByOther"]).toMatchObject({ status: 401, code: 70154 });
  });

  it("rotates auth tokens", () => {
    expect(seen["secondSecondary"]).toMatchObject({ status: 400, code: 70002 });
    expect(seen).toMatchObject({ secondaryDeleted: true, promoted: true, newToken: 1 });
    expect(seen["oldToken"]).toMatchObject({ status: 401, code: 20003 });
  });

  it("accepts the signature of a callback, and no forged one", () => {
    expect(seen).toMatchObject({ signature: true, forged: false });
  });
});
