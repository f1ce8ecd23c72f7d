// A messenger as FusionAuth's clients write it, after its types have been read. Values are exactly as they were given.

import type { JsonObject } from "../json/parse.ts";

export const messageTypes = ["SMS", "Voice"] as const;
export type MessageType = (typeof messageTypes)[number];

interface CommonFields {
  readonly name: string | undefined;
  readonly data: JsonObject;
  readonly debug: boolean;
  readonly messageTypes: readonly MessageType[];
}

export interface TwilioMessenger extends CommonFields {
  readonly type: "Twilio";
  readonly accountSID: string | undefined;
  readonly authToken: string | undefined;
  readonly fromPhoneNumber: string | undefined;
  readonly messagingServiceSid: string | undefined;
  readonly url: string | undefined;
}

export interface GenericMessenger extends CommonFields {
  readonly type: "Generic";
  readonly connectTimeout: number | undefined;
  readonly readTimeout: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly httpAuthenticationUsername: string | undefined;
  readonly httpAuthenticationPassword: string | undefined;
  readonly sslCertificate: string | undefined;
  readonly sslCertificateId: string | undefined;
  readonly url: string | undefined;
}

export type Messenger = TwilioMessenger | GenericMessenger;
