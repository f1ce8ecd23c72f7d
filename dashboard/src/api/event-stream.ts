// The live tail: the account's server-sent events over fetch, since EventSource can send no credentials. Comes back by itself
// after a lost connection, from the event on that it saw last, so that nothing is missed; after a long absence in which more
// happened than a page shows, from the present on, and says so.

import { createParser } from "eventsource-parser";
import { authorizedFetch } from "./client.ts";
import type { Event as MessageEventData } from "./generated/api.d.ts";
import { session } from "./session.ts";

export type GatewayEvent = MessageEventData;

export interface StreamListener {
  readonly onEvents: (events: readonly GatewayEvent[]) => void;
  /** Events were left out; null: nobody knows how many. */
  readonly onGap: (skipped: number | null) => void;
  readonly onState: (state: StreamState) => void;
}

export type StreamState = "connecting" | "live" | "lost";

/** Events of an absence that are worth being caught up with: the gateway names a gap in place of more. */
const catchUpMax = 20_000;
const retryMs = [500, 1_000, 2_000, 5_000, 10_000];

/** Follows the account's events until the returned function is called. */
export function followEvents(listener: StreamListener): () => void {
  const leaving = new AbortController();
  void follow(listener, leaving.signal);
  return () => leaving.abort();
}

async function follow(listener: StreamListener, signal: AbortSignal): Promise<void> {
  let lastId: string | null = null;
  let failures = 0;
  const onId = (id: string): void => {
    lastId = id;
    failures = 0;
  };
  while (!signal.aborted) {
    listener.onState(failures === 0 ? "connecting" : "lost");
    try {
      await readStream({ listener, lastId, onId, signal });
    } catch (_lost) {
      // What is wrong shows in the state; the loop is the remedy.
    }
    if (signal.aborted) return;
    listener.onState("lost");
    await pause(retryMs[Math.min(failures, retryMs.length - 1)] ?? 10_000, signal);
    failures += 1;
  }
}

interface Reading {
  readonly listener: StreamListener;
  readonly lastId: string | null;
  readonly onId: (id: string) => void;
  readonly signal: AbortSignal;
}

async function readStream({ listener, lastId, onId, signal }: Reading): Promise<void> {
  const url = new URL("/trunkline/v1/events?bodies=true", location.origin);
  const { account } = session.get();
  if (account !== null) url.searchParams.set("account", account);
  if (lastId !== null) {
    url.searchParams.set("lastEventId", lastId);
    url.searchParams.set("catchUpMax", String(catchUpMax));
  }
  const response = await authorizedFetch(new Request(url, { signal }));
  if (!response.ok || response.body === null) throw new Error(`no stream: ${response.status}`);
  listener.onState("live");
  let batch: GatewayEvent[] = [];
  const parser = createParser({
    onEvent({ event, data, id }) {
      if (id !== undefined) onId(id);
      if (event === "gap") listener.onGap((JSON.parse(data) as { skipped: number | null }).skipped);
      else batch.push(JSON.parse(data) as GatewayEvent);
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    if (batch.length > 0) listener.onEvents(batch);
    batch = [];
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
