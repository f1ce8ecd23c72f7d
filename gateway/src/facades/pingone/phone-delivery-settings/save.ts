// Making and changing phone delivery settings: what is wished, what is stored and what the provider's account has become the
// change of a provider. Bad credentials, and an account that cannot be asked, store nothing.

import type { Logger } from "pino";
import { toError } from "../../../core/errors.ts";
import { isSid } from "../../../core/ids.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type {
  ClientAuthentication,
  FindClientAuthentication,
} from "../../../services/providers/client-authentication.ts";
import type { ProviderChange, ProviderDraft, Providers, VerifiedUpstream } from "../../../services/providers.ts";
import type { Environment } from "../auth.ts";
import { constraint, type ErrorDetail, invalidData, nameTaken, refuse } from "../details.ts";
import { asDialects, type Dialect, dialectOf, nameOf, type ProviderType, typeOf } from "./dialect.ts";
import * as own from "./own-requests.ts";
import {
  countryProblems,
  missingFields,
  type SyniverseWish,
  type TwilioType,
  type TwilioWish,
  type Wish,
} from "./schema.ts";
import {
  isNumber,
  type OwnSender,
  type SelectedSenders,
  type Selection,
  selectNumbers,
  selectService,
} from "./twilio.ts";

export interface SavingDeps {
  readonly providers: Providers;
  readonly log: Logger;
  readonly findClientAuthentication: FindClientAuthentication;
}

const settingsMax = 10;
/** How long a change waits for a look at the provider's account that it does not depend on. */
const synchroniseMs = 3000;

export async function createSetting(deps: SavingDeps, environment: Environment, wish: Wish): Promise<Provider> {
  const { accountSid, actor } = environment;
  refuse([...missingFields(wish.type, wish.body), ...problemsOf(wish, null)]);
  const admit = (others: readonly Provider[]) => refuse(admissionProblems(others, wish.body.name, null));
  admit(await deps.providers.list(accountSid));
  if (wish.type === "CUSTOM_PROVIDER" || wish.type === "CUSTOM_SYNIVERSE") {
    const draft = await httpDraft(deps, environment, wish);
    return await deps.providers.create(accountSid, actor, draft, { check: "skip", admit });
  }
  const { draft, verified } = await twilioDraft(deps, environment, wish.type, wish.body);
  return await deps.providers.create(accountSid, actor, draft, { verified, admit });
}

export async function changeSetting(
  deps: SavingDeps,
  environment: Environment,
  before: Provider,
  wish: Wish,
): Promise<Provider> {
  const { accountSid, actor } = environment;
  refuse([...immutableProblems(before, wish), ...problemsOf(wish, before)]);
  const admit = (others: readonly Provider[]) => refuse(admissionProblems(others, wish.body.name, before));
  admit((await deps.providers.list(accountSid)).filter(({ id }) => id !== before.id));
  const saving = { admit, check: "skip" } as const;
  if (wish.type === "CUSTOM_PROVIDER" || wish.type === "CUSTOM_SYNIVERSE") {
    const { config, secrets } = await httpDraft(deps, environment, wish, before);
    const keepsSenders = wish.body.numbers === undefined;
    const change = (now: Provider): ProviderChange => ({
      ...named(wish),
      config: withoutAbsent({ ...(keepsSenders ? now.config : withoutSenders(now.config)), ...config }),
      secrets,
      dialects: asDialects(dialectAfter(now, wish, ownNumbersOf(wish))),
    });
    return await deps.providers.change(accountSid, actor, before.id, change, saving);
  }
  return await changeTwilio(deps, environment, before, wish);
}

/** What is wrong whatever the provider's account has. */
function problemsOf(wish: Wish, before: Provider | null): ErrorDetail[] {
  if (wish.type === "CUSTOM_TWILIO_MESSAGING_SERVICE" || wish.type === "CUSTOM_TWILIO_VERIFY") return [];
  const isOwn = wish.type === "CUSTOM_PROVIDER";
  const { numbers } = wish.body;
  const problems = [...countryProblems(numbers, isOwn), ...own.numberProblems(numbers)];
  if (wish.type !== "CUSTOM_PROVIDER") return problems;
  const { requests, authentication } = wish.body;
  return [...problems, ...own.urlProblems(requests, before), ...own.authenticationProblems(authentication, before)];
}

/** Names are compared as they are; the sandbox is not one of the settings. */
function admissionProblems(
  others: readonly Provider[],
  name: string | undefined,
  before: Provider | null,
): ErrorDetail[] {
  const settings = others.filter((other) => typeOf(other) !== null);
  const isKept = before !== null && (name === undefined || name === nameOf(before));
  const taken = isKept ? undefined : settings.find((other) => name !== undefined && nameOf(other) === name);
  if (taken !== undefined) return [nameTaken(taken.id)];
  if (before !== null || settings.length < settingsMax) return [];
  const message = `an environment has at most ${settingsMax} phone delivery settings`;
  return [constraint("phoneDeliverySettings", message, { maximumValue: settingsMax })];
}

