// The JSON that ZITADEL and FusionAuth send to the webhooks of their SMS providers, so that what was written to receive it
// keeps working when a message comes through the gateway instead.

import { createHmac } from "node:crypto";
import { findOneTimeCode } from "../../core/providers/one-time-code.ts";
import { unnamed } from "../../core/providers/unnamed.ts";
import type { CarrierProvider, Handover } from "../carrier.ts";

/** ZITADEL: three members, in this order, escaped as Go does. What the gateway does not know is empty, as there. */
export function zitadelBody(provider: CarrierProvider, { to, body }: Handover): string {
  const code = findOneTimeCode(body) ?? "";
  return goJson({
    contextInfo: {
      eventType: code === "" ? "trunkline.message" : "session.otp.sms.challenged",
      provider: {
        id: providerNumberOf(provider),
        ...(provider.name === unnamed.http ? {} : { description: provider.name }),
      },
      recipientPhoneNumber: to,
    },
    templateData: { text: body },
    args: {
      applicationName: "",
      authRequestID: "",
      changeDate: goZeroTime,
      code,
      codeID: "",
      creationDate: goZeroTime,
      displayName: "",
      domain: "",
      expiry: 0,
      firstName: "",
      lastEmail: "",
      lastName: "",
      lastPhone: to,
      loginName: "",
      loginNames: [],
      nickName: "",
      ...(code === "" ? {} : { oTP: code }),
      orgID: "",
      origin: "",
      preferredLoginName: "",
      sessionID: "",
      tempUsername: "",
      userID: "",
      userName: "",
      verifiedEmail: "",
      verifiedPhone: to,
    },
  });
}

const goZeroTime = "0001-01-01T00:00:00Z";

/** Providers are known by their 18-digit number there; carriers are given it with the row. */
function providerNumberOf(provider: CarrierProvider): string {
  return "number" in provider && typeof provider.number === "string" ? provider.number : provider.id;
}

/** As Go's encoding/json writes it: these characters escaped, for JSON in HTML and JavaScript. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The value of `ZITADEL-Signature`: HMAC-SHA256 of the decimal timestamp, a dot and the body's bytes. */
export function zitadelSignature(signingKey: string, unixSeconds: number, body: string): string {
  const signature = createHmac("sha256", signingKey).update(`${unixSeconds}.${body}`).digest("hex");
  return `t=${unixSeconds},v1=${signature}`;
}

/** FusionAuth's Generic messenger. The user is not known here. */
export function fusionAuthBody({ to, body }: Handover): string {
  const code = findOneTimeCode(body);
  return JSON.stringify({
    ...(code === null ? {} : { code }),
    phoneNumber: to,
    textMessage: body.toWellFormed(),
    type: "SMS",
  });
}
