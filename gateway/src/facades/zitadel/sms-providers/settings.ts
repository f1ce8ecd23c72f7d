// What ZITADEL's requests mean for a provider of the gateway, and what they leave alone: settings that ZITADEL does not
// know stay. Its own spelling of sender and description is kept beside, under its name.

import { isDeepStrictEqual } from "node:util";
import type { MessageShape } from "@bufbuild/protobuf";
import { parseSender } from "../../../core/addresses/sender.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import { unnamed } from "../../../core/providers/unnamed.ts";
import type { ProviderChange, ProviderDraft } from "../../../services/providers.ts";
import type {
  AddSMSProviderHTTPRequestSchema,
  AddSMSProviderTwilioRequestSchema,
  UpdateSMSProviderHTTPRequestSchema,
  UpdateSMSProviderTwilioRequestSchema,
} from "../generated/zitadel/admin_pb.js";

type Config = Readonly<Record<string, unknown>>;

export interface TwilioView {
  readonly sid: string;
  readonly senderNumber: string;
  readonly description: string;
  readonly verifyServiceSid: string;
}

export interface HttpView {
  readonly endpoint: string;
  readonly description: string;
}

interface Spelling {
  readonly description?: string;
  readonly senderNumber?: string;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function spellingOf({ dialects }: Provider): Spelling {
  const spelling = dialects["zitadel"];
  return typeof spelling === "object" && spelling !== null ? spelling : {};
}

/** Its own spelling as long as it still says the same. */
export function descriptionOf(provider: Provider): string {
  const { description } = spellingOf(provider);
  return description !== undefined && nameOf(description, provider.kind) === provider.name
    ? description
    : provider.name;
}

function nameOf(description: string, kind: Provider["kind"]): string {
  return description === "" ? unnamed[kind] : description;
}

export function twilioViewOf(provider: Provider): TwilioView {
  const { config } = provider;
  return {
    sid: textOf(config["accountSid"]),
    senderNumber: senderOf(provider),
    description: descriptionOf(provider),
    verifyServiceSid: textOf(config["verifyServiceSid"]),
  };
}

const senderKeys = ["messagingServiceSid", "fromNumber", "fromNumbers"] as const;

function senderOf(provider: Provider): string {
  const { config } = provider;
  const { senderNumber } = spellingOf(provider);
  const current = Object.fromEntries(senderKeys.flatMap((key) => (key in config ? [[key, config[key]]] : [])));
  if (senderNumber !== undefined && isDeepStrictEqual(senderSettings(senderNumber), current)) return senderNumber;
  const [first] = Array.isArray(config["fromNumbers"]) ? config["fromNumbers"] : [];
  return textOf(config["messagingServiceSid"]) || textOf(config["fromNumber"]) || textOf(first?.number);
}

/**
 * A messaging service, a number, or whatever else: ZITADEL passes it to Twilio as it is, so that what is none is refused
 * there, visibly, and nothing goes out from another sender instead.
 */
function senderSettings(senderNumber: string): Config {
  if (senderNumber === "") return {};
  const sender = parseSender(senderNumber);
  if (sender === null || sender.kind === "channel") return { messagingServiceSid: senderNumber };
  return sender.kind === "service" ? { messagingServiceSid: sender.address } : { fromNumber: sender.address };
}

export function twilioDraft(request: MessageShape<typeof AddSMSProviderTwilioRequestSchema>): ProviderDraft {
  const { sid, token, senderNumber, description, verifyServiceSid } = request;
  return {
    kind: "twilio",
    name: nameOf(description, "twilio"),
    config: {
      accountSid: sid,
      ...senderSettings(senderNumber),
      ...(verifyServiceSid === "" ? {} : { verifyServiceSid }),
    },
    secrets: { authToken: token },
    dialects: { zitadel: { description, senderNumber } },
  };
}

export function isSameTwilio(
  provider: Provider,
  { sid, senderNumber, description, verifyServiceSid }: MessageShape<typeof UpdateSMSProviderTwilioRequestSchema>,
): boolean {
  return isDeepStrictEqual(twilioViewOf(provider), { sid, senderNumber, description, verifyServiceSid });
}

export function twilioChange(
  provider: Provider,
  { sid, senderNumber, description, verifyServiceSid }: MessageShape<typeof UpdateSMSProviderTwilioRequestSchema>,
): ProviderChange {
  const keepsSender = senderOf(provider) === senderNumber;
  const dropped = ["verifyServiceSid", ...(keepsSender ? [] : senderKeys)];
  const kept = Object.entries(provider.config).filter(([key]) => !dropped.includes(key));
  return {
    ...renamed(provider, description, { ...spellingOf(provider), ...(keepsSender ? {} : { senderNumber }) }),
    config: {
      ...Object.fromEntries(kept),
      accountSid: sid,
      ...(keepsSender ? {} : senderSettings(senderNumber)),
      ...(verifyServiceSid === "" ? {} : { verifyServiceSid }),
    },
  };
}

function renamed(provider: Provider, description: string, spelling: Spelling): ProviderChange {
  if (descriptionOf(provider) === description) return { dialects: { zitadel: spelling } };
  return { name: nameOf(description, provider.kind), dialects: { zitadel: { ...spelling, description } } };
}

export function httpViewOf(provider: Provider): HttpView {
  return { endpoint: endpointOf(provider), description: descriptionOf(provider) };
}

/** A template has no endpoint of its own: that of its first request. */
function endpointOf({ config }: Provider): string {
  return textOf(config["endpoint"]) || textOf(requestsOf(config)[0]?.["url"]);
}

function requestsOf(config: Config): readonly Config[] {
  return Array.isArray(config["requests"]) ? (config["requests"] as Config[]) : [];
}

export function httpDraft(
  { endpoint, description }: MessageShape<typeof AddSMSProviderHTTPRequestSchema>,
  signingKey: string,
): ProviderDraft {
  return {
    kind: "http",
    name: nameOf(description, "http"),
    config: { format: "zitadel", endpoint },
    secrets: { signingKey },
    dialects: { zitadel: { description } },
  };
}

export function httpChange(
  provider: Provider,
  { endpoint, description }: MessageShape<typeof UpdateSMSProviderHTTPRequestSchema>,
  signingKey: string | null,
): ProviderChange {
  const { config } = provider;
  const [first, ...others] = requestsOf(config);
  const moved = first === undefined ? { endpoint } : { requests: [{ ...first, url: endpoint }, ...others] };
  return {
    ...renamed(provider, description, spellingOf(provider)),
    config: endpointOf(provider) === endpoint ? config : { ...config, ...moved },
    ...(signingKey === null ? {} : { secrets: { signingKey } }),
  };
}
