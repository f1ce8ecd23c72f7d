// Which sender of a messaging service's pool a message goes out from. Pure: the pool, the sticky sender and the
// number that spreads the load are given; nothing is looked up or remembered here.

import { areaCodeOf, countryOf, isTollFree } from "../addresses/phone-number.ts";

export interface ChoosableSender {
  readonly id: string;
  readonly kind: "number" | "short_code" | "alphanumeric" | "channel";
  /** E.164, digits, name, or `channel:address`. */
  readonly address: string;
  /** Of a short code or alphanumeric id, ISO 3166-1 alpha-2. Null or absent: good for every country. */
  readonly country?: string | null;
}

export interface SenderChoice<Sender extends ChoosableSender> {
  /** E.164 or a channel address, canonical. */
  readonly to: string;
  /** In the same order each time, or the spread is not even. */
  readonly senders: readonly Sender[];
  /** The sender that this recipient got before. */
  readonly sticky: string | null;
  readonly settings: { readonly stickySender: boolean; readonly areaCodeGeomatch: boolean };
  /** A counter or a hash: picks among equals. */
  readonly spread: number;
}

const withoutAlphanumeric: ReadonlySet<string | null> = new Set(["US", "CA", "PR"]);

/** Do the carriers of a country (ISO 3166-1 alpha-2; null: of none) take alphanumeric senders? */
export function takesAlphanumeric(country: string | null): boolean {
  return !withoutAlphanumeric.has(country);
}

/**
 * The sender for a message; null when none of the pool can reach the recipient. In order: the sticky sender; a sender
 * of the recipient's channel; short codes; alphanumeric ids, those for the country first; numbers, of the same country before US ones before any
 * (toll-free before long codes to Canada; the same area code before others within the US and Canada).
 */
export function chooseSender<Sender extends ChoosableSender>(choice: SenderChoice<Sender>): Sender | null {
  const usable = usableSenders(choice.to, choice.senders);
  if (choice.settings.stickySender && choice.sticky !== null) {
    const sticky = usable.find((sender) => sender.id === choice.sticky);
    if (sticky !== undefined) return sticky;
  }
  const candidates = bestCandidates(choice.to, usable, choice.settings.areaCodeGeomatch);
  return candidates[Math.abs(Math.trunc(choice.spread)) % candidates.length] ?? null;
}

/** Senders that can reach the recipient at all. */
function usableSenders<Sender extends ChoosableSender>(to: string, senders: readonly Sender[]): Sender[] {
  const colon = to.indexOf(":");
  if (colon >= 0) {
    const channel = to.slice(0, colon + 1);
    return senders.filter((sender) => sender.kind === "channel" && sender.address.startsWith(channel));
  }
  const country = countryOf(to);
  return senders.filter((sender) => {
    if (sender.kind === "channel") return false;
    if (sender.kind === "number") return true;
    if (sender.kind === "alphanumeric" && !takesAlphanumeric(country)) return false;
    return (sender.country ?? country) === country;
  });
}

function bestCandidates<Sender extends ChoosableSender>(
  to: string,
  usable: readonly Sender[],
  geomatch: boolean,
): Sender[] {
  for (const kind of ["channel", "short_code"] as const) {
    const ofKind = usable.filter((sender) => sender.kind === kind);
    if (ofKind.length > 0) return ofKind;
  }
  const names = usable.filter((sender) => sender.kind === "alphanumeric");
  const namesForCountry = names.filter((sender) => (sender.country ?? null) !== null);
  if (names.length > 0) return namesForCountry.length > 0 ? namesForCountry : names;
  const country = countryOf(to);
  const area = geomatch ? areaCodeOf(to) : null;
  const tiers: ((sender: Sender) => boolean)[] = [
    (sender) => country === "CA" && isTollFree(sender.address),
    (sender) => area !== null && areaCodeOf(sender.address) === area,
    (sender) => countryOf(sender.address) === country,
    (sender) => countryOf(sender.address) === "US" && !isTollFree(sender.address),
    () => true,
  ];
  for (const fits of tiers) {
    const fitting = usable.filter(fits);
    if (fitting.length > 0) return fitting;
  }
  return [];
}
