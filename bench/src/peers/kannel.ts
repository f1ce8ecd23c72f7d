// Kannel as a peer: bearerbox, smsbox and fakesmsc of Debian's packages, on free ports and a private spool directory.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { answers, freePort, type Program, startProgram, until } from "../child.ts";
import type { RequestTemplate } from "../load/load.ts";

const BEARERBOX = "/usr/sbin/bearerbox";
const SMSBOX = "/usr/sbin/smsbox";
const FAKESMSC = "/usr/lib/kannel/test/fakesmsc";

export interface Kannel {
  readonly port: number;
  /** Messages that have reached the fake SMSC so far, and when the last one did (milliseconds since the epoch). */
  reached(): { readonly count: number; readonly lastAtMs: number };
  stop(): Promise<void>;
}

/** smsbox's way of sending one message. */
export const kannelRequest: RequestTemplate = {
  method: "GET",
  path: "/cgi-bin/sendsms?username=bench&password=bench&from=12025550100&to=1415{to}&text=Your+code+is+{n}",
  headers: {},
  body: "",
};

export async function isKannelInstalled(): Promise<boolean> {
  const all = await Promise.allSettled([BEARERBOX, SMSBOX, FAKESMSC].map((file) => access(file)));
  return all.every(({ status }) => status === "fulfilled");
}

/** `store`: keep every message in a spool directory until it has been sent (Kannel's way of being durable). */
export async function startKannel({ store }: { store: boolean }): Promise<Kannel> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-bench-kannel-"));
  const spool = join(folder, "spool");
  await mkdir(spool);
  const ports = { admin: await freePort(), smsbox: await freePort(), smsc: await freePort(), http: await freePort() };
  const config = join(folder, "kannel.conf");
  await writeFile(config, configuration(ports, store ? spool : undefined));
  const programs: Program[] = [];
  const start = async (file: string, args: string[], name: string) => {
    const program = await startProgram({ file, args, logPath: join(folder, `${name}.log`) });
    programs.unshift(program);
    return program;
  };
  const bearerbox = await start(BEARERBOX, ["-v", "4", config], "bearerbox");
  await until("bearerbox answers", () => answers(`http://127.0.0.1:${ports.admin}/status`), { program: bearerbox });
  const smsc = startFakeSmsc(ports.smsc);
  const smsbox = await start(SMSBOX, ["-v", "4", config], "smsbox");
  const send = `http://127.0.0.1:${ports.http}/cgi-bin/sendsms`;
  await until("smsbox answers", () => answers(send), { program: smsbox });
  await until("the fake SMSC is online", () => isOnline(ports.admin), { program: bearerbox });
  return {
    port: ports.http,
    reached: smsc.reached,
    async stop() {
      for (const program of programs) await program.stop();
      await smsc.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(ports: { admin: number; smsbox: number; smsc: number; http: number }, spool?: string): string {
  const store = spool === undefined ? "" : `store-type = spool\nstore-location = "${spool}"\n`;
  return `
group = core
admin-port = ${ports.admin}
admin-password = bench
smsbox-port = ${ports.smsbox}
sms-incoming-queue-limit = -1
sms-outgoing-queue-limit = 10000000
${store}
group = smsc
smsc = fake
smsc-id = bench
port = ${ports.smsc}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${ports.http}

group = sendsms-user
username = bench
password = bench

group = sms-service
keyword = default
text = "none"
`;
}

async function isOnline(adminPort: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${adminPort}/status.txt?password=bench`);
  return /bench\b.*online/s.test(await response.text());
}

// fakesmsc says one line for each message that reaches it; counting those lines is what tells the rate.
function startFakeSmsc(port: number): { reached: Kannel["reached"]; stop(): Promise<void> } {
  const child = spawn(FAKESMSC, ["-H", "localhost", "-r", String(port), "-i", "3600", "-m", "2", "1 2 text hi"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let count = 0;
  let lastAtMs = 0;
  let unread = "";
  child.stderr.on("data", (chunk: Buffer) => {
    const lines = (unread + chunk.toString("latin1")).split("\n");
    unread = lines.pop() ?? "";
    const reached = lines.filter((line) => line.includes("Got message")).length;
    if (reached === 0) return;
    count += reached;
    lastAtMs = Date.now();
  });
  const gone = once(child, "exit");
  return {
    reached: () => ({ count, lastAtMs }),
    async stop() {
      child.kill("SIGTERM");
      await Promise.race([gone, delay(3000)]);
      child.kill("SIGKILL");
    },
  };
}
