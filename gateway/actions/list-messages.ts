// Lists messages, newest first: all that match up to a limit, or page by page. Status and direction are no filters of the
// API; they are applied here, to the pages that are read.

import type { Connection } from "./connection.ts";
import { invalidInput } from "./errors.ts";
import { messagesPath } from "./find-message.ts";
import type { Pairs } from "./http/call.ts";
import { type Message, readMessage } from "./message.ts";
import { pagesOf } from "./paging.ts";

export interface MessageFilters {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  /** A date is that whole day in UTC; a time counts to the second. */
  readonly dateSent?: string | undefined;
  readonly dateSentAfter?: string | undefined;
  readonly dateSentBefore?: string | undefined;
  readonly status?: string | undefined;
  /** `inbound`, `outbound` (each of that kind) or the exact direction. */
  readonly direction?: string | undefined;
  /** 1 to 1000. Default: as many as are needed. */
  readonly pageSize?: number | undefined;
}

export interface ListInput extends MessageFilters {
  /** How many to give; `all`: no limit. Default 100. */
  readonly limit?: number | "all" | undefined;
}

export interface MessageList {
  readonly messages: readonly Message[];
  /** There may be more than are given: the limit was reached, or too many had to be looked through. */
  readonly truncated: boolean;
}

export interface MessagePage {
  /** What matches on this page; may be empty though more pages follow. */
  readonly messages: readonly Message[];
  /** Leads to the next page; null: this was the last. */
  readonly nextPageToken: string | null;
}

const MOST_LOOKED_THROUGH = 100_000;

export async function listMessages(connection: Connection, input: ListInput = {}): Promise<MessageList> {
  const limit = readLimit(input.limit);
  const isFiltered = Boolean(input.status || input.direction);
  const query = readQuery(input, isFiltered ? 1000 : Math.min(limit, 1000));
  const matches = matcherOf(input);
  const messages: Message[] = [];
  let looked = 0;
  for await (const page of pagesOf(connection, { path: messagesPath(connection), key: "messages", query })) {
    const matching = page.items.map(readMessage).filter(matches);
    const taken = matching.slice(0, limit - messages.length);
    messages.push(...taken);
    looked += page.items.length;
    const isMore = taken.length < matching.length || page.nextPageToken !== null;
    if (messages.length === limit || (looked >= MOST_LOOKED_THROUGH && limit !== Number.POSITIVE_INFINITY)) {
      return { messages, truncated: isMore };
    }
  }
  return { messages, truncated: false };
}

/** One page. `pageToken`: from the page before. */
export async function listMessagePage(
  connection: Connection,
  input: MessageFilters & { readonly pageToken?: string | undefined } = {},
): Promise<MessagePage> {
  const token = input.pageToken?.trim();
  const paging: Pairs = token
    ? [
        ["Page", "1"],
        ["PageToken", token],
      ]
    : [];
  const query = [...readQuery(input, 50), ...paging];
  const matches = matcherOf(input);
  for await (const page of pagesOf(connection, { path: messagesPath(connection), key: "messages", query })) {
    return { messages: page.items.map(readMessage).filter(matches), nextPageToken: page.nextPageToken };
  }
  return { messages: [], nextPageToken: null };
}

function readLimit(limit: ListInput["limit"]): number {
  if (limit === "all") return Number.POSITIVE_INFINITY;
  if (limit === undefined) return 100;
  if (Number.isInteger(limit) && limit >= 1) return limit;
  throw invalidInput("The limit must be a whole number of at least 1, or all.");
}

function readQuery(input: MessageFilters, defaultSize: number): Pairs {
  const size = input.pageSize ?? defaultSize;
  if (!(Number.isInteger(size) && size >= 1 && size <= 1000)) {
    throw invalidInput("The page size must be a whole number from 1 to 1000.");
  }
  const values = [
    ["To", input.to],
    ["From", input.from],
    ["DateSent", readDate(input.dateSent)],
    ["DateSent<", readDate(input.dateSentBefore)],
    ["DateSent>", readDate(input.dateSentAfter)],
    ["PageSize", String(size)],
  ] as const;
  return values.flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()] as const] : []));
}

function readDate(given: string | undefined): string | undefined {
  const text = given?.trim();
  if (!text || /^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw invalidInput("A date must be given as 2026-01-31 or 2026-01-31T09:30:00Z.");
  return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}

function matcherOf({ status, direction }: MessageFilters): (message: Message) => boolean {
  const wantedStatus = status?.trim().toLowerCase();
  const wanted = direction?.trim().toLowerCase();
  return (message) =>
    (!wantedStatus || message.status === wantedStatus) &&
    (!wanted || message.direction === wanted || (wanted === "outbound" && message.direction.startsWith("outbound-")));
}
