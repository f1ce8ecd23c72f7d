// What dispatch knows of an account: whether it may send, its providers with their secrets, and what each sends from when
// a message does not say.

import type { CarrierProvider } from "../../carriers/carrier.ts";
import { countryOf } from "../../core/addresses/phone-number.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import type { RoutableProvider } from "../../core/dispatch/route.ts";
import type { AccountSid, Uuid } from "../../core/ids.ts";
import { builtInProvider, type PolicyRules, smsConditions } from "../../core/notification-policies/policy.ts";
import type { ProviderWithSecrets } from "../../core/providers/provider.ts";
import type { TwilioSettings } from "../../core/providers/settings.ts";
import type { Sender } from "../../core/senders/sender.ts";
import { findAccountStatuses } from "../../store/accounts.ts";
import type { Queryable } from "../../store/database.ts";
import { loadDefaultPolicies } from "../../store/notification-policies.ts";
import { loadProvidersOf } from "../../store/providers.ts";
import { findFirstSenders, findSendersByAddress } from "../../store/senders.ts";
import { findFirstUpstreamSenders } from "../../store/upstream-owners.ts";

export interface DispatchProvider extends RoutableProvider, CarrierProvider {
  /** Rises with every change. */
  readonly sequence: bigint;
}

export interface AccountFacts {
  readonly active: boolean;
  /** One of its providers has an account at an upstream, with senders of its own. */
  readonly hasUpstreams: boolean;
  /** The chain in its order, then the others. */
  readonly providers: readonly DispatchProvider[];
  /** The account's own senders among those that its providers send from by default. */
  readonly defaultSenders: readonly Sender[];
  /** Where a notification policy gives countries a chain of their own, the first that serves one. Absent: nowhere. */
  readonly chains?: readonly CountryChain[];
}

interface CountryChain {
  /** Null: every country. */
  readonly countries: ReadonlySet<string> | null;
  /** The account with that chain. */
  readonly account: AccountFacts;
}

/** The account as it is for a message to this recipient. */
export function accountFor(account: AccountFacts, to: string): AccountFacts {
  if (account.chains === undefined) return account;
  const country = countryOf(to);
  const serves = ({ countries }: CountryChain) => countries === null || (country !== null && countries.has(country));
  return account.chains.find(serves)?.account ?? account;
}

export async function loadAccounts(
  db: Queryable,
  sealer: Sealer,
  sids: readonly AccountSid[],
): Promise<ReadonlyMap<string, AccountFacts>> {
  const [statuses, providers, policies] = await Promise.all([
    findAccountStatuses(db, sids),
    loadProvidersOf(db, sealer, sids),
    loadDefaultPolicies(db, sids),
  ]);
  const defaults = await loadDefaults(db, providers);
  const providersOf = Map.groupBy(providers, (provider) => provider.accountSid);
  return new Map(
    [...statuses].map(([sid, status]) => {
      const stored = (providersOf.get(sid) ?? []).map((provider) => dispatchProvider(provider, defaults));
      const ofAccount = withBuiltInHead(stored);
      const defaultSenders = ofAccount.flatMap((provider) => sendersOf(provider, defaults));
      const hasUpstreams = ofAccount.some((provider) => provider.kind === "twilio");
      const account = { active: status === "active", hasUpstreams, providers: ofAccount, defaultSenders };
      const chains = chainsOf(account, policies.get(sid));
      return [sid, chains.length === 0 ? account : { ...account, chains }] as const;
    }),
  );
}

/** An empty chain means the account's built-in provider. */
function withBuiltInHead(providers: readonly DispatchProvider[]): readonly DispatchProvider[] {
  if (providers.some(({ chainPosition }) => chainPosition !== null)) return providers;
  return inOrder(
    providers,
    providers.filter(({ builtIn }) => builtIn).map(({ id }) => id),
  );
}

/** The providers with this chain: in its order, then the others. */
function inOrder(providers: readonly DispatchProvider[], chain: readonly Uuid[]): readonly DispatchProvider[] {
  const placed = providers.map((provider) => {
    const position = chain.indexOf(provider.id);
    return { ...provider, chainPosition: position < 0 ? null : position };
  });
  const rank = ({ chainPosition }: DispatchProvider) => chainPosition ?? placed.length;
  return placed.sort((one, other) => rank(one) - rank(other));
}

