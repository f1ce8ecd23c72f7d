// Applies the bootstrap at every start: makes what is missing, overwrites nothing. An empty database gets an account
// with random secrets if the file gives none. Several processes may start together: one at a time comes through.

import type { Logger } from "pino";
import type { Clock } from "../../core/clock.ts";
import { hashPassword } from "../../core/credentials/password.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { newAccessKey } from "../../core/credentials/secrets.ts";
import { type AccountSid, newUuid } from "../../core/ids.ts";
import { findFirstAccount, lockBootstrap } from "../../store/accounts.ts";
import { installationSid, writeAudit } from "../../store/audit.ts";
import { markBootstrapped } from "../../store/bootstrapped-keys.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { listSenders } from "../../store/senders.ts";
import { findUserByEmail, insertUser } from "../../store/users.ts";
import { type Credentials, findCredentials, keepCredentials, readFirstCredentials } from "./credentials-file.ts";
import { readBootstrapFile } from "./file.ts";
import { addMissing, type CompleteAccount, completeAccount, locateAccount, makeAccount } from "./make-account.ts";
import type { Bootstrap, BootstrapAccount } from "./schema.ts";
import { verifyStoredSecrets } from "./stored-secrets.ts";

export interface BootstrapDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly log: Logger;
  /** Path of the bootstrap file; null without one. */
  readonly file: string | null;
  readonly dataDir: string;
}

export interface BootstrapResult {
  /** The account to show: the first of the file, or the first of the database. */
  readonly accountSid: AccountSid;
  /** Its numbers, oldest first. */
  readonly phoneNumbers: readonly string[];
  /** Secrets that this start made at random for it, to be printed this once; null on every other start. */
  readonly made: Credentials | null;
  /** Where secrets that a start made for it are kept; null if none are kept in this data directory. */
  readonly credentialsFile: string | null;
}

const FIRST_NUMBERS = ["+12025550100", "+12025550101"];
const FIRST_KEY_NAME = "first start";

/**
 * Rejects with GatewayError `invalid-parameter` (file, master key) or `conflict` (an id or key of another account);
 * the message is for the operator.
 */
export async function applyBootstrap(deps: BootstrapDeps): Promise<BootstrapResult> {
  const bootstrap: Bootstrap = deps.file === null ? { accounts: [], admins: [] } : await readBootstrapFile(deps.file);
  await verifyStoredSecrets(deps.db, deps.sealer);
  const made: Credentials[] = [];
  const sids: AccountSid[] = [];
  for (const given of bootstrap.accounts) {
    const result = await locked(deps.db, (tx) => applyAccount(deps, tx, given));
    sids.push(result.accountSid);
    if (result.made) made.push(result.made);
  }
  const [first] = sids;
  const shown = first === undefined ? await locked(deps.db, (tx) => firstAccount(deps, tx)) : { accountSid: first };
  if ("made" in shown && shown.made) made.push(shown.made);
  for (const admin of bootstrap.admins) await locked(deps.db, (tx) => applyAdmin(deps, tx, admin));

  const senders = await listSenders(deps.db, shown.accountSid);
  const kept = await findCredentials(deps.dataDir, shown.accountSid);
  return {
    accountSid: shown.accountSid,
    phoneNumbers: senders.filter(({ kind }) => kind === "number").map(({ address }) => address),
    made: made.find((one) => one.accountSid === shown.accountSid) ?? null,
    credentialsFile: kept?.path ?? null,
  };
}

function locked<Result>(db: Database, work: (tx: Queryable) => Promise<Result>): Promise<Result> {
  return db.transaction(async (tx) => {
    await lockBootstrap(tx);
    return await work(tx);
  });
}

interface Applied {
  readonly accountSid: AccountSid;
  readonly made: Credentials | null;
}

