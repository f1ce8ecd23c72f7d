// What is new and what has changed since the last look, each told once. The state says what has been told; it moves on
// only past what has been told, so nothing is lost when there is more than fits into one look, and nothing is told twice.
//
// The state holds a moment (`since`) and every message that was created or sent after it, with the status that was told.
// Each look walks the whole list back to that moment and compares. A message that shows up late (sent by another process,
// a server's clock) is found as long as it was created within the look-back.

import type { Connection } from "./connection.ts";
import { ActionError, invalidInput } from "./errors.ts";
import { messagesPath } from "./find-message.ts";
import type { Pairs } from "./http/call.ts";
import { isObject } from "./json.ts";
import { type Message, readMessage } from "./message.ts";
import { pagesOf } from "./paging.ts";

export interface PollInput {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly direction?: "inbound" | "outbound" | undefined;
  readonly showCreated?: boolean | undefined;
  readonly showUpdated?: boolean | undefined;
  /** How long after it was created or sent a message is watched for changes, in minutes: 2 to 1440. Default 60. */
  readonly lookBackMinutes?: number | undefined;
  /** The most messages in one result, 1 to 10 000; the rest comes with the next look. Default 1000. */
  readonly maxMessages?: number | undefined;
}

export interface PollResult {
  /** Oldest first. */
  readonly created: readonly Message[];
  readonly updated: readonly Message[];
  /** There is more to tell: look again at once. */
  readonly truncated: boolean;
  /** To give to the next look; JSON. */
  readonly state: PollState;
}

export interface PollState {
  readonly version: 1;
  /** ISO 8601. */
  readonly since: string;
  /** Message SID → [status that was told, when it was created or sent, in ms since 1970]. */
  readonly told: Readonly<Record<string, readonly [status: string, atMs: number]>>;
}

/** With the one clock of the server, which the dates are from. */
interface Look {
  readonly messages: readonly Message[];
  readonly serverTimeMs: number;
}

const MOST_PAGES = 500;
/** So many messages are watched for changes; with more of them the look-back becomes shorter, down to this. */
const MOST_WATCHED = 20_000;
const SHORTEST_LOOK_BACK_MS = 2 * 60_000;

/** `state`: of the last look; anything else begins anew: what is there already counts as told. */
export async function pollMessages(connection: Connection, input: PollInput, state: unknown): Promise<PollResult> {
  const { lookBackMinutes = 60, maxMessages = 1000, showCreated = true, showUpdated = true } = input;
  if (!(lookBackMinutes >= 2 && lookBackMinutes <= 1440))
    throw invalidInput("The look-back must be 2 to 1440 minutes.");
  if (!(Number.isInteger(maxMessages) && maxMessages >= 1 && maxMessages <= 10_000)) {
    throw invalidInput("The most messages must be a whole number from 1 to 10000.");
  }
  const lookBackMs = lookBackMinutes * 60_000;
  const before = readState(state);
  const { messages, serverTimeMs } = await look(connection, input, before, lookBackMs);
  const horizonMs = serverTimeMs - lookBackMs;
  if (before === null) return begin(messages, Math.floor(horizonMs / 1000) * 1000);

  const news = messages.flatMap((message) => newsOf(message, before));
  const wanted = news.filter(({ kind }) => (kind === "created" ? showCreated : showUpdated));
  const telling = wanted.slice(0, maxMessages);
  const untold = wanted.slice(maxMessages);
  const after = moveOn(messages, before, { untold, horizonMs, serverTimeMs });
  return {
    created: telling.flatMap(({ kind, message }) => (kind === "created" ? [message] : [])),
    updated: telling.flatMap(({ kind, message }) => (kind === "updated" ? [message] : [])),
    truncated: untold.length > 0,
    state: after,
  };
}

/** Every message that was created or sent since the state's moment, oldest first. */
async function look(connection: Connection, input: PollInput, before: Told | null, lookBackMs: number): Promise<Look> {
  const found = new Map<string, Message>();
  let serverTimeMs = 0;
  let pages = 0;
  const filters = [
    ["To", input.to],
    ["From", input.from],
  ] as const;
  const query: Pairs = filters.flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()] as const] : []));
  const sinceOf = (nowMs: number) => before?.sinceMs ?? nowMs - lookBackMs;

  const walk = async (extra: Pairs, isPast: (message: Message, sinceMs: number) => boolean) => {
    const request = {
      path: messagesPath(connection),
      key: "messages",
      query: [...query, ...extra, ["PageSize", "1000"] as const],
    };
    for await (const page of pagesOf(connection, request)) {
      serverTimeMs ||= page.serverTimeMs;
      const sinceMs = sinceOf(serverTimeMs);
      const messages = page.items.map(readMessage);
      for (const message of messages)
        if (matches(message, input) && atMsOf(message) >= sinceMs) found.set(message.sid, message);
      if (messages.length > 0 && messages.every((message) => isPast(message, sinceMs))) return;
      pages += 1;
      if (pages > MOST_PAGES) throw tooMany();
    }
  };
  // By creation, also what has not been sent yet; then what was created long ago and sent only now.
  await walk([], (message, sinceMs) => createdMsOf(message) < sinceMs);
  const sinceDate = new Date(sinceOf(serverTimeMs)).toISOString().replace(/\.\d{3}Z$/, "Z");
  await walk([["DateSent>", sinceDate]], () => false);
  const messages = [...found.values()].sort((a, b) => atMsOf(a) - atMsOf(b) || (a.sid < b.sid ? -1 : 1));
  return { messages, serverTimeMs };
}

