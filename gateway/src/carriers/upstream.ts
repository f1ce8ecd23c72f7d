// What can be asked of a provider's upstream account besides taking messages: are the credentials good, what is there to
// send from, what became of a message; and, for rotations, new credentials. None of these throws for anything that the
// upstream or the network does.

import type { CarrierProvider } from "./carrier.ts";

/** Why an upstream could not do what was asked. */
export interface UpstreamFailure {
  readonly kind: "failure";
  /** `rejected`: it refuses the credentials (401, 403). `unreachable`: no sensible answer. `misconfigured`: another refusal. */
  readonly state: "rejected" | "unreachable" | "misconfigured";
  /** The upstream's own code; null: it gave none. */
  readonly code: number | null;
  /** For the operator. Holds no secrets. */
  readonly reason: string;
  /** False when it is certain that nothing was sent. */
  readonly maybeDone: boolean;
}

export type UpstreamResult<T> = { readonly kind: "ok"; readonly value: T } | UpstreamFailure;

export interface UpstreamAccount {
  readonly friendlyName: string | null;
  readonly status: string | null;
  readonly type: string | null;
  /** What works, but should not be so: credentials that go out unencrypted … */
  readonly warnings: readonly string[];
}

export interface UpstreamSender {
  /** The upstream's own id. */
  readonly sid: string;
  readonly kind: "number" | "short_code" | "messaging_service";
  /** E.164, the digits of a short code, or the SID of a messaging service. */
  readonly address: string;
  readonly name: string;
  readonly capabilities: readonly string[];
}

/** What the upstream says of a message by now. */
export interface UpstreamMessage {
  readonly carrierMessageId: string;
  readonly status: string;
  readonly errorCode: number | null;
  readonly at: Date;
}

export interface Upstream {
  /** Are the credentials good, and does everything exist that the provider names? */
  check(provider: CarrierProvider, signal: AbortSignal): Promise<UpstreamResult<UpstreamAccount>>;
  /** All senders of the upstream account, up to 10,000 of each kind. */
  listSenders(provider: CarrierProvider, signal: AbortSignal): Promise<UpstreamResult<readonly UpstreamSender[]>>;
}

/** What a Twilio-compatible upstream can do beyond that. */
export interface TwilioUpstream extends Upstream {
  findMessage(
    provider: CarrierProvider,
    carrierMessageId: string,
    signal: AbortSignal,
  ): Promise<UpstreamResult<UpstreamMessage>>;
  /** Outbound messages newest first, a page at a time; stops when `onPage` resolves to false. */
  listMessages(
    provider: CarrierProvider,
    since: Date,
    onPage: (messages: readonly UpstreamMessage[]) => boolean | Promise<boolean>,
    signal: AbortSignal,
  ): Promise<UpstreamResult<void>>;
  /** Points a number's messages (`PN…`) at `url`. */
  setInboundUrl(
    provider: CarrierProvider,
    numberSid: string,
    url: string,
    signal: AbortSignal,
  ): Promise<UpstreamResult<void>>;
  /** Makes the secondary auth token. Authenticates with the provider's auth token, as do the next two. */
  createSecondaryToken(provider: CarrierProvider, signal: AbortSignal): Promise<UpstreamResult<string>>;
  /** Also ok when there is none. */
  deleteSecondaryToken(provider: CarrierProvider, signal: AbortSignal): Promise<UpstreamResult<void>>;
  /** The secondary token becomes the primary; the old primary ends. Resolves to the primary token. */
  promoteSecondaryToken(provider: CarrierProvider, signal: AbortSignal): Promise<UpstreamResult<string>>;
  createApiKey(
    provider: CarrierProvider,
    friendlyName: string,
    signal: AbortSignal,
  ): Promise<UpstreamResult<{ readonly sid: string; readonly secret: string }>>;
  /** SIDs of the keys with this friendly name. */
  findApiKeys(
    provider: CarrierProvider,
    friendlyName: string,
    signal: AbortSignal,
  ): Promise<UpstreamResult<readonly string[]>>;
  /** Also ok when there is no such key. */
  deleteApiKey(provider: CarrierProvider, keySid: string, signal: AbortSignal): Promise<UpstreamResult<void>>;
}
