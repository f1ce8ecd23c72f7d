// An upload on its way to being worked on: taken off the network as fast as it comes, since a request has half a minute to
// arrive, and kept in a file without a name until it has been read. Nothing is left behind, also after a crash.

import { mkdtemp, open, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { GatewayError, toError } from "../../core/errors.ts";

export interface Spooled {
  read(): Readable;
  close(): Promise<void>;
}

/** Rejects with `body-too-large`, and with `invalid-parameter` when the source ends too early. */
export async function spool(source: IncomingMessage, bytesMax: number): Promise<Spooled> {
  const directory = await mkdtemp(join(tmpdir(), "trunkline-upload-"));
  // The file stays readable through its handle, and is gone with it.
  const file = await open(join(directory, "upload"), "wx+", 0o600).finally(() => rm(directory, { recursive: true }));
  try {
    let bytes = 0;
    // The connection must live on: it is to carry the answer.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        throw new GatewayError("body-too-large", `The file is larger than ${bytesMax / 1024 / 1024} MB; split it.`);
      }
      await file.write(chunk);
    }
    return { read: () => file.createReadStream({ start: 0, autoClose: false }), close: () => file.close() };
  } catch (error) {
    await file.close();
    source.resume();
    if (error instanceof GatewayError || source.complete === true) throw error;
    throw new GatewayError("invalid-parameter", "The upload broke off.", { cause: toError(error) });
  }
}
