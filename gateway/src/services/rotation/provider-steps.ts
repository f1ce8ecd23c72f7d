// What each step of rotating a provider's credentials does. Only asks the upstream: what is to be stored comes back as the
// outcome, and is stored together with the progress. A step may be done again at any time (the process died before its
// outcome was stored), and must then come to the same end.

import type { TwilioUpstream, UpstreamFailure, UpstreamResult } from "../../carriers/upstream.ts";
import type { ProviderWithSecrets } from "../../core/providers/provider.ts";
import type { RotationCredentials, RotationStep } from "../../core/rotation/rotation.ts";
import type { ClaimedRotation } from "../../store/rotations.ts";

export type Credentials = Readonly<Record<string, string>>;

export type StepOutcome =
  | {
      readonly kind: "done";
      readonly detail?: string;
      /** Kept from here on. */
      readonly credentials?: RotationCredentials;
      /** What is to be stored about the provider, and about all others that share the credentials, in the same transaction. */
      readonly change?: CredentialsChange;
      /** Rest before the next step. */
      readonly afterMs?: number;
    }
  /** Something that may pass. */
  | { readonly kind: "again"; readonly detail: string; readonly maybeDone: boolean }
  /** It cannot be done. */
  | { readonly kind: "give-up"; readonly detail: string };

export interface CredentialsChange {
  /** Null: it does not concern this provider, whose credentials are others. */
  readonly apply: (provider: ProviderWithSecrets) => ProviderWithSecrets | null;
  /** The rotation cannot go on unless it concerns its own provider. */
  readonly required: boolean;
}

export interface StepContext {
  readonly rotation: ClaimedRotation;
  readonly provider: ProviderWithSecrets;
  readonly upstream: TwilioUpstream;
  readonly signal: AbortSignal;
  /** How long messages may still be on their way with the credentials that were just replaced. */
  readonly settleMs: number;
  /** Does another account of this gateway send through the same upstream account? It would lose its credentials. */
  readonly isShared: () => Promise<boolean>;
}

/** How long what comes in may still be signed with the token that has ended: callbacks that were under way. */
const forgetAfterMs = 600_000;

export function runProviderStep(step: RotationStep, context: StepContext): Promise<StepOutcome> {
  return steps[step](context);
}

const steps: Readonly<Record<RotationStep, (context: StepContext) => Promise<StepOutcome>>> = {
  check: async (context) => {
    const { rotation, provider, upstream, signal } = context;
    const old = credentialsOf(rotation.kind, provider);
    if (rotation.kind === "api-key" && provider.secrets["authToken"] === undefined) {
      const detail = "Only an account's auth token may make API keys: store the provider's authToken beside its key.";
      return { kind: "give-up", detail };
    }
    const answer = await upstream.check(provider, signal);
    if (answer.kind === "failure") return failed(answer);
    if (await context.isShared()) {
      const detail =
        "Another account of this gateway sends through the same upstream account, and would be cut off: give each its own.";
      return { kind: "give-up", detail };
    }
    return { kind: "done", credentials: { old, new: null } };
  },
  create,
  probe: async ({ provider, upstream, signal, rotation }) => {
    const answer = await upstream.check(withCredentials(provider, made(rotation)), signal);
    // New credentials may take a while to be known everywhere.
    return answer.kind === "ok" ? { kind: "done" } : again(answer);
  },
  switch: async ({ provider, rotation, settleMs }) => {
    const old: Credentials = rotation.credentials?.old ?? {};
    if (!isCurrent(provider, old))
      return { kind: "give-up", detail: "The provider's credentials were changed meanwhile." };
    const change = onlyFor(old, (each) => withSecondary(withCredentials(each, made(rotation)), old["authToken"]));
    return { kind: "done", change: { apply: change, required: true }, afterMs: settleMs };
  },
  overlap: async () => ({ kind: "done" }),
  promote: (context) => (context.rotation.kind === "api-key" ? deleteOldKey(context) : promoteToken(context)),
  confirm: async ({ provider, rotation, upstream, signal }) => {
    const answer = await upstream.check(withCredentials(provider, made(rotation)), signal);
    return answer.kind === "ok" ? { kind: "done", afterMs: forgetAfterMs } : again(answer);
  },
  forget: async ({ rotation }) => ({
    kind: "done",
    change: { apply: withoutSecondary(rotation.credentials?.old["authToken"]), required: false },
  }),
  "switch-back": async ({ rotation, settleMs }) => {
    const old: Credentials = rotation.credentials?.old ?? {};
    const fresh = made(rotation);
    const apply = onlyFor(fresh, (each) => withSecondary(withCredentials(each, old), fresh["authToken"]));
    return { kind: "done", change: { apply, required: false }, afterMs: settleMs };
  },
  undo: (context) => (context.rotation.kind === "api-key" ? deleteNewKeys(context) : deleteNewToken(context)),
};

