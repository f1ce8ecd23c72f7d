// The ten calls about SMS providers, on the one provider store. Sandboxes are not seen here: ZITADEL has no word for them.

import { newSigningKey } from "../../../core/credentials/secrets.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { Provider } from "../../../core/providers/provider.ts";
import type { Providers } from "../../../services/providers.ts";
import { type Caller, seesSecrets } from "../auth.ts";
import type { Handlers } from "../call.ts";
import { type Refusal, refuse } from "../errors.ts";
import { listProviders } from "./listing.ts";
import { presentDetails, presentProvider, visibleTo } from "./present.ts";
import { refusals } from "./refusals.ts";
import { httpChange, httpDraft, httpViewOf, isSameTwilio, twilioChange, twilioDraft } from "./settings.ts";

export interface HandlersDeps {
  readonly providers: Providers;
}

export function createHandlers(deps: HandlersDeps): Handlers {
  return { ...readingOf(deps), ...twilioOf(deps), ...httpOf(deps), ...orderingOf(deps) };
}

function readingOf({ providers }: HandlersDeps): Pick<Handlers, "listSMSProviders" | "getSMSProvider"> {
  return {
    listSMSProviders: ({ query }, caller) => listProviders(providers, caller, query),
    async getSMSProvider({ id }, caller) {
      const provider = await find(providers, caller, { id, otherwise: refusals.get });
      const shown = seesSecrets(caller) && provider.secretNames.includes("signingKey");
      const keys = shown ? await providers.signingKeysOf(caller.accountSid) : undefined;
      return { config: presentProvider(visibleTo(caller, provider), caller.resourceOwner, keys?.get(provider.id)) };
    },
  };
}

type TwilioHandlers = "addSMSProviderTwilio" | "updateSMSProviderTwilio" | "updateSMSProviderTwilioToken";

function twilioOf({ providers }: HandlersDeps): Pick<Handlers, TwilioHandlers> {
  return {
    async addSMSProviderTwilio(request, caller) {
      const { accountSid, actor } = caller;
      const made = await providers.create(accountSid, actor, twilioDraft(request), { check: "skip" });
      return { details: presentDetails(made, caller.resourceOwner), id: made.number };
    },
    async updateSMSProviderTwilio(request, caller) {
      const wanted = { id: request.id, kind: "twilio", otherwise: refusals.updateTwilio } as const;
      const before = await find(providers, caller, wanted);
      if (isSameTwilio(before, request)) return { details: await unchanged(providers, caller, before) };
      const after = await change(providers, caller, wanted, (provider) => twilioChange(provider, request));
      return { details: presentDetails(after, caller.resourceOwner) };
    },
    async updateSMSProviderTwilioToken({ id, token }, caller) {
      const wanted = { id, kind: "twilio", otherwise: refusals.updateToken } as const;
      await find(providers, caller, wanted);
      const after = await change(providers, caller, wanted, () => ({ secrets: { authToken: token } }));
      return { details: presentDetails(after, caller.resourceOwner) };
    },
  };
}

function httpOf({ providers }: HandlersDeps): Pick<Handlers, "addSMSProviderHTTP" | "updateSMSProviderHTTP"> {
  return {
    async addSMSProviderHTTP(request, caller) {
      const { accountSid, actor } = caller;
      const signingKey = newSigningKey();
      const made = await providers.create(accountSid, actor, httpDraft(request, signingKey), { check: "skip" });
      return { details: presentDetails(made, caller.resourceOwner), id: made.number, signingKey };
    },
    async updateSMSProviderHTTP(request, caller) {
      const { id, endpoint, description, expirationSigningKey } = request;
      const wanted = { id, kind: "http", otherwise: refusals.updateHttp } as const;
      const before = httpViewOf(await find(providers, caller, wanted));
      const signingKey = expirationSigningKey === undefined ? null : newSigningKey();
      if (signingKey === null && before.endpoint === endpoint && before.description === description) {
        return { details: await unchanged(providers, caller, await find(providers, caller, wanted)) };
      }
      const after = await change(providers, caller, wanted, (provider) => httpChange(provider, request, signingKey));
      const details = presentDetails(after, caller.resourceOwner);
      return { details, ...(signingKey === null ? {} : { signingKey }) };
    },
  };
}

type OrderingHandlers = "activateSMSProvider" | "deactivateSMSProvider" | "removeSMSProvider";

function orderingOf({ providers }: HandlersDeps): Pick<Handlers, OrderingHandlers> {
  return {
    async activateSMSProvider({ id }, caller) {
      const { accountSid, actor } = caller;
      const provider = await find(providers, caller, { id, otherwise: refusals.activate });
      const active = await orRefuse(refusals.activate, providers.activate(accountSid, actor, provider.id));
      if (active === null) throw refuse(refusals.isActive);
      return { details: presentDetails(active, caller.resourceOwner) };
    },
    async deactivateSMSProvider({ id }, caller) {
      const { accountSid, actor } = caller;
      const provider = await find(providers, caller, { id, otherwise: refusals.deactivate });
      const inactive = await orRefuse(refusals.deactivate, providers.deactivate(accountSid, actor, provider.id));
      if (inactive === null) throw refuse(refusals.isInactive);
      return { details: presentDetails(inactive, caller.resourceOwner) };
    },
    async removeSMSProvider({ id }, caller) {
      const { accountSid, actor } = caller;
      const provider = await find(providers, caller, { id, otherwise: refusals.remove });
      // As in ZITADEL, nothing takes the place of an active provider that is removed.
      const removing = providers.remove(accountSid, actor, provider.id, { alone: true });
      return { details: presentDetails(await orRefuse(refusals.remove, removing), caller.resourceOwner) };
    },
  };
}

interface Wanted {
  readonly id: string;
  /** Another kind counts as not there. */
  readonly kind?: Provider["kind"];
  readonly otherwise: Refusal;
}

async function find(providers: Providers, { accountSid }: Caller, { id, kind, otherwise }: Wanted): Promise<Provider> {
  const provider = await orRefuse(otherwise, providers.get(accountSid, id));
  if (provider.kind === "sandbox" || (kind !== undefined && provider.kind !== kind)) throw refuse(otherwise);
  return provider;
}

/** Checked soon, in the background: ZITADEL's clients do not wait for Twilio. */
function change(
  providers: Providers,
  { accountSid, actor }: Caller,
  { id, otherwise }: Wanted,
  decide: Parameters<Providers["change"]>[3],
): Promise<Provider> {
  return orRefuse(otherwise, providers.change(accountSid, actor, id, decide, { check: "skip" }));
}

/** Somebody else may have removed it in the meantime. */
async function orRefuse<Result>(otherwise: Refusal, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof GatewayError && error.code === "not-found") throw refuse(otherwise);
    throw error;
  }
}

/** Of an update that changes nothing: the last change of any provider, as in ZITADEL. */
async function unchanged(providers: Providers, { accountSid, resourceOwner }: Caller, provider: Provider) {
  const last = await providers.lastChangeOf(accountSid);
  const at = last === null ? {} : { sequence: last.sequence, updatedAt: last.at };
  return presentDetails({ ...provider, ...at }, resourceOwner);
}
