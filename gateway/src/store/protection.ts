// Protection's settings and its decisions, always within one account. What is counted: protection-counters.ts.

import { type AccountSid, firstUuidAt, type MessageSid, newUuid, sidOf, type Uuid, uuidOf } from "../core/ids.ts";
import type { ActiveMode, Decision, ProtectionAction, ProtectionRule } from "../core/protection/decision.ts";
import { defaultRules, type ProtectionMode, type ProtectionSettings, readRules } from "../core/protection/settings.ts";
import { plainArray, textArray, timeArray } from "./array-literal.ts";
import type { Queryable, Statement } from "./database.ts";
import { listPage, type Page, type PageQuery } from "./keyset-page.ts";
import { inLockOrder } from "./lock-order.ts";
import { hexOf } from "./message-insert.ts";

/** What must be known of an account to judge its messages. */
export interface ProtectionPolicy {
  readonly accountSid: AccountSid;
  readonly settings: ProtectionSettings;
  readonly hasSafeList: boolean;
  /** Has it a provider that is not the sandbox, and is one in its chain? */
  readonly hasUpstream: boolean;
  readonly chainHasUpstream: boolean;
}

interface SettingsRow {
  readonly mode: ProtectionMode | null;
  readonly document: unknown;
}

interface PolicyRow extends SettingsRow {
  readonly account_id: Uuid;
  readonly has_safe_list: boolean;
  readonly has_upstream: boolean;
  readonly chain_has_upstream: boolean;
}

const policiesStatement: Statement = {
  name: "protection_policies",
  text: `
    select a.id as account_id, s.mode, s.document,
      exists (select from safe_list l where l.account_id = a.id) as has_safe_list,
      exists (select from providers p where p.account_id = a.id and p.kind <> 'sandbox') as has_upstream,
      exists (select from providers p where p.account_id = a.id and p.kind <> 'sandbox'
        and p.id = any(a.fallback_chain)) as chain_has_upstream
    from accounts a left join protection_settings s on s.account_id = a.id
    where a.id = any($1::uuid[])`,
};

/** Policies of the accounts that exist. */
export async function loadProtectionPolicies(
  db: Queryable,
  accounts: readonly AccountSid[],
): Promise<ProtectionPolicy[]> {
  const rows = await db.query<PolicyRow & Record<string, unknown>>(policiesStatement, [
    plainArray(accounts.map(hexOf)),
  ]);
  return rows.map((row) => ({
    accountSid: sidOf<AccountSid>("AC", row.account_id),
    settings: settingsOf(row),
    hasSafeList: row.has_safe_list,
    hasUpstream: row.has_upstream,
    chainHasUpstream: row.chain_has_upstream,
  }));
}

function settingsOf({ mode, document }: SettingsRow): ProtectionSettings {
  return { mode, ...(document === null ? defaultRules : readRules(document)) };
}

export interface SenderKey {
  readonly accountSid: AccountSid;
  readonly id: Uuid;
}

/** Which of these senders belong to a sandbox provider. */
export async function sandboxSendersAmong(db: Queryable, senders: readonly SenderKey[]): Promise<SenderKey[]> {
  const rows = await db.query<{ account_id: Uuid; id: Uuid }>(
    {
      name: "sandbox_senders_among",
      text: `
        select s.account_id, s.id
        from unnest($1::uuid[], $2::uuid[]) as w(account_id, id)
        join senders s on s.account_id = w.account_id and s.id = w.id
        join providers p on p.account_id = s.account_id and p.id = s.provider_id
        where p.kind = 'sandbox'`,
    },
    [plainArray(senders.map(({ accountSid }) => hexOf(accountSid))), plainArray(senders.map(({ id }) => id))],
  );
  return rows.map((row) => ({ accountSid: sidOf("AC", row.account_id), id: row.id }));
}

/** The settings; nobody else changes them before the transaction ends. */
export async function lockProtectionSettings(tx: Queryable, accountSid: AccountSid): Promise<ProtectionSettings> {
  const id = uuidOf(accountSid);
  await tx.query("insert into protection_settings (account_id, document) values ($1, $2) on conflict do nothing", [
    id,
    JSON.stringify(defaultRules),
  ]);
  const [row] = await tx.query<SettingsRow & Record<string, unknown>>(
    "select mode, document from protection_settings where account_id = $1 for no key update",
    [id],
  );
  return settingsOf(row ?? { mode: null, document: null });
}

/** Must run in the transaction that holds the lock. */
export async function storeProtectionSettings(
  tx: Queryable,
  accountSid: AccountSid,
  { mode, ...rules }: ProtectionSettings,
): Promise<void> {
  await tx.query("update protection_settings set mode = $2, document = $3, updated_at = now() where account_id = $1", [
    uuidOf(accountSid),
    mode,
    JSON.stringify(rules),
  ]);
}

export interface NewDecision extends Decision {
  readonly accountSid: AccountSid;
  readonly messageSid: MessageSid;
}

