// Fetches the master keys from where the configuration says; without one, makes it once, in the data directory, readable
// by its owner only. Never prints a key.

import { readFile } from "node:fs/promises";
import {
  MASTER_KEY_FORM,
  type MasterKeySource,
  newMasterKeyText,
  parseMasterKeys,
} from "../../core/credentials/master-key.ts";
import { GatewayError, toError } from "../../core/errors.ts";
import { readIfThere, writeOnce } from "./private-file.ts";

/** The keys, the sealing one first. Throws GatewayError `invalid-parameter` for a file that is missing or wrong. */
export async function loadMasterKeys(source: MasterKeySource): Promise<readonly Uint8Array[]> {
  if (source.from === "environment") return source.keys;
  const text = source.from === "file" ? await readGiven(source.path) : await readOrMake(source.path);
  const keys = parseMasterKeys(text);
  if (keys) return keys;
  throw new GatewayError(
    "invalid-parameter",
    `The master key file ${source.path} holds ${text.length} characters (not shown) that are no key; it takes ${MASTER_KEY_FORM}.`,
  );
}

async function readGiven(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new GatewayError(
      "invalid-parameter",
      `TRUNKLINE_MASTER_KEY_FILE: cannot read ${path} (${toError(cause).message}); takes the path of a readable file.`,
      { cause },
    );
  }
}

async function readOrMake(path: string): Promise<string> {
  const existing = await readIfThere(path);
  if (existing !== null) return existing;
  await writeOnce(path, newMasterKeyText());
  return await readFile(path, "utf8");
}