async function create(context: StepContext): Promise<StepOutcome> {
  const { rotation, provider, upstream, signal } = context;
  const old = rotation.credentials?.old ?? credentialsOf(rotation.kind, provider);
  if (rotation.kind === "api-key") {
    if (mayHaveMade(rotation)) {
      const cleared = await deleteNewKeys(context);
      if (cleared.kind !== "done") return cleared;
    }
    const key = await upstream.createApiKey(asOwner(provider), keyName(rotation), signal);
    if (key.kind === "failure") return failed(key);
    const { sid, secret } = key.value;
    return { kind: "done", detail: `key ${sid}`, credentials: { old, new: { apiKeySid: sid, apiKeySecret: secret } } };
  }
  const token = await newToken(context);
  if (token.kind === "failure") return failed(token);
  const fresh = { authToken: token.value };
  // Known from here on, so that what comes in is recognised whichever of the two it is signed with.
  const apply = onlyFor(old, (each) => withSecondary(each, token.value));
  return { kind: "done", credentials: { old, new: fresh }, change: { apply, required: true } };
}

/** A token that an earlier try left behind can be read by nobody: it is deleted, and made anew. */
async function newToken({ rotation, provider, upstream, signal }: StepContext): Promise<UpstreamResult<string>> {
  const first = await upstream.createSecondaryToken(provider, signal);
  if (first.kind === "ok" || first.state !== "misconfigured") return first;
  if (!mayHaveMade(rotation)) {
    const reason = `${first.reason} (If the upstream account has a secondary token already: promote or delete it there first.)`;
    return { ...first, reason };
  }
  const deleted = await upstream.deleteSecondaryToken(provider, signal);
  return deleted.kind === "failure" ? deleted : upstream.createSecondaryToken(provider, signal);
}

/** A process died at this step, or an answer was lost: then what is there may be of our own making. */
export function mayHaveMade({ steps, tries }: ClaimedRotation): boolean {
  if (steps.some((record) => record.step === "create" && record.maybeDone === true)) return true;
  const last = steps.at(-1);
  const recorded = last?.step === "create" ? last.tries : 0;
  return tries - 1 > recorded;
}

async function promoteToken({ rotation, provider, upstream, signal }: StepContext): Promise<StepOutcome> {
  const fresh = withCredentials(provider, made(rotation));
  const promoted = await upstream.promoteSecondaryToken(fresh, signal);
  if (promoted.kind === "ok") {
    if (promoted.value === made(rotation)["authToken"]) return { kind: "done" };
    const credentials = { old: rotation.credentials?.old ?? {}, new: { authToken: promoted.value } };
    const apply = onlyFor(made(rotation), (each) => withCredentials(each, credentials.new));
    return { kind: "done", credentials, change: { apply, required: false } };
  }
  const old = withCredentials(provider, rotation.credentials?.old ?? {});
  const [oldAnswer, newAnswer] = await Promise.all([upstream.check(old, signal), upstream.check(fresh, signal)]);
  const oldEnded = oldAnswer.kind === "failure" && oldAnswer.state === "rejected";
  if (oldEnded && newAnswer.kind === "ok") return { kind: "done", detail: "It had been promoted before." };
  // Both are good and the upstream says no: there is a way back after all.
  if (oldAnswer.kind === "ok" && promoted.state !== "unreachable" && rotation.tries >= promoteTriesMax) {
    return { kind: "give-up", detail: promoted.reason };
  }
  return again(promoted);
}

const promoteTriesMax = 8;

async function deleteOldKey({ rotation, provider, upstream, signal }: StepContext): Promise<StepOutcome> {
  const sid = rotation.credentials?.old["apiKeySid"];
  const deleted = sid === undefined ? null : await upstream.deleteApiKey(asOwner(provider), sid, signal);
  return deleted?.kind === "failure" ? again(deleted) : { kind: "done" };
}

