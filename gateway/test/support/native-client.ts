// A client of the native API for tests: JSON calls, and the live tail read as a browser reads it.

import { createParser, type EventSourceMessage } from "eventsource-parser";

export interface NativeAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Untyped: the test says what it expects to be in it. */
  readonly body: ReturnType<typeof JSON.parse>;
}

export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Calls `/trunkline/v1` + path; a body is sent as JSON. */
export async function callNative(
  url: string,
  authorization: string | null,
  [method, path, body]: readonly [method: string, path: string, body?: unknown],
): Promise<NativeAnswer> {
  const response = await fetch(`${url}/trunkline/v1${path}`, {
    method,
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? null : JSON.parse(text) };
}

export interface TailedEvent {
  readonly id: string;
  readonly type: string;
  readonly message: { readonly sid: string; readonly status: string; readonly body?: string };
}

export interface Tail {
  readonly events: readonly TailedEvent[];
  /** The names of what is not an event of a message: `gap`. */
  readonly notices: readonly string[];
  /** Resolves with the events so far once `enough` holds for them; rejects when the stream ends before. */
  until(enough: (events: readonly TailedEvent[]) => boolean): Promise<readonly TailedEvent[]>;
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<void>;
  close(): void;
}

/** Resolves once the stream is open. */
export async function openTail(
  url: string,
  authorization: string,
  { query = "", lastEventId }: { readonly query?: string; readonly lastEventId?: string } = {},
): Promise<Tail> {
  const aborting = new AbortController();
  const response = await fetch(`${url}/trunkline/v1/events${query}`, {
    headers: { authorization, ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }) },
    signal: aborting.signal,
  });
  if (response.status !== 200 || response.body === null) throw new Error(`no stream: ${response.status}`);
  const events: TailedEvent[] = [];
  const notices: string[] = [];
  const waiting = new Set<() => void>();
  const onEvent = (event: EventSourceMessage) => {
    if (event.event !== undefined) notices.push(event.event);
    else events.push(JSON.parse(event.data) as TailedEvent);
    for (const look of waiting) look();
  };
  const parser = createParser({ onEvent });
  const ended = readAll(response.body, (text) => parser.feed(text));
  return {
    events,
    notices,
    until: (enough) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!enough(events)) return;
          waiting.delete(look);
          resolve(events);
        };
        waiting.add(look);
        look();
        ended.then(() => reject(new Error("the stream ended")), reject);
      }),
    ended,
    close: () => aborting.abort(),
  };
}

async function readAll(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== "AbortError") throw thrown;
  }
}
