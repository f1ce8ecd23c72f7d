// Rotations as the outside sees them: started, shown, turned back.

import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { newAuthToken } from "../../core/credentials/secrets.ts";
import { GatewayError } from "../../core/errors.ts";
import { type AccountSid, newUuid, type Uuid } from "../../core/ids.ts";
import type { ProviderWithSecrets } from "../../core/providers/provider.ts";
import { firstStep, type Rotation, type RotationKind } from "../../core/rotation/rotation.ts";
import { isSameUpstream } from "../../core/rotation/same-upstream.ts";
import { lockFallbackChain } from "../../store/accounts.ts";
import { writeAudit } from "../../store/audit.ts";
import { insertSecondaryToken } from "../../store/auth-tokens.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { findProvider, loadProviders } from "../../store/providers.ts";
import {
  abandonRotation,
  endOverlap,
  findRotation,
  insertRotation,
  isRotating,
  listRotations,
  requestRollBack,
  setRotationCredentials,
} from "../../store/rotations.ts";
import type { Authenticator } from "../authenticator.ts";
import { changeAccess } from "../change-access.ts";

export interface Rotations {
  /** Rejects with `conflict` while one is under way, `invalid-parameter` for a kind of provider that has nothing to rotate. */
  start(accountSid: AccountSid, actor: string, providerId: string): Promise<Rotation>;
  /** The account's own auth token. Resolves to the new one, too: it is not shown again. */
  startOwn(
    accountSid: AccountSid,
    actor: string,
    overlapSeconds: number,
  ): Promise<{ readonly rotation: Rotation; readonly authToken: string }>;
  /** The newest first. `providerId` null: the account's own token. */
  list(accountSid: AccountSid, providerId: string | null): Promise<Rotation[]>;
  get(accountSid: AccountSid, id: Uuid): Promise<Rotation>;
  /** Rejects with `conflict` once there is no way back. */
  rollBack(accountSid: AccountSid, actor: string, id: Uuid): Promise<Rotation>;
  /** Ends it where it stands: for one that cannot go on. Rejects with `conflict` when it is over. */
  abandon(accountSid: AccountSid, actor: string, id: Uuid): Promise<Rotation>;
  /** Ends an overlap now. Rejects with `conflict` when it is not in one. */
  promoteNow(accountSid: AccountSid, actor: string, id: Uuid): Promise<Rotation>;
}

export interface RotationsDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly authenticator: Pick<Authenticator, "forget">;
  /** A rotation has become due. */
  readonly wake: () => void;
}

const shownMax = 50;

export function createRotations(deps: RotationsDeps): Rotations {
  const { db, clock, wake } = deps;

  async function get(accountSid: AccountSid, id: Uuid): Promise<Rotation> {
    const rotation = await findRotation(db, accountSid, id);
    if (rotation === null) throw new GatewayError("not-found", `The account has no rotation ${id}.`);
    return rotation;
  }

  async function ask(accountSid: AccountSid, id: Uuid, { actor, action, change, refusal }: Asking): Promise<Rotation> {
    await get(accountSid, id);
    await db.transaction(async (tx) => {
      if (!(await change(tx, accountSid, id, new Date(clock.nowMs())))) throw new GatewayError("conflict", refusal);
      await audit(tx, { accountSid, actor, action, subject: id });
    });
    wake();
    return get(accountSid, id);
  }

  return {
    get,
    start: (accountSid, actor, providerId) => start(deps, accountSid, actor, providerId),
    startOwn: (accountSid, actor, overlapSeconds) => startOwn(deps, accountSid, actor, overlapSeconds),
    async list(accountSid, providerId) {
      if (providerId === null) return listRotations(db, accountSid, null, shownMax);
      const { id } = await existing(deps, db, accountSid, providerId);
      return listRotations(db, accountSid, id, shownMax);
    },
    rollBack: (accountSid, actor, id) => {
      const refusal = "It is over, or the old credentials may have ended already: there is no way back.";
      return ask(accountSid, id, { actor, action: "rotation.roll-back-requested", change: requestRollBack, refusal });
    },
    abandon: (accountSid, actor, id) => {
      return ask(accountSid, id, {
        ...{ actor, action: "rotation.abandoned", change: abandonRotation },
        refusal: "It is over already.",
      });
    },
    promoteNow: (accountSid, actor, id) => {
      const refusal = "It is not waiting for its overlap to end.";
      return ask(accountSid, id, { actor, action: "rotation.overlap-ended", change: endOverlap, refusal });
    },
  };
}

