// An application: URLs under one name. A number that names it gets its inbound URLs, a message that names it its status
// callback.

import type { AccountSid, Uuid } from "../ids.ts";

type Method = "GET" | "POST";

/** Kept for who reads them back; nothing here depends on them. */
export interface ApplicationSettings {
  readonly statusCallback: string | null;
  readonly statusCallbackMethod: Method;
  readonly voiceUrl: string | null;
  readonly voiceMethod: Method;
  readonly voiceFallbackUrl: string | null;
  readonly voiceFallbackMethod: Method;
  readonly voiceCallerIdLookup: boolean;
  readonly publicApplicationConnectEnabled: boolean;
}

export const defaultApplicationSettings: ApplicationSettings = Object.freeze({
  statusCallback: null,
  statusCallbackMethod: "POST",
  voiceUrl: null,
  voiceMethod: "POST",
  voiceFallbackUrl: null,
  voiceFallbackMethod: "POST",
  voiceCallerIdLookup: false,
  publicApplicationConnectEnabled: false,
});

export interface Application {
  readonly accountSid: AccountSid;
  /** `AP…`. */
  readonly sid: string;
  readonly id: Uuid;
  readonly friendlyName: string | null;
  readonly smsUrl: string | null;
  readonly smsMethod: Method;
  readonly smsFallbackUrl: string | null;
  readonly smsFallbackMethod: Method;
  readonly messageStatusCallback: string | null;
  /** The older name of the same; used where the other is not set. */
  readonly smsStatusCallback: string | null;
  readonly settings: ApplicationSettings;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Where the status of a message is told that names this application; null: nowhere. */
export function statusCallbackOfApplication(application: Application): string | null {
  return application.messageStatusCallback ?? application.smsStatusCallback;
}
