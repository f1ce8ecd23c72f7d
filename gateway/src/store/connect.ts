// Opens the handle on PostgreSQL (the contract in database.ts) on pg's pool. A database that is away shows as
// `database-unavailable`, at once or within seconds, and the pool recovers by itself: nothing here may hang, and no
// lost connection may end the process.

import { Client, Pool, type PoolClient, type QueryResult, type QueryResultRow, types } from "pg";
import type { Logger } from "pino";
import { isDatabaseAway, toError } from "../core/errors.ts";
import type { Database, Queryable, Statement } from "./database.ts";
import { queryFailure, SILENT_SERVER_MESSAGE } from "./query-failure.ts";

export { isRetryableConflict, isUniqueViolation } from "./query-failure.ts";

/** Where an embedded or external server is reached without a URL. `host` may be a socket directory. */
export interface DatabaseConnection {
  readonly host: string;
  readonly user: string;
  readonly database: string;
  /** Default 5432; also names the socket in a socket directory. */
  readonly port?: number;
  readonly password?: string;
}

export interface OpenDatabaseOptions {
  /** Give `connection` or `url`. */
  readonly connection?: DatabaseConnection;
  /** `postgresql://user:password@host:port/database?…` */
  readonly url?: string;
  /** Most connections held at once. Default 10. */
  readonly poolSize?: number;
  /** How long a query waits for a connection. Default 5000. */
  readonly acquireTimeoutMs?: number;
  /** How long one statement may take before its connection counts as lost; 0: for ever. Default 30000. */
  readonly queryTimeoutMs?: number;
  /** Settings of each session, such as `{ enable_seqscan: "off" }`. */
  readonly sessionSettings?: Readonly<Record<string, string>>;
  readonly log: Logger;
}

const IDLE_TIMEOUT_MS = 300_000;

/** Opens a pool. It connects on first use, so this neither waits nor fails when the database is away. */
export function openDatabase(options: OpenDatabaseOptions): Database {
  const { log } = options;
  const queryTimeoutMs = options.queryTimeoutMs ?? 30_000;
  const pool = new Pool({
    ...connectionConfig(options),
    Client,
    max: options.poolSize ?? 10,
    connectionTimeoutMillis: options.acquireTimeoutMs ?? 5000,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
  });
  let closing: Promise<void> | undefined;
  pool.on("error", (error) => {
    // The server may be quicker to end the last connections than the pool is.
    if (closing === undefined) log.warn({ err: queryFailure(error) }, "an idle database connection was lost");
  });

  async function acquire(): Promise<PoolClient> {
    try {
      const client = await pool.connect();
      client.on("error", ignoreLostConnection);
      return client;
    } catch (error) {
      throw queryFailure(error, { connecting: true });
    }
  }

  return {
    async query<Row extends QueryResultRow>(statement: Statement | string, values?: readonly unknown[]) {
      const client = await acquire();
      try {
        const { rows } = await run<Row>(client, statement, values, queryTimeoutMs);
        release(client);
        return rows;
      } catch (error) {
        throw failed(client, error);
      }
    },
    async transaction(work, { queryTimeoutMs: timeoutMs = queryTimeoutMs } = {}) {
      return transact(await acquire(), work, timeoutMs);
    },
    close() {
      closing ??= pool.end();
      return closing;
    },
  };
}

function connectionConfig({ connection, url, sessionSettings = {} }: OpenDatabaseOptions) {
  if ((connection === undefined) === (url === undefined)) {
    throw new TypeError("openDatabase takes either a connection or a url");
  }
  const settings = Object.entries(sessionSettings).map(([name, value]) => `-c ${name}=${value}`);
  const shared = { application_name: "trunkline", keepAlive: true, types: typeParsers };
  if (url !== undefined) {
    return { ...shared, connectionString: url, ...(settings.length === 0 ? {} : { options: settings.join(" ") }) };
  }
  // Explicit port, no TLS on a socket: PGPORT, PGSSLMODE and PGOPTIONS of the environment must not reach in.
  return {
    ...shared,
    port: 5432,
    options: settings.join(" "),
    ...(connection?.host.startsWith("/") ? { ssl: false } : {}),
    ...connection,
  };
}

// A connection that dies while it is in use also fails the query that uses it, or the next one: that is where it is
// reported. Without a listener the event would end the process.
function ignoreLostConnection(): void {
  return;
}

function release(client: PoolClient, lost?: Error): void {
  client.removeListener("error", ignoreLostConnection);
  client.release(lost);
}

/** Gives the connection back, or drops it when the failure says that it is of no more use. Returns what to throw. */
function failed(client: PoolClient, error: unknown): Error {
  const failure = queryFailure(error);
  release(client, isDatabaseAway(failure) ? failure : undefined);
  return failure;
}

function run<Row extends QueryResultRow>(
  client: PoolClient,
  statement: Statement | string,
  values: readonly unknown[] | undefined,
  timeoutMs: number,
): Promise<QueryResult<Row>> {
  const named = typeof statement === "string" ? { text: statement } : { name: statement.name, text: statement.text };
  const query = values === undefined ? named : { ...named, values: [...values] };
  return timeoutMs === 0 ? client.query<Row>(query) : withDeadline(client, client.query<Row>(query), timeoutMs);
}

async function withDeadline<Result>(client: PoolClient, query: Promise<Result>, timeoutMs: number): Promise<Result> {
  const timer = setTimeout(() => {
    // Ends the query with an error: the server may be frozen, or on the other side of a broken network.
    const { connection } = client as unknown as { connection: { stream: { destroy(error: Error): void } } };
    connection.stream.destroy(new Error(SILENT_SERVER_MESSAGE));
  }, timeoutMs);
  try {
    return await query;
  } finally {
    clearTimeout(timer);
  }
}

async function transact<Result>(
  client: PoolClient,
  work: (tx: Queryable) => Promise<Result>,
  timeoutMs: number,
): Promise<Result> {
  let open = true;
  const tx: Queryable = {
    async query<Row extends QueryResultRow>(statement: Statement | string, values?: readonly unknown[]) {
      if (!open) throw new Error("this transaction has ended");
      try {
        return (await run<Row>(client, statement, values, timeoutMs)).rows;
      } catch (error) {
        throw queryFailure(error);
      }
    },
  };
  let result: Result;
  try {
    await run(client, "begin", undefined, timeoutMs);
    result = await work(tx);
    open = false;
    const { command } = await run(client, "commit", undefined, timeoutMs);
    // PostgreSQL answers the commit of a failed transaction with a rollback, not with an error.
    if (command !== "COMMIT") throw new Error("a statement of this transaction failed, so it was rolled back");
  } catch (error) {
    open = false;
    const failure = queryFailure(error);
    await rollBack(client, failure, timeoutMs);
    throw failure;
  }
  release(client);
  return result;
}

async function rollBack(client: PoolClient, reason: Error, timeoutMs: number): Promise<void> {
  try {
    // Worth no round trip on a connection that is probably lost: dropping it rolls back as well.
    if (isDatabaseAway(reason)) throw reason;
    await run(client, "rollback", undefined, timeoutMs);
    release(client);
  } catch (error) {
    release(client, toError(error));
  }
}

const INT8_OID = 20;

/** bigint as a number where that is exact, as text otherwise; everything else as pg does (numeric: text). */
function parseInt8(text: string): number | string {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

const getTypeParser: typeof types.getTypeParser = (oid: number, format?: "text" | "binary") =>
  oid === INT8_OID && format !== "binary" ? parseInt8 : types.getTypeParser(oid, format as "text");
const typeParsers = { getTypeParser };