function tooMany(): ActionError {
  return new ActionError(
    "refused",
    `More than ${MOST_PAGES * 1000} messages would have to be looked through. Look more often, shorten the look-back, or filter by To or From. Nothing was skipped.`,
  );
}

interface News {
  readonly kind: "created" | "updated";
  readonly message: Message;
}

function newsOf(message: Message, before: Told): News[] {
  const told = before.told.get(message.sid);
  if (told !== undefined) return told[0] === message.status ? [] : [{ kind: "updated", message }];
  // Created before everything that the state remembers: told then, or there before the first look.
  return [{ kind: createdMsOf(message) >= before.sinceMs ? "created" : "updated", message }];
}

interface Progress {
  readonly untold: readonly News[];
  /** What is older need not be watched. */
  readonly horizonMs: number;
  readonly serverTimeMs: number;
}

/** The state after telling all but `untold`: its moment stays behind whatever is still to be told. */
function moveOn(messages: readonly Message[], before: Told, { untold, horizonMs, serverTimeMs }: Progress): PollState {
  const limits = untold.map(({ kind, message }) => (kind === "created" ? createdMsOf(message) : atMsOf(message)));
  const crowded = messages.at(-MOST_WATCHED);
  const crowdedMs = Math.min(crowded === undefined ? 0 : atMsOf(crowded), serverTimeMs - SHORTEST_LOOK_BACK_MS);
  const wantedMs = limits.reduce((least, ms) => Math.min(least, ms), Math.max(horizonMs, crowdedMs));
  const sinceMs = Math.max(before.sinceMs, Math.floor(wantedMs / 1000) * 1000);
  const untoldSids = new Set(untold.map(({ message }) => message.sid));
  const told = new Map<string, readonly [string, number]>();
  for (const message of messages) {
    const known = before.told.get(message.sid);
    const entry = untoldSids.has(message.sid) ? known : ([message.status, atMsOf(message)] as const);
    if (entry !== undefined && atMsOf(message) >= sinceMs) told.set(message.sid, entry);
  }
  return { version: 1, since: new Date(sinceMs).toISOString(), told: Object.fromEntries(told) };
}

function begin(messages: readonly Message[], sinceMs: number): PollResult {
  const told = Object.fromEntries(messages.map((message) => [message.sid, [message.status, atMsOf(message)] as const]));
  return {
    created: [],
    updated: [],
    truncated: false,
    state: { version: 1, since: new Date(sinceMs).toISOString(), told },
  };
}

interface Told {
  readonly sinceMs: number;
  readonly told: ReadonlyMap<string, readonly [status: string, atMs: number]>;
}

/** Null: there was no look yet. A state of another connector that names its last look is gone on from. */
function readState(state: unknown): Told | null {
  if (!isObject(state)) return null;
  const { since, told, lastPolledAt } = state;
  const moment = since ?? lastPolledAt;
  const sinceMs = typeof moment === "string" && /^\d{4}-\d\d-\d\dT/.test(moment) ? Date.parse(moment) : Number.NaN;
  if (Number.isNaN(sinceMs)) return null;
  const entries = Object.entries(isObject(told) ? told : {}).flatMap(([sid, entry]) => {
    const [status, atMs] = Array.isArray(entry) ? (entry as unknown[]) : [];
    return typeof status === "string" && typeof atMs === "number" ? [[sid, [status, atMs] as const] as const] : [];
  });
  return { sinceMs, told: new Map(entries) };
}

function matches({ direction }: Message, input: PollInput): boolean {
  if (input.direction === undefined) return true;
  return input.direction === "inbound" ? direction === "inbound" : direction !== "inbound";
}

function createdMsOf({ dateCreated }: Message): number {
  return dateCreated === null ? 0 : Date.parse(dateCreated);
}

/** When it was created or sent, whichever is later. */
function atMsOf(message: Message): number {
  return Math.max(createdMsOf(message), message.dateSent === null ? 0 : Date.parse(message.dateSent));
}
