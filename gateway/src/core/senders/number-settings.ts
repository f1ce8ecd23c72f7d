// What a phone number or short code keeps for who reads it back: voice, trunk, addresses. Nothing here depends on it.

import type { Sender } from "./sender.ts";

type Method = "GET" | "POST";

export const apiVersions = ["2010-04-01", "2008-08-01"] as const;

export interface NumberSettings {
  readonly apiVersion: (typeof apiVersions)[number];
  readonly statusCallback: string;
  readonly statusCallbackMethod: Method;
  readonly voiceUrl: string | null;
  readonly voiceMethod: Method;
  readonly voiceFallbackUrl: string | null;
  readonly voiceFallbackMethod: Method;
  readonly voiceApplicationSid: string;
  readonly voiceCallerIdLookup: boolean;
  readonly voiceReceiveMode: "voice" | "fax";
  readonly trunkSid: string | null;
  readonly emergencyStatus: "Active" | "Inactive";
  readonly emergencyAddressSid: string | null;
  readonly identitySid: string | null;
  readonly addressSid: string | null;
  readonly bundleSid: string | null;
}

const defaults: NumberSettings = {
  apiVersion: "2010-04-01",
  statusCallback: "",
  statusCallbackMethod: "POST",
  voiceUrl: null,
  voiceMethod: "POST",
  voiceFallbackUrl: null,
  voiceFallbackMethod: "POST",
  voiceApplicationSid: "",
  voiceCallerIdLookup: false,
  voiceReceiveMode: "voice",
  trunkSid: null,
  emergencyStatus: "Inactive",
  emergencyAddressSid: null,
  identitySid: null,
  addressSid: null,
  bundleSid: null,
};

/** The settings of a sender, with the defaults of what nobody has set. */
export function numberSettingsOf({ settings }: Pick<Sender, "settings">): NumberSettings {
  return { ...defaults, ...settings };
}
