// A Twilio whose accounts behave by their SID: they refuse, fail, lie, hang, or have numbers that a gateway as an upstream
// does not have (toll-free, short codes, without text). Only what checks and synchronisation ask of it.

import type { ServerResponse } from "node:http";
import { type Application, type ReceivedRequest, startApplication } from "./application.ts";

const behaviours = [
  "good",
  "rejects",
  "unknown",
  "fails",
  "busy",
  "garbage",
  "lies",
  "resets",
  "hangs",
  "suspended",
  "numberless",
] as const;
export type OddBehaviour = (typeof behaviours)[number];

export interface OddTwilio extends Application {
  /** The account that behaves like that. */
  sidOf(behaviour: OddBehaviour): string;
  /** The token that accounts take; another one can be set. */
  token: string;
  /** Its numbers from now on, in Twilio's form. */
  numbers: readonly Readonly<Record<string, unknown>>[];
  /** False: nobody gets an answer any more. */
  up: boolean;
}

const number = (digits: string, capabilities: Record<string, boolean>) => ({
  ...{ sid: `PN${digits.replace(/\D/g, "").padStart(32, "0")}`, phone_number: digits, friendly_name: digits },
  capabilities,
});

export const oddNumbers = {
  local: number("+12025550111", { sms: true, voice: true, mms: true, fax: false }),
  german: number("+4915123456789", { sms: true, voice: false, mms: false, fax: false }),
  tollFree: number("+18005550112", { sms: true, voice: true, mms: false, fax: false }),
  voiceOnly: number("+12025550113", { sms: false, voice: true, mms: false, fax: false }),
};

const pool = [
  { sid: `MG${"1".repeat(32)}`, friendly_name: "One" },
  { sid: `MG${"2".repeat(32)}`, friendly_name: "Two" },
];

/** The account has every Verify service but this one. */
export const missingVerifyService = `VA${"0".repeat(32)}`;

export async function startOddTwilio(): Promise<OddTwilio> {
  const state = { token: "good-token", numbers: Object.values(oddNumbers) as OddTwilio["numbers"], up: true };
  const sidOf = (behaviour: OddBehaviour) => `AC${String(behaviours.indexOf(behaviour)).padStart(32, "0")}`;
  const application = await startApplication((request, response) => {
    const [sid = "", token = ""] = credentialsOf(request);
    const behaviour = behaviours[Number(sid.slice(2))] ?? "unknown";
    if (!state.up) response.destroy();
    else answer(behaviour, { request, response, sid, isTokenGood: token === state.token, numbers: state.numbers });
  });
  return Object.assign(state, application, { sidOf });
}

function credentialsOf({ headers }: ReceivedRequest): string[] {
  const encoded = /^Basic (.*)$/.exec(headers.authorization ?? "")?.[1] ?? "";
  return Buffer.from(encoded, "base64").toString().split(":");
}

interface Call {
  readonly request: ReceivedRequest;
  readonly response: ServerResponse;
  readonly sid: string;
  readonly isTokenGood: boolean;
  readonly numbers: OddTwilio["numbers"];
}

function answer(behaviour: OddBehaviour, call: Call): void {
  const { request, response, isTokenGood, sid } = call;
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
  const refuse = (status: number, code: number) => send(status, { status, code, message: "No.", more_info: "" });
  switch (behaviour) {
    case "rejects":
      refuse(401, 20003);
      return;
    case "unknown":
      refuse(404, 20404);
      return;
    case "fails":
      refuse(500, 20500);
      return;
    case "busy":
      refuse(429, 20429);
      return;
    case "garbage":
      send(200, "<html>not Twilio</html>");
      return;
    case "lies":
      send(200, { sid: 42, incoming_phone_numbers: "none" });
      return;
    case "resets":
      response.destroy();
      return;
    case "hangs":
      return;
    default:
      if (isTokenGood && request.path.startsWith(`/v2/Services/${missingVerifyService}`)) refuse(404, 20404);
      else if (isTokenGood) send(200, resourceOf(behaviour, call, sid));
      else refuse(401, 20003);
  }
}

function resourceOf(behaviour: OddBehaviour, { request, numbers }: Call, sid: string): unknown {
  const { path } = request;
  if (path.includes("/IncomingPhoneNumbers")) {
    return { incoming_phone_numbers: behaviour === "numberless" ? [] : numbers, next_page_uri: null };
  }
  if (path.includes("/SMS/ShortCodes")) {
    const codes = [{ sid: `SC${"1".repeat(32)}`, short_code: "72345", friendly_name: "Code" }];
    return { short_codes: behaviour === "numberless" ? [] : codes, next_page_uri: null };
  }
  if (path.startsWith("/v2/Services?")) return { services: [], meta: { next_page_url: null, key: "services" } };
  if (path.startsWith("/v1/Services")) {
    return { services: behaviour === "numberless" ? [] : pool, meta: { next_page_url: null, key: "services" } };
  }
  return { sid, friendly_name: "Odd", status: behaviour === "suspended" ? "suspended" : "active", type: "Full" };
}
