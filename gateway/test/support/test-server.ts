// The run's database server, seen from tests: makes and drops databases on it.

import { Client } from "pg";

export interface TestServer {
  /** A database that is only for connecting to while others are made and dropped. */
  readonly url: string;
  /** The name of the migrated database that is cloned. */
  readonly template: string;
  /** Names of this run's databases begin with it. */
  readonly prefix: string;
}

/** The URL of another database on the server. */
export function urlOf(server: TestServer, database: string): string {
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  return url.href;
}

/** Makes an empty database, or a copy of `template`. */
export async function createDatabase(server: TestServer, name: string, template = "template0"): Promise<void> {
  await administer(server, `create database "${name}" template "${template}" strategy file_copy`);
}

/** Drops a database, whoever is still connected to it. */
export async function dropDatabase(server: TestServer, name: string): Promise<void> {
  await administer(server, `drop database if exists "${name}" with (force)`);
}

async function administer(server: TestServer, sql: string): Promise<void> {
  const client = new Client(server.url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
