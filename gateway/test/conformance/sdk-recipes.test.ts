// The recipes of docs/sdks.md for Node and Python, run as they stand there (but for the gateway's address) in a folder that
// is not the project's, as its readers will.

import { spawn, spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestGateway, type TestGateway } from "../support/gateway.ts";

const packageFolder = new URL("../../", import.meta.url).pathname;
const modules = new URL("../../../node_modules/", import.meta.url).pathname;
const python = ["/usr/bin/python3", "python3"].find(
  (path) => spawnSync(path, ["-c", "import twilio"], { stdio: "ignore" }).status === 0,
);

let gateway: TestGateway;
let folder: string;

/** As npm would install it: the package's own files, with Twilio's client beside it. */
beforeAll(async () => {
  gateway = await startTestGateway({ dispatch: true });
  folder = await mkdtemp(join(tmpdir(), "trunkline-recipes-"));
  await mkdir(join(folder, "node_modules", "trunkline"), { recursive: true });
  for (const part of ["package.json", "twilio"]) {
    await cp(join(packageFolder, part), join(folder, "node_modules", "trunkline", part), { recursive: true });
  }
  await symlink(join(modules, "twilio"), join(folder, "node_modules", "twilio"));
});
afterAll(async () => {
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

const text = await readFile(new URL("../../../docs/sdks.md", import.meta.url), "utf8");
const recipesIn = (language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, code]) => code ?? "");

async function run(program: string, file: string, code: string): Promise<string> {
  expect(code).toContain("http://127.0.0.1:8770");
  const path = join(folder, file);
  await writeFile(path, code.replaceAll("http://127.0.0.1:8770", gateway.url));
  const env = {
    PATH: process.env["PATH"],
    TWILIO_ACCOUNT_SID: gateway.accountSid,
    TWILIO_AUTH_TOKEN: gateway.authToken,
  };
  const child = spawn(program, [path], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  return output.trim();
}

describe("docs/sdks.md", () => {
  it("has three recipes for Node and two for Python", () => {
    expect([recipesIn("js"), recipesIn("python")].map(({ length }) => length)).toEqual([3, 2]);
  });

  it.each(recipesIn("js"))("has a recipe for Node that works: %#", async (code) => {
    expect(await run(process.execPath, "recipe.mjs", code)).toBe("queued 1");
  });

  it.skipIf(python === undefined).each(recipesIn("python"))("has a recipe for Python that works: %#", async (code) => {
    expect(await run(python ?? "python3", "recipe.py", code)).toBe("queued 1");
  });
});
