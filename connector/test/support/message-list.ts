// A list of messages on a real socket whose clock and content a test decides: newest first, paged, with the server's date.

import { type FaultyServer, startFaultyServer } from "./faulty-server.ts";

export interface ListedMessage {
  readonly sid: string;
  readonly createdMs: number;
  sentMs: number | null;
  status: string;
}

export interface MessageListServer {
  readonly url: string;
  nowMs: number;
  readonly messages: ListedMessage[];
  /** `ageMs`: it shows up only now, but was created so long ago. */
  create(status: string, ageMs?: number): ListedMessage;
  close(): Promise<void>;
}

/** `perPage`: however many are asked for. */
export async function startMessageList(perPage: number): Promise<MessageListServer> {
  const server: FaultyServer = await startFaultyServer();
  const messages: ListedMessage[] = [];
  let count = 0;
  const list: MessageListServer = {
    url: server.url,
    nowMs: Date.parse("2026-06-01T12:00:00Z"),
    messages,
    create(status, ageMs = 0) {
      const sid = `SM${String(count++).padStart(32, "0")}`;
      const message = { sid, createdMs: list.nowMs - ageMs, sentMs: null, status };
      messages.push(message);
      messages.sort((a, b) => b.createdMs - a.createdMs || (a.sid < b.sid ? 1 : -1));
      return message;
    },
    close: () => server.close(),
  };
  server.otherwise = ({ path }) => {
    const query = new URL(path, server.url).searchParams;
    const since = query.get("DateSent>");
    const matching = messages.filter(
      ({ sentMs }) => since === null || (sentMs !== null && wholeSecond(sentMs) >= Date.parse(since)),
    );
    const after = query.get("PageToken")?.slice(2);
    const start = after === undefined ? 0 : matching.findIndex(({ sid }) => sid === after) + 1;
    const page = matching.slice(start, start + perPage);
    const isLast = start + perPage >= matching.length;
    if (!isLast) query.set("PageToken", `PA${page.at(-1)?.sid}`);
    const next = isLast ? null : `/any?${query}`;
    const body = JSON.stringify({ messages: page.map(present), next_page_uri: next });
    return { status: 200, headers: { date: new Date(list.nowMs).toUTCString() }, body };
  };
  return list;
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function present({ sid, createdMs, sentMs, status }: ListedMessage) {
  return {
    sid,
    status,
    direction: "outbound-api",
    date_created: new Date(createdMs).toUTCString(),
    date_sent: sentMs === null ? null : new Date(sentMs).toUTCString(),
  };
}
