// Whose hook ZITADEL calls, and whether it is ZITADEL: an incoming hook of the native API, or an HTTP provider in ZITADEL's
// format, whose signing key both sides have. A call is believed by its signature over the body; without one only where the
// hook's owner has said so.

import type { FastifyRequest } from "fastify";
import type { Clock } from "../../../core/clock.ts";
import { GatewayError } from "../../../core/errors.ts";
import type { AccountSid, Uuid } from "../../../core/ids.ts";
import { problemOfSignature, type SignatureProblem } from "../../../core/signature/zitadel-signature.ts";
import type { IncomingHooks } from "../../../services/incoming-hooks.ts";
import type { CalledProviders } from "../../../services/upstream-reports/called-providers.ts";
import { findAccountStatus } from "../../../store/accounts.ts";
import { findProviderIdByNumber } from "../../../store/called-providers.ts";
import type { Queryable } from "../../../store/database.ts";

export interface CallerDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly incomingHooks: Pick<IncomingHooks, "called">;
  readonly calledProviders: CalledProviders;
}

interface Hook {
  readonly accountSid: AccountSid;
  readonly accountStatus: string;
  readonly signingKey: string | null;
  readonly unsigned: boolean;
}

const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const numberForm = /^\d{18}$/;

/** Rejects with `not-found`, `forbidden` (with what to set up) and `account-not-active`. */
export async function accountOfCaller(
  deps: CallerDeps,
  { headers }: FastifyRequest,
  { id, body }: { readonly id: string; readonly body: Uint8Array },
): Promise<AccountSid> {
  const hooks = await hooksOf(deps, id);
  if (hooks.length === 0) {
    throw new GatewayError("not-found", "There is no such hook. Copy its URL from where you made it in Trunkline.");
  }
  const header = headers["zitadel-signature"];
  const signature = typeof header === "string" ? header : undefined;
  let problem: SignatureProblem | "no-key" = "missing";
  for (const hook of hooks) {
    problem = problemOf(hook, { signature, body, nowMs: deps.clock.nowMs() });
    if (problem !== null) continue;
    if (hook.accountStatus === "active") return hook.accountSid;
    throw new GatewayError("account-not-active", `The account is ${hook.accountStatus}.`);
  }
  throw new GatewayError("forbidden", reasons[problem ?? "missing"]);
}

const reasons: Readonly<Record<NonNullable<SignatureProblem> | "no-key", string>> = {
  missing:
    "The call has no ZITADEL-Signature. Older ZITADEL servers do not sign: allow that for this hook, if it must be.",
  malformed: "ZITADEL-Signature cannot be read.",
  wrong: "ZITADEL-Signature does not match: give this hook the signing key that ZITADEL shows for its provider.",
  old: "ZITADEL-Signature is older than five minutes: are both clocks right?",
  early: "ZITADEL-Signature is of the future: are both clocks right?",
  "no-key": "This hook has no signing key yet: give it the one that ZITADEL shows for its provider.",
};

interface Shown {
  readonly signature: string | undefined;
  readonly body: Uint8Array;
  readonly nowMs: number;
}

/** A signature that is there must be good, whether one is needed or not. */
function problemOf({ signingKey, unsigned }: Hook, shown: Shown): SignatureProblem | "no-key" {
  const { signature, body, nowMs } = shown;
  if (signingKey === null) return unsigned ? null : "no-key";
  const problem = problemOfSignature({ header: signature, body, signingKey, nowMs });
  return problem === "missing" && unsigned ? null : problem;
}

async function hooksOf(deps: CallerDeps, id: string): Promise<readonly Hook[]> {
  if (numberForm.test(id)) {
    const provider = await findProviderIdByNumber(deps.db, id);
    return provider === null ? [] : await providersAsHooks(deps, provider);
  }
  if (!uuidForm.test(id)) return [];
  const uuid = id.toLowerCase() as Uuid;
  const hook = await deps.incomingHooks.called(uuid);
  return hook === null ? await providersAsHooks(deps, uuid) : [hook];
}

async function providersAsHooks({ db, calledProviders }: CallerDeps, id: Uuid): Promise<readonly Hook[]> {
  const found = await calledProviders.find("http", id);
  const keyed = found.flatMap(({ accountSid, config, secrets: { signingKey = "" } }) =>
    config["format"] === "zitadel" && signingKey !== "" ? [{ accountSid, signingKey }] : [],
  );
  return await Promise.all(
    keyed.map(async (provider) => ({
      ...provider,
      accountStatus: (await findAccountStatus(db, provider.accountSid)) ?? "gone",
      unsigned: false,
    })),
  );
}
