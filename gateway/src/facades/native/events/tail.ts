// The live tail: one poller per process, which runs only while somebody listens, reads what is new in the accounts that
// are listened to, and hands it to their listeners. It sees what every gateway process on the database does.
//
// Ids are made before their commit, so a row may appear behind a later one. Each poll therefore reads the keys of the
// last moments again and passes on what it has not seen. The clocks of the processes must agree within that window.

import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Clock } from "../../../core/clock.ts";
import { toError } from "../../../core/errors.ts";
import { type AccountSid, firstUuidAt, type Uuid, uuidTimeMs } from "../../../core/ids.ts";
import type { Queryable } from "../../../store/database.ts";
import { type EventKey, listEventKeys, loadEvents, type StoredEvent } from "../../../store/events.ts";

const pollEveryMs = 200;
const retryAfterErrorMs = 1_000;
/** How far back each poll looks again: at most this long, and at most so many rows. */
const lookBackMs = 3_000;
const lookBackRows = 2_000;
/** What one poll reads of an account: the rows looked at again, and new ones. */
const keysMax = lookBackRows + 3_000;
/** A poller that is further behind than this goes on with the present, and its listeners are told of the gap. */
const behindMaxMs = 15_000;

export interface TailListener {
  push(events: readonly StoredEvent[]): void;
  /** Events were left out. */
  gap(): void;
}

export interface EventTail {
  /** Resolves once everything that is stored from now on reaches the listener; call the result to end that. */
  subscribe(accountSid: AccountSid, listener: TailListener): Promise<() => void>;
  /** Ends the poller. Listeners hear nothing any more. */
  stop(): Promise<void>;
}

export interface EventTailDeps {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly log: Logger;
}

interface Watched {
  readonly accountSid: AccountSid;
  readonly listeners: Set<TailListener>;
  /** Who listens or is about to. */
  holders: number;
  /** Keys at and below this one are not read again. */
  after: Uuid;
  /** The keys above `after` that have been passed on. */
  seen: ReadonlySet<Uuid>;
  /** What was there before the first listener has been marked as seen. */
  begun: Promise<void>;
}

export function createEventTail({ db, clock, log }: EventTailDeps): EventTail {
  const accounts = new Map<AccountSid, Watched>();
  const stopping = new AbortController();
  let running: Promise<void> | null = null;

  function watch(accountSid: AccountSid): Watched {
    const after = firstUuidAt(clock.nowMs() - lookBackMs);
    const watched = { accountSid, listeners: new Set<TailListener>(), holders: 0, after, seen: new Set<Uuid>() };
    return Object.assign(watched, { begun: markPast(watched) });
  }

  async function markPast(watched: Omit<Watched, "begun">): Promise<void> {
    let keys: EventKey[];
    do {
      keys = await listEventKeys(db, [watched], keysMax);
      moveOn(watched, keys, clock.nowMs());
    } while (keys.length >= keysMax);
  }

  /** Resolves to true when there is more to read at once. */
  async function pollOnce(): Promise<boolean> {
    const watched = [...accounts.values()].filter((one) => one.listeners.size > 0);
    const keys = await listEventKeys(db, watched, keysMax);
    const fresh = keys.filter((key) => accounts.get(key.accountSid)?.seen.has(key.id) === false);
    const events = fresh.length === 0 ? [] : await loadEvents(db, fresh);
    for (const [accountSid, news] of Map.groupBy(events, (event) => event.accountSid)) {
      for (const listener of accounts.get(accountSid)?.listeners ?? []) listener.push(news);
    }
    const keysOf = Map.groupBy(keys, (key) => key.accountSid);
    let more = false;
    for (const one of watched) {
      const full = moveOn(one, keysOf.get(one.accountSid) ?? [], clock.nowMs());
      if (full && isTooFarBehind(one, clock.nowMs())) skipToPresent(one, clock.nowMs());
      else if (full) more = true;
    }
    return more;
  }

  async function run(): Promise<void> {
    let failing = false;
    while (accounts.size > 0 && !stopping.signal.aborted) {
      let pauseMs = pollEveryMs;
      try {
        if (await pollOnce()) pauseMs = 0;
        failing = false;
      } catch (thrown) {
        if (!failing) log.warn({ err: toError(thrown) }, "the event tail cannot read; trying again");
        failing = true;
        pauseMs = retryAfterErrorMs;
      }
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(passAbort);
    }
    running = null;
  }

  function release(watched: Watched): void {
    watched.holders -= 1;
    if (watched.holders === 0 && accounts.get(watched.accountSid) === watched) accounts.delete(watched.accountSid);
  }

  return {
    async subscribe(accountSid, listener) {
      const watched = accounts.get(accountSid) ?? watch(accountSid);
      accounts.set(accountSid, watched);
      watched.holders += 1;
      try {
        await watched.begun;
      } catch (thrown) {
        // Whoever comes next begins anew.
        if (accounts.get(accountSid) === watched) accounts.delete(accountSid);
        throw thrown;
      }
      watched.listeners.add(listener);
      running ??= run();
      return () => {
        if (watched.listeners.delete(listener)) release(watched);
      };
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/**
 * Takes note of what was read: keys of the last moments are kept as seen, older ones are never read again. True when
 * the page was full, so that there may be more.
 */
function moveOn(watched: Pick<Watched, "after" | "seen">, keys: readonly EventKey[], nowMs: number): boolean {
  const full = keys.length >= keysMax;
  const floorMs = nowMs - lookBackMs;
  const recent = keys.slice(-lookBackRows).filter((key) => full || uuidTimeMs(key.id) >= floorMs);
  const dropped = keys[keys.length - recent.length - 1]?.id;
  if (dropped !== undefined && dropped > watched.after) watched.after = dropped;
  const floor = firstUuidAt(floorMs);
  if (!full && floor > watched.after && recent.length < lookBackRows) watched.after = floor;
  watched.seen = new Set(recent.map((key) => key.id));
  return full;
}

function isTooFarBehind(watched: Watched, nowMs: number): boolean {
  return uuidTimeMs(watched.after) < nowMs - behindMaxMs;
}

function skipToPresent(watched: Watched, nowMs: number): void {
  watched.after = firstUuidAt(nowMs - lookBackMs);
  watched.seen = new Set();
  for (const listener of watched.listeners) listener.gap();
}

function passAbort(thrown: unknown): void {
  if (!(thrown instanceof Error) || thrown.name !== "AbortError") throw thrown;
}