interface Asking {
  readonly actor: string;
  readonly action: string;
  readonly change: (tx: Queryable, accountSid: AccountSid, id: Uuid, now: Date) => Promise<boolean>;
  readonly refusal: string;
}

async function start(deps: RotationsDeps, accountSid: AccountSid, actor: string, id: string): Promise<Rotation> {
  const { db, clock, wake } = deps;
  const rotation = await db.transaction(async (tx) => {
    await lockFallbackChain(tx, accountSid);
    const provider = await existing(deps, tx, accountSid, id);
    const kind = kindFor(provider);
    // Providers of one upstream account share its credentials: one rotation serves them all.
    const all = await loadProviders(tx, deps.sealer, accountSid);
    const sharing = all.filter((other) => isSameUpstream(provider, other)).map((other) => other.id);
    if (await isRotating(tx, accountSid, sharing)) throw underWay();
    const draft = newRotation(accountSid, kind, actor, new Date(clock.nowMs()));
    await insert(tx, { ...draft, providerId: provider.id });
    return { ...draft, providerId: provider.id };
  });
  wake();
  return rotation;
}

function kindFor({ kind, config }: ProviderWithSecrets): RotationKind {
  if (kind === "twilio") return config["apiKeySid"] === undefined ? "auth-token" : "api-key";
  const message = `A provider of kind ${kind} has no credentials that its upstream could renew; change them with PATCH.`;
  throw new GatewayError("invalid-parameter", message);
}

async function startOwn(
  { db, sealer, clock, authenticator }: RotationsDeps,
  accountSid: AccountSid,
  actor: string,
  overlapSeconds: number,
) {
  const authToken = newAuthToken();
  const now = new Date(clock.nowMs());
  const rotation: Rotation = {
    ...newRotation(accountSid, "own-auth-token", actor, now),
    step: "overlap",
    overlapSeconds,
    dueAt: new Date(now.getTime() + overlapSeconds * 1000),
  };
  await changeAccess({ db, authenticator }, accountSid, async (tx) => {
    if ((await insertSecondaryToken(tx, sealer, accountSid, authToken)) === null) {
      throw new GatewayError("conflict", "The account has a secondary auth token: promote or delete it first.");
    }
    await insert(tx, rotation);
    await setRotationCredentials(tx, sealer, rotation, { old: {}, new: { authToken } });
  });
  return { rotation, authToken };
}

function newRotation(accountSid: AccountSid, kind: RotationKind, startedBy: string, now: Date): Rotation {
  return {
    accountSid,
    id: newUuid(),
    providerId: null,
    kind,
    state: "running",
    step: firstStep(kind),
    steps: [],
    tries: 0,
    reason: null,
    overlapSeconds: null,
    startedBy,
    rollBackRequested: false,
    dueAt: now,
    createdAt: now,
    finishedAt: null,
  };
}

async function insert(tx: Queryable, rotation: Rotation): Promise<void> {
  const { accountSid, id, startedBy } = rotation;
  if (!(await insertRotation(tx, rotation))) {
    throw underWay();
  }
  await audit(tx, { accountSid, actor: startedBy, action: "rotation.started", subject: id });
}

function underWay(): GatewayError {
  return new GatewayError("conflict", "A rotation of these credentials is under way already.");
}

async function existing({ sealer }: RotationsDeps, db: Queryable, accountSid: AccountSid, id: string) {
  const provider = await findProvider(db, sealer, accountSid, id);
  if (provider === null) throw new GatewayError("not-found", `The account has no provider ${id}.`);
  return provider;
}

function audit(
  tx: Queryable,
  entry: { readonly accountSid: AccountSid; readonly actor: string; readonly action: string; readonly subject: string },
): Promise<void> {
  return writeAudit(tx, { ...entry, before: null, after: null });
}
