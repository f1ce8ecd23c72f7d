// GET /events: the live tail of an account as server-sent events. Resumes after Last-Event-ID from the database, then
// goes on live, without a hole between the two.

import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { GatewayError, type GatewayErrorCode, toError } from "../../../core/errors.ts";
import type { AccountSid, Uuid } from "../../../core/ids.ts";
import type { Authenticator } from "../../../services/authenticator.ts";
import type { Queryable } from "../../../store/database.ts";
import { listEventKeys, loadEvents } from "../../../store/events.ts";
import { accountFor, checkAgain } from "../auth.ts";
import { commonErrors } from "../schema.ts";
import * as schema from "./schema.ts";
import { createEventStream, type EventStream } from "./stream.ts";
import type { EventTail } from "./tail.ts";

export interface EventRoutesDeps {
  readonly db: Queryable;
  readonly authenticator: Authenticator;
  readonly tail: EventTail;
  readonly log: Logger;
  /** Streams of this process at the most. Default 500. */
  readonly streamsMax?: number;
}

const replayPage = 500;
/** What the authenticator remembers makes most of these checks cheap: it is less than a second old. */
const recheckMs = 500;
/** What says that a stream is no longer its reader's. */
const revoked: ReadonlySet<GatewayErrorCode> = new Set([
  ...(["unauthenticated", "forbidden", "account-not-active", "not-found"] as const),
]);
/** Ids of the newest replayed events, against which the live ones are checked. */
const replayedMax = 5_000;

export function registerEventRoutes(app: FastifyInstance, deps: EventRoutesDeps): void {
  const { db, authenticator, tail, log, streamsMax = 500 } = deps;
  /** Each with what ends it when it is no longer its reader's. */
  const streams = new Map<EventStream, () => Promise<void>>();
  /** Let in, but not in `streams` yet. */
  let opening = 0;
  const rechecking = setInterval(() => {
    for (const recheck of streams.values()) void recheck();
  }, recheckMs).unref();
  app.addHook("preClose", async () => {
    clearInterval(rechecking);
    await tail.stop();
    for (const stream of streams.keys()) stream.end();
  });
  app.withTypeProvider<ZodTypeProvider>().get(
    "/events",
    {
      // A HEAD of a stream would never end.
      exposeHeadRoute: false,
      schema: {
        tags: ["events"],
        summary: "The live tail: everything that happens to messages, as server-sent events",
        description:
          "Each event's data is an Event. `event: gap` says that events were left out because the client read too " +
          "slowly, or missed more than its `catchUpMax`; `skipped` is how many, or null. A client that reconnects with Last-Event-ID gets what it missed first.",
        querystring: schema.eventsQuery,
        headers: schema.eventsHeaders,
        response: {
          200: {
            description: "A stream that does not end.",
            content: { "text/event-stream": { schema: schema.event } },
          },
          ...commonErrors,
        },
      },
    },
    async (request, reply) => {
      const { account, bodies, lastEventId, catchUpMax } = request.query;
      const accountSid = await accountFor(authenticator, request, account);
      const after = request.headers["last-event-id"] ?? lastEventId;
      if (streams.size + opening >= streamsMax) {
        throw new GatewayError("rate-limited", `This process serves at most ${streamsMax} streams.`);
      }
      const stream = createEventStream({ response: reply.raw, withBodies: bodies });
      opening += 1;
      let unsubscribe: () => void;
      try {
        unsubscribe = await tail.subscribe(accountSid, stream);
      } finally {
        opening -= 1;
      }
      reply.hijack();
      streams.set(
        stream,
        oneAtATime(() => endIfRevoked({ authenticator, log }, request, { accountSid, stream })),
      );
      stream.whenClosed(() => {
        unsubscribe();
        streams.delete(stream);
      });
      stream.open();
      catchUp(db, { accountSid, after: after as Uuid | undefined, catchUpMax }, stream).catch((thrown: unknown) => {
        log.warn({ err: toError(thrown), reqId: request.id }, "an event stream could not be resumed");
        stream.end();
      });
    },
  );
}

interface Missed {
  readonly accountSid: AccountSid;
  /** Undefined: nothing was missed. */
  readonly after: Uuid | undefined;
  readonly catchUpMax: number | undefined;
}

/**
 * Sends what came after an event, then lets the live events through; those that both have are sent once. A client that
 * missed more than it wants, or that reads the past more slowly than new things happen, is told of a gap.
 */
async function catchUp(db: Queryable, missed: Missed, stream: EventStream): Promise<void> {
  const { accountSid, catchUpMax = Number.POSITIVE_INFINITY } = missed;
  const replayed = new Set<Uuid>();
  let cursor = (await isBeyond(db, missed)) ? giveUp(stream) : missed.after;
  let sent = 0;
  while (cursor !== undefined && !stream.closed) {
    const keys = await listEventKeys(db, [{ accountSid, after: cursor }], replayPage);
    await stream.replay(await loadEvents(db, keys));
    for (const { id } of keys) replayed.add(id);
    for (const id of replayed) {
      if (replayed.size <= replayedMax) break;
      replayed.delete(id);
    }
    sent += keys.length;
    const more = keys.length >= replayPage || stream.takeOverflow();
    cursor = more ? (keys.at(-1)?.id ?? cursor) : undefined;
    if (more && sent >= 2 * catchUpMax) cursor = giveUp(stream);
  }
  stream.goLive(replayed);
}

async function isBeyond(db: Queryable, { accountSid, after, catchUpMax }: Missed): Promise<boolean> {
  if (after === undefined || catchUpMax === undefined) return false;
  return (await listEventKeys(db, [{ accountSid, after }], catchUpMax + 1)).length > catchUpMax;
}

function giveUp(stream: EventStream): undefined {
  stream.leaveOut();
}

/** A slow database must not have the same work waiting twice. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let underWay: Promise<void> | undefined;
  return () => {
    underWay ??= work().finally(() => {
      underWay = undefined;
    });
    return underWay;
  };
}

/** A stream outlives the moment in which its credentials were checked: they are checked again and again. Never rejects. */
async function endIfRevoked(
  { authenticator, log }: Pick<EventRoutesDeps, "authenticator" | "log">,
  request: FastifyRequest,
  { accountSid, stream }: { readonly accountSid: AccountSid; readonly stream: EventStream },
): Promise<void> {
  try {
    await checkAgain(authenticator, request, accountSid);
  } catch (thrown) {
    const refused = thrown instanceof GatewayError && revoked.has(thrown.code);
    if (refused) stream.end();
    else log.debug({ err: toError(thrown) }, "the credentials of a stream could not be checked");
  }
}
