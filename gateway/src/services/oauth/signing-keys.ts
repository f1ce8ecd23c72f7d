// The keys that sign ID tokens and signed access tokens. All processes share them; a new key is published before it signs, and
// an earlier one until what it signed has expired, so that no client meets a token whose key it cannot find.

import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import type { Clock } from "../../core/clock.ts";
import type { Sealer } from "../../core/credentials/seal.ts";
import { newUuid } from "../../core/ids.ts";
import type { Database } from "../../store/database.ts";
import {
  deleteSigningKey,
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  type SigningKey,
} from "../../store/signing-keys.ts";

export type { SigningKey } from "../../store/signing-keys.ts";

export interface KeySet {
  /** The key that signs comes first. Never empty. */
  readonly keys: readonly [SigningKey, ...SigningKey[]];
  /** Equal for equal sets in the same order. */
  readonly version: string;
}

export interface SigningKeys {
  /** Reads the database at most every half minute. Makes the first key if there is none. */
  current(): Promise<KeySet>;
  /** Makes the next key when the newest is old, and drops those that nothing valid was signed with. */
  rotate(): Promise<void>;
}

export interface SigningKeysDeps {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly clock: Clock;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const signsForMs = 90 * dayMs;
/** Longer than anybody may keep the published keys: processes for half a minute, clients for minutes. */
const publishedBeforeMs = hourMs;
/** Longer than anything signed lives: an hour. */
const publishedAfterMs = dayMs;
const rememberedMs = 30_000;
const bits = 2048;
const makePair = promisify(generateKeyPair);

export function createSigningKeys(deps: SigningKeysDeps): SigningKeys {
  const { db, sealer, clock } = deps;
  let remembered: { readonly keys: readonly SigningKey[]; readonly atMs: number } | undefined;
  let reading: Promise<readonly SigningKey[]> | undefined;

  async function read(): Promise<readonly SigningKey[]> {
    const atMs = clock.nowMs();
    let keys: readonly SigningKey[] = await listSigningKeys(db, sealer);
    if (keys.length === 0) {
      await changeKeys(deps);
      keys = await listSigningKeys(db, sealer);
    }
    remembered = { keys, atMs };
    return keys;
  }

  function readOnce(): Promise<readonly SigningKey[]> {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  return {
    async current() {
      const ageMs = remembered === undefined ? rememberedMs : clock.nowMs() - remembered.atMs;
      const known = ageMs >= 0 && ageMs < rememberedMs ? remembered : undefined;
      return keySetOf(known?.keys ?? (await readOnce()), clock.nowMs());
    },
    async rotate() {
      await changeKeys(deps);
      remembered = undefined;
    },
  };
}

/** `keys`: newest first, at least one. */
function keySetOf(keys: readonly SigningKey[], nowMs: number): KeySet {
  // Before the very first one signs by a clock that was set back, it signs all the same.
  const signing = keys.find(({ signsFrom }) => signsFrom.getTime() <= nowMs) ?? keys.at(-1);
  if (signing === undefined) throw new TypeError("there is a signing key from the first use on");
  const ordered = [signing, ...keys.filter((key) => key !== signing)] as const;
  return { keys: [...ordered], version: ordered.map(({ id }) => id).join(" ") };
}

async function changeKeys({ db, sealer, clock }: SigningKeysDeps): Promise<void> {
  await db.transaction(async (tx) => {
    await lockSigningKeys(tx);
    const keys = await listSigningKeys(tx, sealer);
    const nowMs = clock.nowMs();
    const [newest] = keys;
    if (newest === undefined) await insertSigningKey(tx, sealer, await newKey(new Date(nowMs)));
    else if (newest.signsFrom.getTime() + signsForMs <= nowMs + publishedBeforeMs) {
      await insertSigningKey(tx, sealer, await newKey(new Date(nowMs + publishedBeforeMs)));
    }
    for (const [index, { id }] of keys.entries()) {
      const successor = keys[index - 1];
      const isDone = successor !== undefined && successor.signsFrom.getTime() + publishedAfterMs <= nowMs;
      if (isDone) await deleteSigningKey(tx, id);
    }
  });
}

async function newKey(signsFrom: Date): Promise<SigningKey> {
  const { privateKey, publicKey } = await makePair("rsa", { modulusLength: bits });
  const id = newUuid();
  const named = { kid: id, alg: "RS256", use: "sig" };
  return {
    id,
    privateJwk: { ...privateKey.export({ format: "jwk" }), ...named },
    publicJwk: { ...publicKey.export({ format: "jwk" }), ...named },
    signsFrom,
  };
}
