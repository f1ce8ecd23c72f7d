// The certificate that the listener serves TLS with: read at the start, and again when its files have changed, so that one
// that is renewed needs no restart. A pair that is not good never takes the place of one that is.

import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { createSecureContext, Server as TlsServer } from "node:tls";
import type { FastifyInstance } from "fastify";
import type { Logger } from "pino";
import type { Config } from "../config/load.ts";
import { GatewayError, toError } from "../core/errors.ts";
import type { TlsFiles } from "../facades/listener.ts";
import { partialService, type Service } from "../services/service.ts";

const lookEveryMs = 60_000;

/** Null: no TLS is wanted. Rejects with `invalid-parameter`, for the operator, when the files are not a usable pair. */
export async function readTlsFiles(wanted: Config["tls"]): Promise<TlsFiles | null> {
  if (wanted === null) return null;
  const [cert, key] = await Promise.all([
    readPem("TRUNKLINE_TLS_CERT_FILE", wanted.certFile),
    readPem("TRUNKLINE_TLS_KEY_FILE", wanted.keyFile),
  ]);
  try {
    createSecureContext({ cert, key });
  } catch (thrown) {
    const message =
      "TRUNKLINE_TLS_CERT_FILE and TRUNKLINE_TLS_KEY_FILE: these are no certificate in PEM form and its private key.";
    throw new GatewayError("invalid-parameter", message, { cause: toError(thrown) });
  }
  return { cert, key };
}

async function readPem(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (thrown) {
    throw new GatewayError("invalid-parameter", `${setting}: ${path} cannot be read.`, { cause: toError(thrown) });
  }
}

export interface TlsRenewalDeps {
  readonly app: FastifyInstance;
  readonly wanted: Config["tls"];
  readonly log: Logger;
  /** Default: a minute. */
  readonly everyMs?: number;
}

export function createTlsRenewal({ app, wanted, log, everyMs = lookEveryMs }: TlsRenewalDeps): Service {
  const stopping = new AbortController();
  const { server } = app as { readonly server: unknown };
  let running: Promise<void> = Promise.resolve();
  let current: TlsFiles | null = null;

  async function look(): Promise<void> {
    const found = await readTlsFiles(wanted);
    if (found === null || !(server instanceof TlsServer)) return;
    if (found.cert === current?.cert && found.key === current.key) return;
    server.setSecureContext({ ...found });
    current = found;
    log.info("the TLS certificate was read again: its files have changed");
  }

  async function loop(): Promise<void> {
    while (await delay(everyMs, true, { signal: stopping.signal }).catch(() => false)) {
      await look().catch((error: unknown) =>
        log.warn({ err: toError(error) }, "the TLS certificate was not read again"),
      );
    }
  }

  return partialService("TLS certificate", {
    async start() {
      current = await readTlsFiles(wanted);
      if (current !== null) running = loop();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  });
}