async function deleteNewKeys({ rotation, provider, upstream, signal }: StepContext): Promise<StepOutcome> {
  const owner = asOwner(provider);
  const found = await upstream.findApiKeys(owner, keyName(rotation), signal);
  if (found.kind === "failure") return onTheWayBack(found);
  for (const sid of found.value) {
    const deleted = await upstream.deleteApiKey(owner, sid, signal);
    if (deleted.kind === "failure") return onTheWayBack(deleted);
  }
  return { kind: "done" };
}

async function deleteNewToken({ rotation, provider, upstream, signal }: StepContext): Promise<StepOutcome> {
  if (rotation.credentials === null || (rotation.credentials.new === null && !mayHaveMadeEver(rotation))) {
    return { kind: "done", detail: "Nothing had been made." };
  }
  const old = withCredentials(provider, rotation.credentials.old);
  let deleted = await upstream.deleteSecondaryToken(old, signal);
  // Somebody has changed the token meanwhile: theirs may do it.
  if (isRejected(deleted)) deleted = await upstream.deleteSecondaryToken(asOwner(provider), signal);
  if (deleted.kind === "failure") return onTheWayBack(deleted);
  return {
    kind: "done",
    change: { apply: withoutSecondary(rotation.credentials.new?.["authToken"]), required: false },
  };
}

function isRejected(result: UpstreamResult<unknown>): boolean {
  return result.kind === "failure" && result.state === "rejected";
}

/** Credentials that are refused do not get better by waiting: a person has to look. */
function onTheWayBack(failure: UpstreamFailure): StepOutcome {
  return failure.state === "rejected" ? { kind: "give-up", detail: failure.reason } : again(failure);
}

function mayHaveMadeEver({ steps }: ClaimedRotation): boolean {
  return steps.some((record) => record.step === "create" && record.maybeDone === true);
}

function keyName({ id }: ClaimedRotation): string {
  return `Trunkline ${id}`;
}

function credentialsOf(kind: ClaimedRotation["kind"], { config, secrets }: ProviderWithSecrets): Credentials {
  if (kind !== "api-key") return { authToken: secrets["authToken"] ?? "" };
  return { apiKeySid: String(config["apiKeySid"]), apiKeySecret: secrets["apiKeySecret"] ?? "" };
}

function made({ credentials }: ClaimedRotation): Credentials {
  return credentials?.new ?? {};
}

function isCurrent({ config, secrets }: ProviderWithSecrets, credentials: Credentials): boolean {
  return Object.entries(credentials).every(([name, value]) =>
    name === "apiKeySid" ? config[name] === value : secrets[name] === value,
  );
}

function onlyFor(credentials: Credentials, change: (provider: ProviderWithSecrets) => ProviderWithSecrets) {
  return (provider: ProviderWithSecrets) => (isCurrent(provider, credentials) ? change(provider) : null);
}

function withoutSecondary(token: string | undefined) {
  return (provider: ProviderWithSecrets) =>
    token !== undefined && provider.secrets["secondaryAuthToken"] === token ? withSecondary(provider, undefined) : null;
}

function withCredentials(provider: ProviderWithSecrets, credentials: Credentials): ProviderWithSecrets {
  const { apiKeySid, ...secrets } = credentials;
  const config = apiKeySid === undefined ? provider.config : { ...provider.config, apiKeySid };
  return { ...provider, config, secrets: { ...provider.secrets, ...secrets } };
}

function withSecondary(provider: ProviderWithSecrets, secondaryAuthToken: string | undefined): ProviderWithSecrets {
  const { secondaryAuthToken: _former, ...secrets } = provider.secrets;
  return { ...provider, secrets: secondaryAuthToken === undefined ? secrets : { ...secrets, secondaryAuthToken } };
}

/** With the auth token alone: API keys may not manage keys. */
function asOwner(provider: ProviderWithSecrets): ProviderWithSecrets {
  const { apiKeySid: _sid, ...config } = provider.config;
  const { apiKeySecret: _secret, ...secrets } = provider.secrets;
  return { ...provider, config, secrets };
}

function failed(failure: UpstreamFailure): StepOutcome {
  return failure.state === "unreachable" ? again(failure) : { kind: "give-up", detail: failure.reason };
}

function again({ reason, maybeDone }: UpstreamFailure): StepOutcome {
  return { kind: "again", detail: reason, maybeDone };
}
