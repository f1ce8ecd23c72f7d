// Notes which keys are used, and stores it once a minute. Noting costs no query and never fails a request: what a crash
// takes with it is the last minute's.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Principal } from "../core/access/principal.ts";
import type { Clock } from "../core/clock.ts";
import { toError } from "../core/errors.ts";
import type { AccountSid, Uuid } from "../core/ids.ts";
import type { Queryable } from "../store/database.ts";
import { type KeyUse, storeKeyUses, type UsedKind } from "../store/key-uses.ts";
import type { Service } from "./service.ts";

export interface KeyUsesDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface KeyUses extends Service {
  note(kind: UsedKind, accountSid: AccountSid, id: Uuid): void;
  /** Whoever has just proved who they are; nothing happens for what is no key. */
  noteCaller(principal: Principal): void;
}

const everyMs = 60_000;
/** Beyond them uses of further keys are not noted before the next time: memory must not grow with the callers. */
const keysMax = 20_000;

const kinds: Readonly<Partial<Record<Principal["credential"], UsedKind>>> = {
  "access-key": "access-key",
  "api-key": "api-key",
  client: "oauth-client",
  "personal-access-token": "personal-access-token",
};

export function createKeyUses({ db, clock, log }: KeyUsesDeps): KeyUses {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let uses = new Map<string, KeyUse>();

  function note(kind: UsedKind, accountSid: AccountSid, id: Uuid): void {
    const key = `${kind} ${id}`;
    if (uses.size < keysMax || uses.has(key)) uses.set(key, { kind, accountSid, id, at: new Date(clock.nowMs()) });
  }

  async function store(): Promise<void> {
    if (uses.size === 0) return;
    const noted = uses;
    uses = new Map();
    try {
      await storeKeyUses(db, [...noted.values()]);
    } catch (error) {
      // What was noted since is newer.
      uses = new Map([...noted, ...uses]);
      log.warn({ err: toError(error) }, "the last uses of keys could not be stored; trying again in a minute");
    }
  }

  async function run(): Promise<void> {
    const { signal } = stopping;
    while (await delay(everyMs, true, { signal }).catch(() => false)) await store();
  }

  return {
    name: "key uses",
    note,
    noteCaller({ credential, accountSid, credentialId }) {
      const kind = kinds[credential];
      if (kind !== undefined && credentialId !== null) note(kind, accountSid, credentialId);
    },
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      await store();
    },
  };
}