async function applyAccount(deps: BootstrapDeps, tx: Queryable, given: BootstrapAccount): Promise<Applied> {
  const store = { tx, sealer: deps.sealer };
  const existing = await locateAccount(store, given);
  if (existing) {
    await addMissing(store, existing.sid, given);
    await markNamed(tx, existing.sid, given);
    return { accountSid: existing.sid, made: null };
  }
  const kept = given.sid === undefined ? null : await findCredentials(deps.dataDir, given.sid);
  const account = completeAccount({ ...given, authToken: given.authToken ?? kept?.credentials.authToken });
  const made = given.authToken === undefined ? credentialsOf(account, null, deps.clock) : null;
  if (made && !kept) await keepCredentials(deps.dataDir, made);
  await makeAccount(store, account);
  await markNamed(tx, account.sid, given);
  deps.log.info({ accountSid: account.sid }, "made an account of the bootstrap file");
  return { accountSid: account.sid, made };
}

/** Of what the file names, a later start makes again what somebody deletes: lists of keys tell. */
function markNamed(tx: Queryable, accountSid: AccountSid, given: BootstrapAccount): Promise<void> {
  return markBootstrapped(tx, accountSid, {
    apiKeySids: given.apiKeys.map(({ sid }) => sid),
    accessKeys: given.accessKeys.map(({ key }) => key),
    clientIds: given.clients.map(({ clientId }) => clientId),
  });
}

/** The first account of the database; made now, with random secrets, if there is none. */
async function firstAccount(deps: BootstrapDeps, tx: Queryable): Promise<Applied> {
  const existing = await findFirstAccount(tx, deps.sealer);
  if (existing) return { accountSid: existing.sid, made: null };
  // Credentials without their account: a start that died before its commit, or a new database.
  const kept = await readFirstCredentials(deps.dataDir);
  const accessKey = kept?.credentials.accessKey ?? newAccessKey();
  const account = completeAccount({
    phoneNumbers: FIRST_NUMBERS,
    ...(kept ? fromCredentials(kept.credentials) : {}),
    accessKeys: [{ key: accessKey, name: FIRST_KEY_NAME, role: "owner" }],
    apiKeys: [],
    clients: [],
  });
  const made = credentialsOf(account, accessKey, deps.clock);
  if (!kept) await keepCredentials(deps.dataDir, made);
  await makeAccount({ tx, sealer: deps.sealer }, account);
  deps.log.info({ accountSid: account.sid }, "made the first account");
  return { accountSid: account.sid, made };
}

function fromCredentials(credentials: Credentials): Partial<BootstrapAccount> {
  const {
    accountSid: sid,
    friendlyName,
    authToken,
    phoneNumbers,
    environmentId,
    tenantId,
    resourceOwner,
  } = credentials;
  return { sid, friendlyName, authToken, phoneNumbers, environmentId, tenantId, resourceOwner };
}

function credentialsOf(account: CompleteAccount, accessKey: string | null, clock: Clock): Credentials {
  const { sid: accountSid, friendlyName, authToken, phoneNumbers, environmentId, tenantId, resourceOwner } = account;
  return {
    ...{ accountSid, friendlyName, authToken, accessKey, phoneNumbers, environmentId, tenantId, resourceOwner },
    createdAt: new Date(clock.nowMs()).toISOString(),
  };
}

async function applyAdmin({ log }: BootstrapDeps, tx: Queryable, admin: Bootstrap["admins"][number]): Promise<void> {
  const known = await findUserByEmail(tx, admin.email);
  if (known !== null) {
    // Somebody else may have chosen that password: an administrator has to say that they are one.
    if (!known.administrator)
      log.warn("a user of the bootstrap file's admins is no administrator, and is left as it is");
    return;
  }
  const id = newUuid();
  const passwordHash = await hashPassword(admin.password);
  await insertUser(tx, { id, email: admin.email, name: "", administrator: true, passwordHash });
  await writeAudit(tx, {
    accountSid: installationSid,
    actor: "bootstrap",
    action: "admin.created",
    subject: id,
    before: null,
    after: { email: admin.email },
  });
}