// With the line in the message's timeline, which is there only if the decision is: a message that is held is looked at
// again and again, and each of its rules is told once.
const insertDecisionsStatement: Statement = {
  name: "insert_protection_decisions",
  text: `
    with decided as (
      insert into protection_decisions (account_id, id, message_id, has_media, rule, action, mode, error_code, held_until,
        explanation, numbers)
      select account_id, id, message_id, has_media, rule, action, mode, error_code, held_until, explanation, numbers::jsonb
      from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::text[], $6::text[], $7::text[], $8::integer[],
        $9::timestamptz[], $10::text[], $11::text[])
        as n(account_id, id, message_id, has_media, rule, action, mode, error_code, held_until, explanation, numbers)
      on conflict (account_id, message_id, rule) do nothing
      returning account_id, id, message_id, rule, action, mode, error_code, held_until, explanation
    ), told as (
      insert into events (account_id, id, message_id, type, data)
      select account_id, id, message_id, 'protection.' || action, jsonb_strip_nulls(jsonb_build_object('rule', rule,
        'mode', mode, 'errorCode', error_code, 'heldUntil', held_until, 'explanation', explanation))
      from decided
    )
    select message_id, rule from decided`,
};

/** Stores decisions with their events. Resolves to those that were not there already. */
export async function insertDecisions(db: Queryable, decisions: readonly NewDecision[]): Promise<NewDecision[]> {
  if (decisions.length === 0) return [];
  const sorted = inLockOrder(decisions, ({ messageSid }) => messageSid);
  const rows = await db.query<{ message_id: Uuid; rule: string }>(insertDecisionsStatement, [
    plainArray(sorted.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(sorted.map(() => newUuid())),
    plainArray(sorted.map(({ messageSid }) => hexOf(messageSid))),
    plainArray(sorted.map(({ messageSid }) => messageSid.startsWith("MM"))),
    plainArray(sorted.map(({ rule }) => rule)),
    plainArray(sorted.map(({ action }) => action)),
    plainArray(sorted.map(({ mode }) => mode)),
    plainArray(sorted.map(({ errorCode }) => errorCode)),
    timeArray(sorted.map(({ heldUntil }) => heldUntil)),
    textArray(sorted.map(({ explanation }) => explanation)),
    textArray(sorted.map(({ numbers }) => JSON.stringify(numbers))),
  ]);
  const stored = new Set(rows.map((row) => row.message_id + row.rule));
  return sorted.filter(({ messageSid, rule }) => stored.has(uuidOf(messageSid) + rule));
}

const denialsStatement: Statement = {
  name: "protection_denials",
  text: `
    select d.message_id, d.error_code
    from unnest($1::uuid[], $2::uuid[]) as w(account_id, message_id)
    join protection_decisions d on d.account_id = w.account_id and d.message_id = w.message_id
    where d.action = 'denied'`,
};

export interface MessageKey {
  readonly accountSid: AccountSid;
  readonly sid: MessageSid;
}

/** The codes of messages that were denied before, by their UUIDs. */
export async function denialsAmong(tx: Queryable, messages: readonly MessageKey[]): Promise<ReadonlyMap<Uuid, number>> {
  if (messages.length === 0) return new Map();
  const rows = await tx.query<{ message_id: Uuid; error_code: number }>(denialsStatement, [
    plainArray(messages.map(({ accountSid }) => hexOf(accountSid))),
    plainArray(messages.map(({ sid }) => hexOf(sid))),
  ]);
  return new Map(rows.map((row) => [row.message_id, row.error_code]));
}

export interface StoredDecision extends Decision {
  readonly id: Uuid;
  readonly messageSid: MessageSid;
}

interface DecisionRow {
  readonly id: Uuid;
  readonly message_id: Uuid;
  readonly has_media: boolean;
  readonly rule: ProtectionRule;
  readonly action: ProtectionAction;
  readonly mode: ActiveMode;
  readonly error_code: number | null;
  readonly held_until: Date | null;
  readonly explanation: string;
  readonly numbers: Decision["numbers"];
}

export interface DecisionFilter {
  readonly message: MessageSid | undefined;
  readonly rule: ProtectionRule | undefined;
  /** Only decisions from then on. */
  readonly since: Date | undefined;
}

/** Decisions of an account, newest first. */
export function listDecisions(
  db: Queryable,
  accountSid: AccountSid,
  { message, rule, since }: DecisionFilter,
  page: PageQuery,
): Promise<Page<StoredDecision>> {
  const values: unknown[] = [uuidOf(accountSid)];
  const conditions = ["account_id = $1"];
  const add = (value: unknown, condition: string): void => {
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  };
  if (message !== undefined) add(uuidOf(message), "message_id =");
  if (rule !== undefined) add(rule, "rule =");
  if (since !== undefined) add(firstUuidAt(since.getTime()), "id >=");
  const select = `select id, message_id, has_media, rule, action, mode, error_code, held_until, explanation, numbers
    from protection_decisions where ${conditions.join(" and ")}`;
  return listPage(db, { select, values }, page, decisionOf);
}

function decisionOf(row: DecisionRow & Record<string, unknown>): StoredDecision {
  return {
    id: row.id,
    messageSid: sidOf(row.has_media ? "MM" : "SM", row.message_id),
    rule: row.rule,
    action: row.action,
    mode: row.mode,
    errorCode: row.error_code,
    heldUntil: row.held_until,
    explanation: row.explanation,
    numbers: row.numbers,
  };
}