/** A chain whose providers are all gone is none: the account's own counts. */
function chainsOf(account: AccountFacts, policy: PolicyRules | undefined): CountryChain[] {
  if (policy === undefined) return [];
  const { providers } = account;
  return smsConditions(policy).map(({ countries, fallbackChain }) => {
    const chain = fallbackChain.flatMap((member) => {
      const named = ({ id, builtIn }: DispatchProvider) => (member.id === builtInProvider ? builtIn : id === member.id);
      return providers.find(named)?.id ?? [];
    });
    const chained = chain.length === 0 ? account : { ...account, providers: inOrder(providers, chain) };
    return { countries: countries === undefined ? null : new Set(countries), account: chained };
  });
}

function sendersOf(provider: DispatchProvider, defaults: Defaults): Sender[] {
  const { accountSid, choices } = provider;
  if (choices === undefined) return [defaults.sender(provider)].filter((sender) => sender !== null);
  return choices.flatMap(({ address }) => defaults.sender({ accountSid, defaultFrom: address }) ?? []);
}

interface Defaults {
  from(provider: ProviderWithSecrets): string | null;
  /** The account's sender with that address. */
  sender(provider: Pick<DispatchProvider, "accountSid" | "defaultFrom">): Sender | null;
}

/** What is configured goes first, then the oldest sender of the account's own, then what the upstream has. */
async function loadDefaults(db: Queryable, providers: readonly ProviderWithSecrets[]): Promise<Defaults> {
  const open = providers.filter((provider) => configuredFrom(provider) === null && choicesOf(provider) === null);
  const own = await findFirstSenders(db, open);
  const upstream = await findFirstUpstreamSenders(
    db,
    open.filter((provider) => provider.kind === "twilio" && !own.has(provider.id)),
  );
  const from = (provider: ProviderWithSecrets): string | null =>
    configuredFrom(provider) ?? own.get(provider.id)?.address ?? upstream.get(provider.id) ?? withoutSender(provider);
  const named = providers.flatMap((provider) => {
    const address = configuredFrom(provider);
    const addresses = address === null ? (choicesOf(provider) ?? []).map(({ number }) => number) : [address];
    return addresses.map((each) => ({ accountSid: provider.accountSid, address: each }));
  });
  const senders = [...own.values(), ...(await findSendersByAddress(db, named))];
  const byAddress = new Map(senders.map((sender) => [nameOf(sender), sender]));
  return {
    from,
    sender: ({ accountSid, defaultFrom }) =>
      defaultFrom === null ? null : (byAddress.get(nameOf({ accountSid, address: defaultFrom })) ?? null),
  };
}

const nameOf = ({ accountSid, address }: Pick<Sender, "accountSid" | "address">): string => `${accountSid} ${address}`;

function configuredFrom(provider: ProviderWithSecrets): string | null {
  return namedBy(provider)[0] ?? null;
}

/** The senders that a provider's settings name; its messaging service goes before its number. */
function namedBy({ config }: ProviderWithSecrets): string[] {
  return [config["messagingServiceSid"], config["fromNumber"]].filter((named) => typeof named === "string");
}

type Choice = NonNullable<TwilioSettings["fromNumbers"]>[number];

/** The senders that it may choose from; null: nobody has chosen any. */
function choicesOf({ config }: ProviderWithSecrets): readonly Choice[] | null {
  const { fromNumbers } = config;
  return Array.isArray(fromNumbers) ? (fromNumbers as readonly Choice[]) : null;
}

const numberOf = ({ number }: Choice): string => number;

/** A server that takes requests of the operator's making may need no sender; a service for one-time codes has its own. */
function withoutSender({ kind, config }: ProviderWithSecrets): string | null {
  return kind === "http" || config["verifyServiceSid"] !== undefined ? "" : null;
}

function dispatchProvider(provider: ProviderWithSecrets, defaults: Defaults): DispatchProvider {
  const { accountSid } = provider;
  const defaultFrom = defaults.from(provider);
  const defaultSenderId: Uuid | null = defaults.sender({ accountSid, defaultFrom })?.id ?? null;
  const named = namedBy(provider);
  const chosen = named.length > 0 ? null : choicesOf(provider);
  const facts = { ...provider, defaultFrom, defaultSenderId, named: [...named, ...(chosen ?? []).map(numberOf)] };
  // A Verify service sends without a number of its own.
  if (chosen === null || (chosen.length === 0 && defaultFrom === "")) return facts;
  const choices = chosen.map(({ number, countries }) => ({
    address: number,
    senderId: defaults.sender({ accountSid, defaultFrom: number })?.id ?? null,
    countries: countries === undefined ? null : new Set(countries),
  }));
  return { ...facts, choices };
}
