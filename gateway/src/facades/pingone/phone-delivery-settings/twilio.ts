// Numbers and messaging services of a Twilio account: what there is comes from the provider, what of it is selected from the
// caller. Nothing here asks anybody or stores anything.

import { isDeepStrictEqual } from "node:util";
import { isTollFree } from "../../../core/addresses/phone-number.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import { constraint, type ErrorDetail } from "../details.ts";
import {
  type Capability,
  type Dialect,
  dialectOf,
  isSelectionCurrent,
  type SettingNumber,
  sendersFrom,
  sendersIn,
} from "./dialect.ts";
import type { NumberWish, ServiceWish } from "./schema.ts";

/** Something that the provider's account has to send from. */
export interface OwnSender {
  readonly kind: "number" | "short_code" | "messaging_service";
  readonly address: string;
  readonly name: string;
  readonly capabilities: readonly string[];
}

/** Without countries a short code or a toll-free number is for the US alone. */
const defaultCountries = ["US"];

export function isNumber({ kind }: OwnSender): boolean {
  return kind !== "messaging_service";
}

function typeOfNumber({ kind, address }: OwnSender): SettingNumber["type"] {
  if (kind === "short_code") return "SHORT_CODE";
  return isTollFree(address) ? "TOLL_FREE" : "PHONE_NUMBER";
}

/** An account that tells no capabilities is taken at its word that it sends. */
function capabilitiesOf({ capabilities }: OwnSender): Capability[] {
  const able = [
    ...(capabilities.includes("sms") ? ["SMS" as const] : []),
    ...(capabilities.includes("voice") ? ["VOICE" as const] : []),
  ];
  return able.length === 0 && capabilities.length === 0 ? ["SMS"] : able;
}

/** What is selected, whichever dialect has selected it. */
function selectedNumbers(provider: Pick<Provider, "config" | "dialects">): readonly SettingNumber[] {
  const { numbers = [] } = dialectOf(provider);
  if (isSelectionCurrent(provider, forSending(numbers))) return numbers;
  const { fromNumber, fromNumbers = [] } = sendersIn(provider.config);
  const named = fromNumber === undefined ? fromNumbers : [{ number: fromNumber }];
  return named.map(({ number }) => ({ number, type: "PHONE_NUMBER", selected: true, available: false }));
}

/** Every number that the account has, and those that are selected although it has them no more. */
export function numbersOf(
  provider: Pick<Provider, "config" | "dialects">,
  senders: readonly OwnSender[],
): SettingNumber[] {
  const selected = new Map(selectedNumbers(provider).map((one) => [one.number, one] as const));
  const { countries = {} } = dialectOf(provider);
  const own = senders.filter(isNumber);
  const present = own.map((sender): SettingNumber => {
    const supported = selected.get(sender.address)?.supportedCountries ?? countries[sender.address];
    return {
      ...{ number: sender.address, type: typeOfNumber(sender), selected: selected.has(sender.address) },
      ...{ available: true, capabilities: capabilitiesOf(sender) },
      ...(supported === undefined ? {} : { supportedCountries: supported }),
    };
  });
  const there = new Set(own.map(({ address }) => address));
  const gone = [...selected.values()].filter(({ number }) => !there.has(number));
  return [...present, ...gone.map((one) => ({ ...one, selected: true, available: false }))];
}

/** What becomes of a selection: the dialect's part and the settings to send with. */
export interface Selection {
  readonly dialect: Pick<Dialect, "numbers" | "countries">;
  /** Null: as they are. */
  readonly senders: SelectedSenders | null;
}

export type SelectedSenders = ReturnType<typeof sendersFrom> & { readonly messagingServiceSid?: string };

