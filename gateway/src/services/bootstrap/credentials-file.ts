// credentials.json: what a start made at random, kept in the data directory for its owner only. It is written
// before the account is stored: a start that dies in between finds it again and makes the same account.

import { join } from "node:path";
import { z } from "zod";
import { GatewayError } from "../../core/errors.ts";
import type { AccountSid, Uuid } from "../../core/ids.ts";
import { readIfThere, writeOnce } from "./private-file.ts";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const credentialsSchema = z.object({
  accountSid: z.custom<AccountSid>((value) => typeof value === "string" && /^AC[0-9a-f]{32}$/.test(value)),
  friendlyName: z.string(),
  authToken: z.string().regex(/^[0-9a-fA-F]{32}$/),
  /** Null when the account has only the access keys of the bootstrap file. */
  accessKey: z.string().min(8).nullable(),
  phoneNumbers: z.array(z.string().regex(/^\+[1-9]\d{6,14}$/)),
  environmentId: z.custom<Uuid>((value) => typeof value === "string" && UUID.test(value)),
  tenantId: z.custom<Uuid>((value) => typeof value === "string" && UUID.test(value)),
  resourceOwner: z.string().regex(/^\d{18}$/),
  /** ISO 8601. */
  createdAt: z.string(),
});

export type Credentials = Readonly<z.output<typeof credentialsSchema>>;

export interface KeptCredentials {
  readonly path: string;
  readonly credentials: Credentials;
}

function firstPath(dataDir: string): string {
  return join(dataDir, "credentials.json");
}

function ownPath(dataDir: string, accountSid: AccountSid): string {
  return join(dataDir, `credentials.${accountSid}.json`);
}

/** What credentials.json holds; null without it. Rejects with `invalid-parameter` when it holds something else. */
export async function readFirstCredentials(dataDir: string): Promise<KeptCredentials | null> {
  const path = firstPath(dataDir);
  const text = await readIfThere(path);
  if (text === null) return null;
  const kept = credentialsSchema.safeParse(parseJsonOrNull(text));
  if (kept.success) return { path, credentials: kept.data };
  throw new GatewayError(
    "invalid-parameter",
    `${path} is not a credentials file of this gateway. Move it away; the next start makes a new account.`,
  );
}

/** The credentials of one account, wherever in the directory they are kept; null if nowhere. */
export async function findCredentials(dataDir: string, accountSid: AccountSid): Promise<KeptCredentials | null> {
  for (const path of [firstPath(dataDir), ownPath(dataDir, accountSid)]) {
    const kept = credentialsSchema.safeParse(parseJsonOrNull((await readIfThere(path)) ?? ""));
    if (kept.success && kept.data.accountSid === accountSid) return { path, credentials: kept.data };
  }
  return null;
}

/** Keeps credentials as credentials.json, or as `credentials.AC….json` where that is taken. Resolves to the path. */
export async function keepCredentials(dataDir: string, credentials: Credentials): Promise<string> {
  const text = `${JSON.stringify(credentials, null, 2)}\n`;
  for (const path of [firstPath(dataDir), ownPath(dataDir, credentials.accountSid)]) {
    if (await writeOnce(path, text)) return path;
  }
  throw new GatewayError(
    "conflict",
    `${ownPath(dataDir, credentials.accountSid)} exists, but is no credentials file of this gateway. Move it away.`,
  );
}

function parseJsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (_notJson) {
    return null;
  }
}
