// Prism as a peer: a stateless mock server made from an OpenAPI file. It is no dependency of the project: it is
// fetched into a temporary directory the first time, and found there the next.

import { execFile } from "node:child_process";
import { access, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { answers, freePort, startProgram, until } from "../child.ts";
import { smsForm } from "../gateway/request.ts";
import type { RequestTemplate } from "../load/load.ts";

const VERSION = "5.16.0";
/** It reads the two megabytes of Twilio's document first. */
const START_PATIENCE_MS = 120_000;

export interface Prism {
  readonly port: number;
  readonly template: RequestTemplate;
  stop(): Promise<void>;
}

/** `openApiFile`: Twilio's api v2010 document, as JSON. */
export async function startPrism({ openApiFile }: { openApiFile: string }): Promise<Prism> {
  const folder = await installed();
  const port = await freePort();
  const program = await startProgram({
    file: process.execPath,
    args: [
      join(folder, "node_modules/@stoplight/prism-cli/dist/index.js"),
      ...["mock", openApiFile, "-h", "127.0.0.1", "-p", String(port), "--verboseLevel", "silent"],
    ],
    logPath: join(folder, `prism-${port}.log`),
  });
  await until("Prism answers", () => answers(`http://127.0.0.1:${port}/`), { program, patienceMs: START_PATIENCE_MS });
  return {
    port,
    template: smsForm("AC0123456789abcdef0123456789abcdef", "token"),
    stop: async () => void (await program.stop()),
  };
}

async function installed(): Promise<string> {
  const folder = join(tmpdir(), `trunkline-bench-prism-${VERSION}`);
  try {
    await access(join(folder, "complete"));
    return folder;
  } catch {
    console.log(`fetching Prism ${VERSION} into ${folder} ...`);
  }
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), `{ "private": true }\n`);
  const args = [
    "install",
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
    `@stoplight/prism-cli@${VERSION}`,
  ];
  await promisify(execFile)("npm", args, { cwd: folder });
  await writeFile(join(folder, "complete"), "");
  return folder;
}
