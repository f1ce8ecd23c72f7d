// Protection as dispatch asks it: verdicts for claimed messages. It must never lose a message: when it cannot decide, the
// message passes, and the log says so.

import type { Logger } from "pino";
import { createMicroBatch } from "../../core/batching/micro-batch.ts";
import type { Clock } from "../../core/clock.ts";
import { isDatabaseAway, toError } from "../../core/errors.ts";
import { type Uuid, uuidOf } from "../../core/ids.ts";
import { defaultValiditySeconds } from "../../core/messages/limits.ts";
import type { ActiveMode, ProtectionRule } from "../../core/protection/decision.ts";
import { isRetryableConflict } from "../../store/connect.ts";
import type { Database, Queryable } from "../../store/database.ts";
import { type ExtendedValidity, extendValidities } from "../../store/message-validity.ts";
import { insertDecisions, type NewDecision } from "../../store/protection.ts";
import type { ClaimedMessage } from "../../store/queue.ts";
import type { Protection, Verdict } from "../protection.ts";
import { countBatch, isCounted } from "./count-batch.ts";
import { findQuiet } from "./hold-at-night.ts";
import { type Concerned, createPolicies } from "./policies.ts";

export interface ProtectionDeps {
  readonly db: Queryable;
  /** With the sessions of the message path. */
  readonly queueDb: Database;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of each decision once it is stored. */
  readonly onDecision: (rule: ProtectionRule, mode: ActiveMode, count: number) => void;
}

/** Quiet hours may be longer than messages are valid by default; they must not end what they only hold. */
function heldAmong(concerned: readonly Concerned[], verdicts: ReadonlyMap<string, Verdict>): ExtendedValidity[] {
  return concerned.flatMap(({ message: { accountSid, sid, options } }) => {
    const verdict = verdicts.get(sid);
    if (verdict?.kind !== "hold" || options.ownValidity === true) return [];
    return [{ accountSid, sid, until: new Date(verdict.until.getTime() + defaultValiditySeconds * 1000) }];
  });
}

type Denied = ReadonlyMap<Uuid, number>;
/** Claim batches that share a transaction. */
const batchesMax = 8;
const triesMax = 3;
const pass: Verdict = { kind: "pass" };
const nothing: Denied = new Map();

export function createProtection({ db, queueDb, clock, log, onDecision }: ProtectionDeps): Protection {
  const policies = createPolicies({ db });

  // One transaction at a time: a process never waits for itself, and what gathers meanwhile shares the next one.
  const counting = createMicroBatch<readonly Concerned[], Denied | Error>({
    maxItems: batchesMax,
    maxInFlight: 1,
    async flush(batches) {
      try {
        const denied = await count(batches.flat());
        return batches.map(() => denied);
      } catch (error) {
        if (isDatabaseAway(error) || batches.length === 1) throw error;
        // What is wrong with one must not decide about the others.
        const each: (Denied | Error)[] = [];
        for (const batch of batches) each.push(await count(batch).catch(toError));
        return each;
      }
    },
  });

  async function count(concerned: readonly Concerned[]): Promise<Denied> {
    for (let tries = 1; ; tries++) {
      try {
        const { denied, decisions } = await queueDb.transaction((tx) => countBatch(tx, clock, concerned));
        tell(decisions);
        return denied;
      } catch (error) {
        if (!isRetryableConflict(error) || tries === triesMax) throw error;
      }
    }
  }

  function tell(decisions: readonly NewDecision[]): void {
    for (const { rule, mode } of decisions) onDecision(rule, mode, 1);
  }

  async function denialsOf(concerned: readonly Concerned[]): Promise<Denied> {
    const counted = concerned.filter(isCounted);
    if (counted.length === 0) return nothing;
    const denied = await counting.add(counted);
    if (denied instanceof Error) throw denied;
    return denied;
  }

  async function decide(concerned: readonly Concerned[]): Promise<ReadonlyMap<string, Verdict>> {
    const verdicts = new Map<string, Verdict>();
    const denied = await denialsOf(concerned);
    for (const { message } of concerned) {
      const errorCode = denied.get(uuidOf(message.sid));
      if (errorCode !== undefined) verdicts.set(message.sid, { kind: "deny", errorCode });
    }
    const others = concerned.filter(({ message }) => !verdicts.has(message.sid));
    const quiet = await findQuiet(db, clock, others);
    for (const { messageSid, heldUntil } of quiet) {
      if (heldUntil !== null) verdicts.set(messageSid, { kind: "hold", until: heldUntil });
    }
    await extendValidities(queueDb, heldAmong(others, verdicts));
    tell(await insertDecisions(queueDb, quiet));
    return verdicts;
  }

  return {
    async judge(messages: readonly ClaimedMessage[]) {
      try {
        const concerned = await policies.concernedAmong(messages);
        if (concerned.length === 0) return messages.map(() => pass);
        const verdicts = await decide(concerned);
        return messages.map(({ sid }) => verdicts.get(sid) ?? pass);
      } catch (error) {
        if (isDatabaseAway(error)) throw error;
        log.error({ err: toError(error), messages: messages.length }, "messages passed unprotected");
        return messages.map(() => pass);
      }
    },
  };
}
