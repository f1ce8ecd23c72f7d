// What only PingOne knows of a provider, and which of PingOne's kinds a provider is. A provider that was made through another
// dialect has a kind too; the sandbox has none, and is not there.

import { isDeepStrictEqual } from "node:util";
import type { Provider } from "../../../core/providers/provider.ts";
import type { TwilioSettings } from "../../../core/providers/settings.ts";

export const providerTypes = [
  "CUSTOM_TWILIO",
  "CUSTOM_TWILIO_MESSAGING_SERVICE",
  "CUSTOM_TWILIO_VERIFY",
  "CUSTOM_SYNIVERSE",
  "CUSTOM_PROVIDER",
] as const;
export type ProviderType = (typeof providerTypes)[number];

export const numberTypes = ["PHONE_NUMBER", "TOLL_FREE", "SHORT_CODE"] as const;
export type NumberType = (typeof numberTypes)[number];
export const capabilities = ["SMS", "VOICE"] as const;
export type Capability = (typeof capabilities)[number];

/** A number as PingOne has it. */
export interface SettingNumber {
  readonly number: string;
  readonly type: NumberType;
  readonly selected: boolean;
  readonly available: boolean;
  readonly capabilities?: readonly Capability[];
  readonly supportedCountries?: readonly string[];
}

export interface Dialect {
  readonly provider: ProviderType;
  /** The name that the row has because PingOne gave it none. */
  readonly unnamed?: string;
  /** As it was sent. */
  readonly default?: boolean;
  /** CUSTOM_PROVIDER and CUSTOM_SYNIVERSE: the caller's list. Twilio: those that were selected. */
  readonly numbers?: readonly SettingNumber[];
  /** Twilio: countries of numbers that are not selected, for when they are. */
  readonly countries?: Readonly<Record<string, readonly string[]>>;
}

const dialectName = "pingone";

export function dialectOf({ dialects }: Pick<Provider, "dialects">): Partial<Dialect> {
  return (dialects[dialectName] as Partial<Dialect> | undefined) ?? {};
}

export function asDialects(dialect: Dialect): Readonly<Record<string, unknown>> {
  return { [dialectName]: dialect };
}

/** Null: PingOne has no word for it. */
export function typeOf(provider: Pick<Provider, "kind" | "config" | "dialects">): ProviderType | null {
  const { kind, config } = provider;
  if (kind === "sandbox") return null;
  const known = dialectOf(provider).provider;
  if (known !== undefined) return known;
  if (kind === "http") return config["format"] === "syniverse" ? "CUSTOM_SYNIVERSE" : "CUSTOM_PROVIDER";
  if (config["messagingServiceSid"] !== undefined) return "CUSTOM_TWILIO_MESSAGING_SERVICE";
  const hasNumber = config["fromNumber"] !== undefined || config["fromNumbers"] !== undefined;
  return config["verifyServiceSid"] !== undefined && !hasNumber ? "CUSTOM_TWILIO_VERIFY" : "CUSTOM_TWILIO";
}

/** The name that PingOne gave it, or another dialect has given it since. */
export function nameOf(provider: Provider): string | undefined {
  return dialectOf(provider).unnamed === provider.name ? undefined : provider.name;
}

type Senders = Pick<TwilioSettings, "fromNumber" | "fromNumbers">;
const plainNumber = /^(?:\+\d{7,15}|\d{3,8})$/;

/**
 * What a provider is to send from, of the numbers that are selected: those for certain countries first. A single number
 * for all is what every dialect knows as the provider's number.
 */
export function sendersFrom(numbers: readonly SettingNumber[], whenNone: Senders): Senders {
  const usable = numbers.filter((one) => one.selected && (one.capabilities?.includes("SMS") ?? true));
  const senders = usable.map(({ number, supportedCountries: countries }) => ({
    number,
    ...(countries === undefined ? {} : { countries: [...countries] }),
  }));
  const ordered = [
    ...senders.filter(({ countries }) => countries !== undefined),
    ...senders.filter(({ countries }) => countries === undefined),
  ];
  const [only] = ordered;
  if (only === undefined) return whenNone;
  if (ordered.length === 1 && only.countries === undefined && plainNumber.test(only.number)) {
    return { fromNumber: only.number };
  }
  return { fromNumbers: ordered };
}

/** The numbers that are selected, unless another dialect has since said what the provider sends from: then that one. */
export function isSelectionCurrent({ config }: Pick<Provider, "config">, senders: Senders): boolean {
  return isDeepStrictEqual(sendersIn(config), senders);
}

export function sendersIn({ fromNumber, fromNumbers }: Readonly<Record<string, unknown>>): Senders {
  return {
    ...(typeof fromNumber === "string" ? { fromNumber } : {}),
    ...(Array.isArray(fromNumbers) ? { fromNumbers: fromNumbers as NonNullable<Senders["fromNumbers"]> } : {}),
  };
}
