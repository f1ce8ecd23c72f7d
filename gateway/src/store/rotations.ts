// Rotations in the database. A claim is a lease with a number; every later write names it, so that a process that was
// frozen past its lease changes nothing.

import type { Sealer } from "../core/credentials/seal.ts";
import { GatewayError } from "../core/errors.ts";
import { type AccountSid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { Rotation, RotationCredentials, StepRecord } from "../core/rotation/rotation.ts";
import type { Queryable } from "./database.ts";

interface RotationRow {
  account_id: Uuid;
  id: Uuid;
  provider_id: Uuid | null;
  kind: Rotation["kind"];
  state: Rotation["state"];
  step: Rotation["step"];
  steps: StepRecord[];
  tries: number;
  reason: string | null;
  credentials_sealed: Buffer | null;
  overlap_seconds: number | null;
  started_by: string;
  roll_back_requested: boolean;
  due_at: Date | null;
  claim: number;
  created_at: Date;
  finished_at: Date | null;
}

function toRotation(row: RotationRow): Rotation {
  return {
    accountSid: sidOf("AC", row.account_id),
    id: row.id,
    providerId: row.provider_id,
    kind: row.kind,
    state: row.state,
    step: row.step,
    steps: row.steps,
    tries: row.tries,
    reason: row.reason,
    overlapSeconds: row.overlap_seconds,
    startedBy: row.started_by,
    rollBackRequested: row.roll_back_requested,
    dueAt: row.due_at,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

/** What a rotation's credentials are sealed for. */
export function rotationCredentialsContext(accountId: Uuid, id: Uuid): string {
  return `rotations.credentials ${accountId} ${id}`;
}

/** Resolves to false, and changes nothing, while another rotation of the same credentials is under way. */
export async function insertRotation(tx: Queryable, rotation: Rotation): Promise<boolean> {
  const rows = await tx.query(
    `insert into rotations (account_id, id, provider_id, kind, state, step, started_by, overlap_seconds, due_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict do nothing returning id`,
    [
      uuidOf(rotation.accountSid),
      rotation.id,
      rotation.providerId,
      rotation.kind,
      rotation.state,
      rotation.step,
      rotation.startedBy,
      rotation.overlapSeconds,
      rotation.dueAt,
      rotation.createdAt,
    ],
  );
  return rows.length > 0;
}

export async function setRotationCredentials(
  tx: Queryable,
  sealer: Sealer,
  { accountSid, id }: Pick<Rotation, "accountSid" | "id">,
  credentials: RotationCredentials,
): Promise<void> {
  const accountId = uuidOf(accountSid);
  const sealed = sealer.seal(JSON.stringify(credentials), rotationCredentialsContext(accountId, id));
  await tx.query("update rotations set credentials_sealed = $3 where account_id = $1 and id = $2", [
    accountId,
    id,
    sealed,
  ]);
}

export interface ClaimedRotation extends Rotation {
  readonly claim: number;
  readonly leaseUntil: Date;
  readonly credentials: RotationCredentials | null;
  /** Its credentials cannot be opened. */
  readonly isUnreadable: boolean;
}

const CLAIM = {
  name: "claim_rotations",
  text: `
    update rotations set lease_until = $2, claim = claim + 1, tries = tries + 1
    where (account_id, id) in (
      select account_id, id from rotations
      where due_at <= $1 and (lease_until is null or lease_until <= $1)
      order by due_at limit $3 for no key update skip locked)
    returning *`,
};

/** Rotations whose next step is due; the step counts as tried from here on. */
export async function claimRotations(
  db: Queryable,
  sealer: Sealer,
  { now, leaseUntil, limit }: { readonly now: Date; readonly leaseUntil: Date; readonly limit: number },
): Promise<ClaimedRotation[]> {
  const rows = await db.query<RotationRow>(CLAIM, [now, leaseUntil, limit]);
  return rows.map((row) => {
    const claimed = { ...toRotation(row), claim: row.claim, leaseUntil };
    // One that cannot be opened must not keep the others from being worked on.
    try {
      return { ...claimed, credentials: openCredentials(sealer, row), isUnreadable: false };
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      return { ...claimed, credentials: null, isUnreadable: true };
    }
  });
}

function openCredentials(
  sealer: Sealer,
  { account_id, id, credentials_sealed }: RotationRow,
): RotationCredentials | null {
  if (credentials_sealed === null) return null;
  return JSON.parse(sealer.open(credentials_sealed, rotationCredentialsContext(account_id, id))) as RotationCredentials;
}

/** What a step came to. The lease ends with it. */
export interface RotationProgress {
  readonly state: Rotation["state"];
  readonly step: Rotation["step"];
  readonly steps: readonly StepRecord[];
  readonly tries: number;
  readonly reason: string | null;
  /** Null: forgotten. */
  readonly credentials: RotationCredentials | null;
  readonly dueAt: Date | null;
  readonly finishedAt: Date | null;
}

/** Resolves to false, and changes nothing, when the claim is no longer the last. */
export async function storeProgress(
  tx: Queryable,
  sealer: Sealer,
  { accountSid, id, claim }: ClaimedRotation,
  progress: RotationProgress,
): Promise<boolean> {
  const accountId = uuidOf(accountSid);
  const { credentials } = progress;
  const rows = await tx.query(
    `update rotations set state = $4, step = $5, steps = $6, tries = $7, reason = $8, credentials_sealed = $9, due_at = $10,
       finished_at = $11, lease_until = null
     where account_id = $1 and id = $2 and claim = $3 returning id`,
    [
      accountId,
      id,
      claim,
      progress.state,
      progress.step,
      JSON.stringify(progress.steps),
      progress.tries,
      progress.reason,
      credentials === null ? null : sealer.seal(JSON.stringify(credentials), rotationCredentialsContext(accountId, id)),
      progress.dueAt,
      progress.finishedAt,
    ],
  );
  return rows.length > 0;
}

export async function findRotation(db: Queryable, accountSid: AccountSid, id: Uuid): Promise<Rotation | null> {
  const [row] = await db.query<RotationRow>("select * from rotations where account_id = $1 and id = $2", [
    uuidOf(accountSid),
    id,
  ]);
  return row === undefined ? null : toRotation(row);
}

/** The newest first; of one provider, or (null) of the account's own token. */
export async function listRotations(
  db: Queryable,
  accountSid: AccountSid,
  providerId: Uuid | null,
  limit: number,
): Promise<Rotation[]> {
  const rows = await db.query<RotationRow>(
    `select * from rotations where account_id = $1 and provider_id is not distinct from $2::uuid
     order by id desc limit $3`,
    [uuidOf(accountSid), providerId, limit],
  );
  return rows.map(toRotation);
}

/** Asks for the way back; the step that is under way is finished first. Resolves to false when it is over. */
export async function requestRollBack(tx: Queryable, accountSid: AccountSid, id: Uuid, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `update rotations set roll_back_requested = true, due_at = least(due_at, $3)
     where account_id = $1 and id = $2 and state = 'running' and step not in ('promote', 'confirm', 'forget')
     returning id`,
    [uuidOf(accountSid), id, now],
  );
  return rows.length > 0;
}

/** Ends it where it stands, for a person to see to what is left. Resolves to false when it is over. */
export async function abandonRotation(tx: Queryable, accountSid: AccountSid, id: Uuid, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `update rotations set state = 'failed', step = null, reason = concat_ws(' ', reason, 'Abandoned on request.'),
       credentials_sealed = null, due_at = null, lease_until = null, claim = claim + 1, finished_at = $3
     where account_id = $1 and id = $2 and state in ('running', 'rolling-back') returning id`,
    [uuidOf(accountSid), id, now],
  );
  return rows.length > 0;
}

/** Is a rotation of one of these providers under way? */
export async function isRotating(
  db: Queryable,
  accountSid: AccountSid,
  providerIds: readonly Uuid[],
): Promise<boolean> {
  const [row] = await db.query<{ rotating: boolean }>(
    `select exists (select from rotations where account_id = $1 and provider_id = any($2::uuid[])
       and state in ('running', 'rolling-back')) as rotating`,
    [uuidOf(accountSid), providerIds],
  );
  return row?.rotating === true;
}

/** Lets an overlap end now (an account's own token: everybody has the new one). Resolves to false when it is not in one. */
export async function endOverlap(tx: Queryable, accountSid: AccountSid, id: Uuid, now: Date): Promise<boolean> {
  const rows = await tx.query(
    `update rotations set due_at = least(due_at, $3)
     where account_id = $1 and id = $2 and state = 'running' and step = 'overlap' returning id`,
    [uuidOf(accountSid), id, now],
  );
  return rows.length > 0;
}

const DUE_BY_SCHEDULE = `
  select p.account_id, p.id from providers p
  where p.kind = 'twilio' and (p.config->>'rotateEveryDays') is not null
    and coalesce(
      (select max(r.created_at) from rotations r
       where r.account_id = p.account_id and r.provider_id = p.id and r.state = 'done'),
      p.created_at) + make_interval(days => (p.config->>'rotateEveryDays')::int) <= $1
    and not exists (select from rotations r where r.account_id = p.account_id and r.provider_id = p.id
      and (r.state in ('running', 'rolling-back') or r.created_at > $1 - interval '1 day'))
  limit $2`;

/** Providers whose credentials are to be rotated by now, by their own schedule; one that failed is tried again after a day. */
export async function findScheduledRotations(
  db: Queryable,
  now: Date,
  limit: number,
): Promise<{ readonly accountSid: AccountSid; readonly providerId: Uuid }[]> {
  const rows = await db.query<{ account_id: Uuid; id: Uuid }>(DUE_BY_SCHEDULE, [now, limit]);
  return rows.map(({ account_id, id }) => ({ accountSid: sidOf("AC", account_id), providerId: id }));
}