function immutableProblems(before: Provider, wish: Wish): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  const fixed = (target: string) => problems.push(constraint(target, "cannot be changed"));
  if (wish.body.id !== undefined && wish.body.id.toLowerCase() !== before.id) fixed("id");
  if (wish.type !== typeOf(before)) fixed("provider");
  const sid = "sid" in wish.body ? wish.body.sid : undefined;
  if (sid !== undefined && wish.type !== "CUSTOM_SYNIVERSE" && !isSameSid(sid, before.config["accountSid"]))
    fixed("sid");
  return problems;
}

function isSameSid(one: string, other: unknown): boolean {
  return typeof other === "string" && one.toLowerCase() === other.toLowerCase();
}

/** A name that was not given stays as it is. */
function named({ body }: Wish): Pick<ProviderChange, "name"> {
  return body.name === undefined ? {} : { name: body.name };
}

function withoutAbsent(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

function dialectAfter(now: Provider, { type, body }: Wish, numbers: Selection["dialect"]): Dialect {
  const { unnamed, default: isDefault, ...before } = dialectOf(now);
  const defaulted = body.default ?? isDefault;
  return {
    ...before,
    ...numbers,
    provider: type,
    ...(unnamed === undefined || body.name !== undefined ? {} : { unnamed }),
    ...(defaulted === undefined ? {} : { default: defaulted }),
  };
}

function newDialect({ type, body }: Wish, unnamed: string, numbers: Selection["dialect"]): Dialect {
  return {
    ...numbers,
    provider: type,
    ...(body.name === undefined ? { unnamed } : {}),
    ...(body.default === undefined ? {} : { default: body.default }),
  };
}

const defaultNames: Readonly<Record<ProviderType, string>> = {
  CUSTOM_TWILIO: "Twilio",
  CUSTOM_TWILIO_MESSAGING_SERVICE: "Twilio messaging services",
  CUSTOM_TWILIO_VERIFY: "Twilio Verify",
  CUSTOM_SYNIVERSE: "Syniverse",
  CUSTOM_PROVIDER: "Custom provider",
};

type HttpWish = Exclude<Wish, { readonly type: TwilioType }>;

function ownNumbersOf({ body }: { readonly body: Pick<SyniverseWish, "numbers"> }): Selection["dialect"] {
  return body.numbers === undefined ? {} : { numbers: own.ownNumbers(body.numbers) };
}

async function httpDraft(
  deps: SavingDeps,
  { accountSid }: Environment,
  wish: HttpWish,
  before?: Provider,
): Promise<ProviderDraft> {
  const numbers = ownNumbersOf(wish).numbers ?? (before === undefined ? [] : (dialectOf(before).numbers ?? []));
  const name = wish.body.name ?? defaultNames[wish.type];
  const dialects = asDialects(newDialect(wish, name, ownNumbersOf(wish)));
  const senders = wish.body.numbers === undefined && before !== undefined ? {} : own.ownSenders(numbers);
  if (wish.type === "CUSTOM_SYNIVERSE") {
    const { authToken } = wish.body;
    const secrets = authToken === undefined ? {} : { authToken };
    return { kind: "http", name, config: { format: "syniverse", ...senders }, secrets, dialects };
  }
  const { authentication } = wish.body;
  const requests = own.requestsConfig(wish.body.requests);
  const keepsForm = before !== undefined && isShownAs(before, requests);
  const form = keepsForm ? {} : { format: "template", requests, endpoint: undefined, headers: undefined };
  const secrets = own.authenticationSecrets(authentication) as Record<string, string>;
  const draftWith = (found: ClientAuthentication | null): ProviderDraft => {
    const config = { ...form, authentication: own.authenticationConfig(authentication, found, before), ...senders };
    if (before !== undefined) return { kind: "http", name, config, secrets, dialects };
    // A new provider has nothing that could be removed.
    const given = withoutAbsent(secrets) as Record<string, string>;
    return { kind: "http", name, config: withoutAbsent(config), secrets: given, dialects };
  };
  const draft = draftWith(null);
  if (authentication.method !== "OAUTH2") return draft;
  const asked = {
    ...draft,
    config: withoutAbsent(draft.config),
    secrets: withoutAbsent(secrets) as Record<string, string>,
  };
  return draftWith(await deps.findClientAuthentication(accountSid, asked, before?.id));
}

/** A webhook of another dialect that is sent back as it was shown stays one. */
function isShownAs(before: Provider, requests: unknown): boolean {
  if (before.config["requests"] !== undefined) return false;
  return JSON.stringify(sorted(own.presentRequests(before.config))) === JSON.stringify(sorted(requests));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

function withoutSenders(config: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { fromNumber: _number, fromNumbers: _numbers, messagingServiceSid: _service, ...rest } = config;
  return rest;
}

async function twilioDraft(deps: SavingDeps, { accountSid }: Environment, type: TwilioType, body: TwilioWish) {
  const name = body.name ?? defaultNames[type];
  const config = { accountSid: accountSidOf(body.sid ?? ""), ...verifyConfig(type, body) };
  const draft = { kind: "twilio", name, config, secrets: { authToken: body.authToken ?? "" } } as const;
  const verified = await deps.providers.verify(accountSid, draft);
  if (type === "CUSTOM_TWILIO" && !verified.senders.some(isNumber)) {
    throw invalidData(
      constraint("sid", "the account has no phone numbers to send from: get one at the provider first"),
    );
  }
  const selection = demand(
    select(type, { config: { ...config, fromNumbers: [] }, dialects: {} }, verified.senders, body),
  );
  const dialects = asDialects(newDialect({ type, body }, name, selection.dialect));
  return {
    draft: { ...draft, config: { ...config, ...(selection.senders ?? { fromNumbers: [] }) }, dialects },
    verified,
  };
}

/** What is no account SID cannot be one that the provider knows: the same error. */
function accountSidOf(sid: string): string {
  if (isSid(sid, "AC")) return sid;
  const message = "The sid is not an account SID: AC and 32 hex digits, 34 characters";
  throw invalidData({ code: "INVALID_VALUE", target: "sid", message });
}

function verifyConfig(type: TwilioType, { verifyServiceId }: TwilioWish): { readonly verifyServiceSid?: string } {
  return type !== "CUSTOM_TWILIO_VERIFY" || verifyServiceId === undefined ? {} : { verifyServiceSid: verifyServiceId };
}

function select(
  type: TwilioType,
  provider: Pick<Provider, "config" | "dialects">,
  senders: readonly OwnSender[],
  body: TwilioWish,
) {
  if (type === "CUSTOM_TWILIO") return selectNumbers(provider, senders, body.numbers);
  if (type === "CUSTOM_TWILIO_MESSAGING_SERVICE") return selectService(provider, senders, body.messagingServices);
  return { dialect: {}, senders: null };
}

function demand(selection: ReturnType<typeof select>): Selection {
  if ("problems" in selection) throw invalidData(...selection.problems);
  return selection;
}

async function changeTwilio(
  deps: SavingDeps,
  { accountSid, actor }: Environment,
  before: Provider,
  wish: { readonly type: TwilioType; readonly body: TwilioWish },
): Promise<Provider> {
  const { type, body } = wish;
  const verified = await verifiedAnew(deps, before, wish);
  if (verified === null) await synchronise(deps, before);
  const senders = verified?.senders ?? (await deps.providers.upstreamSendersOf(accountSid, before.id));
  const change = (now: Provider): ProviderChange => {
    const selection = demand(select(type, now, senders, body));
    return {
      ...named(wish),
      config: { ...configAfter(now.config, selection.senders), ...verifyConfig(type, body) },
      ...(body.authToken === undefined ? {} : { secrets: { authToken: body.authToken } }),
      dialects: asDialects(dialectAfter(now, wish, selection.dialect)),
    };
  };
  const admit = (others: readonly Provider[]) => refuse(admissionProblems(others, body.name, before));
  const saving = { admit, ...(verified === null ? { check: "skip" as const } : { verified }) };
  return await deps.providers.change(accountSid, actor, before.id, change, saving);
}

function configAfter(config: Readonly<Record<string, unknown>>, senders: SelectedSenders | null) {
  return senders === null ? config : { ...withoutSenders(config), ...senders };
}

/** Credentials that are others than those stored are verified, and so is another Verify service. Null: nothing is new. */
function verifiedAnew(
  { providers }: SavingDeps,
  { accountSid, id, config }: Provider,
  { type, body }: { readonly type: TwilioType; readonly body: TwilioWish },
): Promise<VerifiedUpstream | null> {
  return providers.verifyChange(accountSid, id, {
    config: { ...config, ...verifyConfig(type, body) },
    ...(body.authToken === undefined ? {} : { secrets: { authToken: body.authToken } }),
  });
}

/** An outage of the provider must not keep a change from being stored: what it had last counts then. */
async function synchronise({ providers, log }: SavingDeps, { accountSid, id }: Provider): Promise<void> {
  const checking = providers.check(accountSid, id).catch((error: unknown) => {
    log.warn({ err: toError(error), providerId: id }, "a provider could not be synchronised before its change");
  });
  await Promise.race([checking, new Promise((resolve) => setTimeout(resolve, synchroniseMs).unref())]);
}
