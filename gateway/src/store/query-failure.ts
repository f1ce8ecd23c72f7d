// What a failed query means: the database is away (`database-unavailable`), or a mistake or conflict that the caller
// knows about. Row contents, which PostgreSQL puts into an error's details, are taken off: errors are logged.

import { DatabaseError } from "pg";
import { GatewayError, toError } from "../core/errors.ts";

export const SILENT_SERVER_MESSAGE = "the database did not answer in time";

// Connection lost, shutdown, starting up, too many connections, out of resources, and a primary that has become a
// standby. https://www.postgresql.org/docs/current/errcodes-appendix.html
const UNAVAILABLE_STATES = new Set(["57P01", "57P02", "57P03", "57P05", "25006"]);
const UNAVAILABLE_CLASSES = new Set(["08", "53"]);

/** What the deadline of a session (statement_timeout) ends a statement with. */
const QUERY_CANCELED = "57014";

const NETWORK_CODES = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EAGAIN",
]);

// What pg and its pool throw without a code.
const CONNECTION_MESSAGES = [
  SILENT_SERVER_MESSAGE,
  "Connection terminated",
  "timeout exceeded when trying to connect",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
  "Cannot use a pool after calling end on the pool",
];

function meansAway(error: Error): boolean {
  if (error instanceof DatabaseError) {
    const state = error.code ?? "";
    return UNAVAILABLE_STATES.has(state) || UNAVAILABLE_CLASSES.has(state.slice(0, 2));
  }
  if ("code" in error && typeof error.code === "string" && "syscall" in error) return NETWORK_CODES.has(error.code);
  // One error per address that was tried (a name with IPv4 and IPv6).
  if (error instanceof AggregateError) return error.errors.some((one) => meansAway(toError(one)));
  return CONNECTION_MESSAGES.some((message) => error.message.startsWith(message));
}

/**
 * The error to throw for a failed query: `database-unavailable` when the database is away, `query-too-slow` when it has
 * exceeded the deadline of its session, otherwise the same error without the contents of rows. An error thrown by the caller's own work passes through unchanged.
 */
export function queryFailure(thrown: unknown, { connecting = false } = {}): Error {
  const error = toError(thrown);
  if (error instanceof GatewayError) return error;
  // Before the server's first word any failure but the server's own refusal is one of the network.
  const away = meansAway(error) || (connecting && "syscall" in error);
  if (error instanceof DatabaseError && error.code === QUERY_CANCELED) {
    return new GatewayError(
      "query-too-slow",
      "This takes the database too long. Narrow it down, for example by dates.",
      {
        cause: error,
      },
    );
  }
  if (error instanceof DatabaseError) {
    error.detail = undefined;
    error.where = undefined;
    error.internalQuery = undefined;
  }
  if (!away) return error;
  return new GatewayError("database-unavailable", "The database is not available. Try again shortly.", {
    detail: error.message,
    cause: error,
  });
}

/** Would the same transaction probably succeed when it is run again? (serialization failure, deadlock) */
export function isRetryableConflict(error: unknown): boolean {
  return error instanceof DatabaseError && (error.code === "40001" || error.code === "40P01");
}

/** Did a row with this key exist already? With `constraint`: under that unique constraint or index. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (!(error instanceof DatabaseError) || error.code !== "23505") return false;
  return constraint === undefined || error.constraint === constraint;
}
