// The certificate of the listener: read, refused, and read again when it changes.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { otherTestCertificate } from "../../test/support/other-test-certificate.ts";
import { testCertificate } from "../../test/support/test-certificate.ts";
import { systemClock } from "../core/clock.ts";
import { createListener } from "../facades/listener.ts";
import { createMetrics } from "../observe/metrics.ts";
import { createTlsRenewal, readTlsFiles } from "./tls.ts";

let folder: string;
let wanted: { readonly certFile: string; readonly keyFile: string };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trunkline-tls-"));
  wanted = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  await write(testCertificate);
});
afterEach(() => rm(folder, { recursive: true }));

async function write({ cert, key }: { readonly cert: string; readonly key: string }): Promise<void> {
  await Promise.all([writeFile(wanted.certFile, cert), writeFile(wanted.keyFile, key)]);
}

describe("a certificate's files", () => {
  it("are a pair, or the start is refused with the name of the setting", async () => {
    expect(await readTlsFiles(null)).toBeNull();
    expect(await readTlsFiles(wanted)).toEqual(testCertificate);
    await writeFile(wanted.keyFile, otherTestCertificate.key);
    await expect(readTlsFiles(wanted)).rejects.toThrow("TRUNKLINE_TLS_KEY_FILE");
    await writeFile(wanted.certFile, "nonsense");
    await expect(readTlsFiles(wanted)).rejects.toThrow("TRUNKLINE_TLS_CERT_FILE");
    await rm(wanted.keyFile);
    await expect(readTlsFiles(wanted)).rejects.toThrow(`TRUNKLINE_TLS_KEY_FILE: ${wanted.keyFile} cannot be read`);
  });

  it("are read again when they change, and only if they are good", async () => {
    const log = pino({ level: "silent" });
    const metrics = createMetrics();
    const app = createListener({
      ...{ config: { publicUrl: null, trustedProxies: [] }, tls: await readTlsFiles(wanted), log, metrics },
      ...{ health: { draining: false, databaseUp: true }, clock: systemClock },
    });
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const renewal = createTlsRenewal({ app, wanted, log, everyMs: 10 });
    await renewal.start();
    try {
      const first = await fingerprintAt(port);
      await writeFile(wanted.certFile, "nonsense");
      await expect.poll(() => fingerprintAt(port)).toBe(first);
      await write(otherTestCertificate);
      await expect.poll(() => fingerprintAt(port)).not.toBe(first);
    } finally {
      await renewal.stop();
      await app.close();
      metrics.close();
    }
  });
});

function fingerprintAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
