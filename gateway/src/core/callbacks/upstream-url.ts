// The URLs at which an upstream reaches this gateway: delivery reports of one attempt, inbound messages of one provider.
// Each carries a MAC that only the gateway can make, so that a report is known to be about an attempt that was really
// made, even where the upstream does not sign.

import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import type { AccountSid, MessageSid, Uuid } from "../ids.ts";

/** What of a provider counts here. */
export interface CallableProvider {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
  /** `reports` and `baseUrl` are looked at. */
  readonly config: Readonly<Record<string, unknown>>;
}

export interface CallableAttempt {
  readonly messageSid: MessageSid;
  /** 1, 2, 3 … */
  readonly attempt: number;
}

export interface UpstreamUrls {
  /** Where the upstream is to report on an attempt; null: its reports must be asked for. */
  statusCallbackUrl(provider: CallableProvider, attempt: CallableAttempt): string | null;
  /** Does the upstream get a URL for its reports? */
  reportsAreCalledBack(provider: CallableProvider): boolean;
  /** Where the upstream is to bring inbound messages; null: it cannot reach this gateway. */
  inboundUrl(provider: CallableProvider): string | null;
  /** Constant time. */
  isStatusMac(provider: Pick<CallableProvider, "accountSid" | "id">, attempt: CallableAttempt, mac: string): boolean;
  /** Constant time. */
  isInboundMac(provider: Pick<CallableProvider, "accountSid" | "id">, mac: string): boolean;
  /** What the URLs given to this provider's upstream begin with, without a slash at the end; null: it got none. */
  baseFor(provider: CallableProvider): string | null;
}

export interface UpstreamUrlsOptions {
  /** Master keys, 32 bytes each: the first makes MACs, all check them. */
  readonly keys: readonly Uint8Array[];
  /** Without a slash at the end; null: none is configured. */
  readonly publicUrl: string | null;
  /**
   * Where the gateway listens, if on loopback only; null: elsewhere, or not yet. Enough for an upstream that is on the
   * same machine.
   */
  readonly listeningOrigin: () => string | null;
  /** Of providers that name no URL of their own; null: Twilio itself. */
  readonly twilioBaseUrl: string | null;
}

const macBytes = 16;

export function createUpstreamUrls({
  keys,
  publicUrl,
  listeningOrigin,
  twilioBaseUrl,
}: UpstreamUrlsOptions): UpstreamUrls {
  // Derived under a label of its own: a MAC key must not be a sealing key.
  const macKeys = keys.map((key) => Buffer.from(hkdfSync("sha256", key, "", "trunkline upstream urls v1", 32)));
  const macsOf = (subject: string) =>
    macKeys.map((key) => createHmac("sha256", key).update(subject).digest().subarray(0, macBytes));

  function makeMac(subject: string): string {
    const [first] = macsOf(subject);
    if (first === undefined) throw new Error("a MAC needs a master key");
    return first.toString("hex");
  }

  function isMac(subject: string, mac: string): boolean {
    const given = Buffer.from(/^[0-9a-f]{32}$/i.test(mac) ? mac : "", "hex");
    const padded = Buffer.alloc(macBytes);
    given.copy(padded);
    let matches = 0;
    for (const expected of macsOf(subject)) matches |= Number(timingSafeEqual(expected, padded));
    return matches === 1 && given.length === macBytes;
  }

  function baseFor({ config }: CallableProvider): string | null {
    if (publicUrl !== null) return publicUrl;
    const upstream = typeof config["baseUrl"] === "string" ? config["baseUrl"] : twilioBaseUrl;
    return upstream !== null && isLoopbackUrl(upstream) ? listeningOrigin() : null;
  }

  const reportsAreCalledBack = (provider: CallableProvider) =>
    provider.config["reports"] !== "polling" && baseFor(provider) !== null;

  return {
    baseFor,
    reportsAreCalledBack,
    statusCallbackUrl(provider, attempt) {
      const base = reportsAreCalledBack(provider) ? baseFor(provider) : null;
      if (base === null) return null;
      const mac = makeMac(statusSubject(provider, attempt));
      return `${base}/hooks/twilio/${provider.id}/status/${attempt.messageSid}/${attempt.attempt}/${mac}`;
    },
    inboundUrl(provider) {
      const base = baseFor(provider);
      return base === null ? null : `${base}/hooks/twilio/${provider.id}/inbound/${makeMac(inboundSubject(provider))}`;
    },
    isStatusMac: (provider, attempt, mac) => isMac(statusSubject(provider, attempt), mac),
    isInboundMac: (provider, mac) => isMac(inboundSubject(provider), mac),
  };
}

type Owner = Pick<CallableProvider, "accountSid" | "id">;

function statusSubject({ accountSid, id }: Owner, { messageSid, attempt }: CallableAttempt): string {
  return `status ${accountSid} ${id} ${messageSid} ${attempt}`;
}

function inboundSubject({ accountSid, id }: Owner): string {
  return `inbound ${accountSid} ${id}`;
}

function isLoopbackUrl(text: string): boolean {
  const hostname = URL.parse(text)?.hostname ?? "";
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
