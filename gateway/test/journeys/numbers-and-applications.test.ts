// What numbers and applications do to messages: where inbound messages and statuses are told, in every process; and what
// becomes of messages whose number has been given back.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { releaseNumber } from "../../src/services/phone-numbers.ts";
import { findSenderByAddress } from "../../src/store/senders.ts";
import { type CallbackReceiver, startCallbackReceiver } from "../support/callback-receiver.ts";
import { startTestGateway, type TestAccount, type TestGateway } from "../support/gateway.ts";
import { ownNumber, secondNumber, startMessagePath } from "../support/message-path.ts";
import { callNative } from "../support/native-client.ts";
import { basic, type Call, callsOf } from "../support/twilio-call.ts";

let gateway: TestGateway;
let sibling: { readonly url: string; stop(): Promise<void> };
let receiver: CallbackReceiver;
let account: TestAccount;
let call: Call;
const to = "+15558675310";

beforeAll(async () => {
  [gateway, receiver] = await Promise.all([startTestGateway({ dispatch: true }), startCallbackReceiver()]);
  sibling = await gateway.startSibling();
});
afterAll(async () => {
  await sibling.stop();
  await gateway.stop();
  await receiver.close();
});
beforeEach(async () => {
  account = await gateway.addAccount();
  call = callsOf(gateway.url, account);
});

/** A URL of the test's receiver that tells which one it is. */
const at = (name: string) => receiver.url.replace("/callbacks", `/${account.accountSid}/${name}`);

async function makeApplication(form: Record<string, string>): Promise<string> {
  return String((await call("/Applications.json", { form })).json?.["sid"]);
}

async function setNumber(form: Record<string, string>): Promise<void> {
  const number = await findSenderByAddress(gateway.db, account.accountSid, account.numbers[0]);
  const changed = await call(`/IncomingPhoneNumbers/${number?.sid}.json`, { form });
  expect(changed.status, changed.text).toBe(200);
}

/** Resolves to the path that the application was told at. */
async function receive(url: string): Promise<string> {
  const body = `text ${Math.random()}`;
  const authorization = basic(account.accountSid, account.authToken);
  await callNative(url, authorization, ["POST", "/sandbox/inbound", { from: to, to: account.numbers[0], body }]);
  const told = await receiver.next(({ params }) => params["Body"] === body);
  return new URL(told.url).pathname.split("/").at(-1) ?? "";
}

describe("an inbound message", () => {
  it("goes at once where the number says, in every process", async () => {
    for (const url of [gateway.url, sibling.url]) {
      for (const name of ["first", "second"]) {
        await setNumber({ SmsUrl: at(name) });
        expect(await receive(url)).toBe(name);
      }
    }
  });

  it("goes where the number's application says, whatever the number itself says", async () => {
    const application = await makeApplication({ SmsUrl: at("application") });
    await setNumber({ SmsUrl: at("number"), SmsApplicationSid: application });
    expect(await receive(gateway.url)).toBe("application");
    await call(`/Applications/${application}.json`, { form: { SmsUrl: at("moved") } });
    expect(await receive(sibling.url)).toBe("moved");
    await setNumber({ SmsApplicationSid: "" });
    expect(await receive(gateway.url)).toBe("number");
    await setNumber({ SmsApplicationSid: application });
    await call(`/Applications/${application}.json`, { method: "DELETE" });
    expect(await receive(sibling.url)).toBe("number");
  });
});

async function toldOf(form: Record<string, string>): Promise<string> {
  const sent = await call("/Messages.json", { form: { To: to, Body: "x", ...form } });
  expect(sent.status, sent.text).toBe(201);
  const told = await receiver.next(({ params }) => params["MessageSid"] === sent.json?.["sid"]);
  return new URL(told.url).pathname.split("/").at(-1) ?? "";
}

describe("the status of a message", () => {
  it("is told at its own URL, else at its application's, else at its messaging service's", async () => {
    const From = account.numbers[0];
    const ApplicationSid = await makeApplication({
      MessageStatusCallback: at("application"),
      SmsStatusCallback: at("old"),
    });
    expect(await toldOf({ From, ApplicationSid, StatusCallback: at("message") })).toBe("message");
    expect(await toldOf({ From, ApplicationSid })).toBe("application");
    const MessagingServiceSid = account.serviceSid;
    await call(`/v1/Services/${MessagingServiceSid}`, { form: { StatusCallback: at("service") } });
    expect(await toldOf({ MessagingServiceSid, ApplicationSid })).toBe("application");
    const older = await makeApplication({ SmsStatusCallback: at("old") });
    expect(await toldOf({ MessagingServiceSid, ApplicationSid: older })).toBe("old");
    const silent = await makeApplication({ FriendlyName: "without URLs" });
    expect(await toldOf({ MessagingServiceSid, ApplicationSid: silent })).toBe("service");
  });

  it.each([`AP${"0".repeat(32)}`, "AP1", "MG00"])(
    "cannot be asked of an application that is not there: %s",
    async (sid) => {
      const form = { To: to, From: account.numbers[0], Body: "x", ApplicationSid: sid };
      expect(await call("/Messages.json", { form })).toMatchObject({ status: 400, json: { code: 20001 } });
    },
  );
});

describe("a message whose number has been given back", () => {
  it("fails with 21606 at its hand-over and is not sent from a number that the account has not", async () => {
    const path = await startMessagePath({ dispatch: false });
    const { accountSid, db } = path;
    const accepted = await path.acceptance.accept(accountSid, { to, from: ownNumber, body: "x" });
    const other = await path.acceptance.accept(accountSid, { to, from: secondNumber, body: "x" });
    const number = await findSenderByAddress(db, accountSid, ownNumber);
    const principal = {
      accountSid,
      accountStatus: "active",
      role: "owner",
      credential: "auth-token",
      credentialId: null,
      requiresSignedRequests: false,
    } as const;
    await releaseNumber(db, { principal, accountSid, sid: number?.sid ?? "" });
    await path.another();
    const final = (row: { status: string }) => /^(delivered|failed)$/.test(row.status);
    expect(await path.until(accepted.message.sid, final)).toMatchObject({ status: "failed", error_code: 21606 });
    expect(await path.until(other.message.sid, final)).toMatchObject({ status: "delivered" });
    expect(await path.recordsOf(accepted.message.sid)).toBe(0);
    await path.stop();
  });
});
