// The gateway's live events over server-sent events, for as long as anybody listens: a lost connection is made again
// from the last event on.

import { setTimeout as sleep } from "node:timers/promises";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { Agent, request } from "undici";
import type { Credentials } from "../credentials.ts";
import { exitCodes, failure, isCommandFailure } from "../failure.ts";

export interface EventStreamOptions {
  readonly credentials: Credentials;
  readonly signal: AbortSignal;
  /** One event's data as it came, and its id. */
  readonly onEvent: (data: string) => void;
  /** The gateway left events out, because they were read too slowly or too many happened. */
  readonly onGap: () => void;
  readonly onConnected: () => void;
  readonly onLost: (reason: string) => void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** The server writes a comment now and then; nothing for so long means that the connection is dead. */
const SILENCE_MS = 90_000;

/** Resolves when the signal is aborted; rejects when there is no first connection or the credentials are refused. */
export async function followEvents(options: EventStreamOptions): Promise<void> {
  const state = { lastEventId: "", connectedOnce: false, failures: 0 };
  while (!options.signal.aborted) {
    try {
      await readOnce(options, state);
      if (!options.signal.aborted) options.onLost("the gateway closed the connection");
    } catch (thrown) {
      if (options.signal.aborted) return;
      if (isCommandFailure(thrown)) throw thrown;
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      if (!state.connectedOnce)
        throw failure(exitCodes.unreachable, `${options.credentials.url} cannot be reached: ${reason}`);
      options.onLost(reason);
    }
    await pause(
      Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** state.failures++) * (0.5 + Math.random() / 2),
      options.signal,
    );
  }
}

async function readOnce(
  { credentials, signal, onEvent, onGap, onConnected }: EventStreamOptions,
  state: { lastEventId: string; connectedOnce: boolean; failures: number },
): Promise<void> {
  const agent = new Agent({ headersTimeout: 30_000, bodyTimeout: SILENCE_MS, connectTimeout: 5_000 });
  try {
    const response = await request(`${credentials.url}/trunkline/v1/events`, {
      dispatcher: agent,
      signal,
      headers: {
        accept: "text/event-stream",
        authorization: credentials.authorization,
        ...(state.lastEventId === "" ? {} : { "last-event-id": state.lastEventId }),
      },
    });
    await checkStatus(response, credentials, state.connectedOnce);
    state.connectedOnce = true;
    state.failures = 0;
    onConnected();
    const parser = createParser({
      onEvent(event: EventSourceMessage) {
        if (event.id !== undefined) state.lastEventId = event.id;
        if (event.event === "gap") onGap();
        else onEvent(event.data);
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of response.body) parser.feed(decoder.decode(chunk as Uint8Array, { stream: true }));
  } finally {
    await agent.destroy();
  }
}

type Response = Awaited<ReturnType<typeof request>>;

async function checkStatus(response: Response, { url, accountSid }: Credentials, wasConnected: boolean): Promise<void> {
  const { statusCode, headers, body } = response;
  const isEvents = String(headers["content-type"] ?? "").startsWith("text/event-stream");
  if (statusCode === 200 && isEvents) return;
  await body.dump();
  if (statusCode === 401 || statusCode === 403) {
    throw failure(
      exitCodes.unreachable,
      `${url} does not accept these credentials for ${accountSid} (HTTP ${statusCode}).`,
    );
  }
  if (statusCode < 500 && statusCode !== 429 && !wasConnected) {
    throw failure(exitCodes.unreachable, `${url} does not answer like a gateway (HTTP ${statusCode}).`);
  }
  throw new Error(`HTTP ${statusCode}`);
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
}
