// The handle on PostgreSQL: a pool of connections, named prepared statements and transactions. All SQL of the
// gateway lives under store/ and goes through here.

import type { QueryResultRow } from "pg";

/** A statement that PostgreSQL parses once per connection. `name` must be unique for `text`. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Where SQL can be run: the pool, or one open transaction. */
export interface Queryable {
  /** Runs one statement; resolves to its rows. A string is sent unprepared. */
  query<Row extends QueryResultRow = QueryResultRow>(
    statement: Statement | string,
    values?: readonly unknown[],
  ): Promise<Row[]>;
}

export interface TransactionOptions {
  /** How long one statement may take before the connection counts as lost; 0: for ever. Default: the pool's. */
  readonly queryTimeoutMs?: number;
}

export interface Database extends Queryable {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
  transaction<Result>(work: (tx: Queryable) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  /** Closes every connection. */
  close(): Promise<void>;
}