/** The numbers with the selection that is wished; absent: as it is. */
export function selectNumbers(
  provider: Pick<Provider, "config" | "dialects">,
  senders: readonly OwnSender[],
  wish: readonly NumberWish[] | undefined,
): Selection | { readonly problems: readonly ErrorDetail[] } {
  const known = numbersOf(provider, senders);
  if (wish === undefined || (!isOwnSelection(provider) && isAsShown(wish, known)))
    return keptSelection(provider, known);
  const byNumber = new Map(known.map((one) => [one.number, one] as const));
  const problems = wish.flatMap(({ number, selected }, index) =>
    selected === true && !byNumber.has(number)
      ? [constraint(`numbers[${index}].number`, "the provider's account does not have this number")]
      : [],
  );
  if (problems.length > 0) return { problems };
  const wished = new Map(wish.map((one) => [one.number, one] as const));
  return selectionOf(
    known.map(({ supportedCountries: before, ...one }) => {
      const given = wished.get(one.number);
      const countries = given === undefined ? before : given.supportedCountries;
      const supported = one.type === "PHONE_NUMBER" || countries === undefined ? {} : { supportedCountries: countries };
      return { ...one, selected: given?.selected === true, ...supported };
    }),
  );
}

/** Was it made here, and by no other dialect since? */
function isOwnSelection(provider: Pick<Provider, "config" | "dialects">): boolean {
  return isSelectionCurrent(provider, forSending(dialectOf(provider).numbers ?? []));
}

/** A list that is sent back wishes for nothing. */
function isAsShown(wish: readonly NumberWish[], known: readonly SettingNumber[]): boolean {
  const wished = new Map(wish.map((one) => [one.number, one] as const));
  const isSelected = ({ selected = false }: { readonly selected?: boolean | undefined }) => selected;
  if (wish.filter(isSelected).length !== known.filter(isSelected).length) return false;
  return known.every(({ number, selected, supportedCountries }) => {
    const given = wished.get(number);
    if (given === undefined) return !selected;
    return (given.selected === true) === selected && isDeepStrictEqual(given.supportedCountries, supportedCountries);
  });
}

/** What another dialect has chosen stays its own choice. */
function keptSelection(provider: Pick<Provider, "config" | "dialects">, known: readonly SettingNumber[]): Selection {
  const { numbers = [], countries = {} } = dialectOf(provider);
  if (isOwnSelection(provider)) return selectionOf(known);
  return { dialect: { numbers, countries }, senders: null };
}

function selectionOf(numbers: readonly SettingNumber[]): Selection {
  const selected = numbers.filter((one) => one.selected);
  const others = numbers.filter((one) => !one.selected && one.supportedCountries !== undefined);
  const countries = Object.fromEntries(others.map((one) => [one.number, one.supportedCountries ?? []]));
  return { dialect: { numbers: selected, countries }, senders: forSending(selected) };
}

function forSending(selected: readonly SettingNumber[]) {
  const placed = selected.map((one) =>
    one.type === "PHONE_NUMBER" ? one : { ...one, supportedCountries: one.supportedCountries ?? defaultCountries },
  );
  // Gone from the account, it would be refused there.
  return sendersFrom(
    placed.filter(({ available }) => available),
    { fromNumbers: [] },
  );
}

/** The account's messaging services with the selection that is wished; absent: as it is. */
export function selectService(
  { config }: Pick<Provider, "config">,
  senders: readonly OwnSender[],
  wish: readonly ServiceWish[] | undefined,
): Selection | { readonly problems: readonly ErrorDetail[] } {
  const known = senders.filter((sender) => !isNumber(sender)).map(({ address }) => address);
  const before = config["messagingServiceSid"];
  const wished = wish?.filter(({ selected }) => selected === true).map((one) => one.messagingServiceId);
  if (wished === undefined) return { dialect: {}, senders: null };
  const problems = (wish ?? []).flatMap(({ messagingServiceId }, index) =>
    known.includes(messagingServiceId) || messagingServiceId === before
      ? []
      : [
          constraint(`messagingServices[${index}].messagingServiceId`, "the provider's account has no such service", {
            allowedValues: known,
          }),
        ],
  );
  if (wished.length > 1) {
    problems.push(constraint("messagingServices", "only one messaging service may be selected"));
  }
  if (problems.length > 0) return { problems };
  const [sid] = wished;
  // A number beside it, which another dialect has set, stays when the list only comes back.
  if (sid === before) return { dialect: {}, senders: null };
  return { dialect: {}, senders: sid === undefined ? { fromNumbers: [] } : { messagingServiceSid: sid } };
}
