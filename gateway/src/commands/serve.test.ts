import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCli } from "./cli-harness.ts";

// The command with a gateway that does what the test says: how it starts and stops is this command's part.
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trunkline-serve-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function serve(start: string, ...args: string[]) {
  const script = join(directory, `${crypto.randomUUID()}.ts`);
  const program = new URL("./program.ts", import.meta.url).pathname;
  const terminal = new URL("./terminal.ts", import.meta.url).pathname;
  await writeFile(
    script,
    `import { runCommandLine } from ${JSON.stringify(program)};
     import { processTerminal } from ${JSON.stringify(terminal)};
     const start = async (env: NodeJS.ProcessEnv): Promise<any> => { ${start} };
     process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), start);`,
  );
  return startCli(["serve", ...args], { script });
}

const running = (stop: string) => `
  const alive = setInterval(() => {}, 1000);
  console.log("up on", env.TRUNKLINE_PORT, env.TRUNKLINE_DATA_DIR);
  return { url: "http://x", stop: async () => { ${stop} clearInterval(alive); } };`;

describe("trunkline serve", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("stops at %s and ends with 0", async (signal) => {
    const run = await serve(running('console.log("stopping");'), "--port", "8123", "--data-dir", "/tmp/x");
    await run.printed(/up on 8123 \/tmp\/x/);
    run.child.kill(signal);
    expect(await run.finished).toMatchObject({ code: 0, out: expect.stringContaining("stopping") });
  });

  it("takes a second signal right behind the first for the same one", async () => {
    const run = await serve(
      running('console.log("stopping"); await new Promise((resolve) => setTimeout(resolve, 300));'),
    );
    await run.printed(/up on/);
    run.child.kill("SIGINT");
    await run.printed(/stopping/);
    run.child.kill("SIGINT");
    expect(await run.finished).toMatchObject({ code: 0 });
  });

  it("stops by force at a later second signal and ends with 1", async () => {
    const run = await serve(
      running('setTimeout(() => console.log("still stopping"), 800); await new Promise(() => {});'),
    );
    await run.printed(/up on/);
    run.child.kill("SIGTERM");
    await run.printed(/still stopping/);
    run.child.kill("SIGTERM");
    expect(await run.finished).toMatchObject({ code: 1, notes: "Stopped by force.\n" });
  });

  it("stops a gateway that was still starting when the signal came", async () => {
    const run = await serve(
      `console.log("starting"); await new Promise((resolve) => setTimeout(resolve, 200)); ${running('console.log("stopping");')}`,
    );
    await run.printed(/starting/);
    run.child.kill("SIGTERM");
    expect(await run.finished).toMatchObject({ code: 0, out: expect.stringContaining("stopping") });
  });

  it("says in one line why the gateway cannot start, and ends with 1", async () => {
    const run = await serve('throw new Error("TRUNKLINE_PORT is abc; it takes a whole number.");');
    expect(await run.finished).toEqual({
      code: 1,
      out: "",
      notes: "The gateway could not start. TRUNKLINE_PORT is abc; it takes a whole number.\n",
    });
  });
});

describe("trunkline --help", () => {
  it("teaches the first steps, the credentials and the exit codes", async () => {
    const { code, out } = await startCli(["--help"]).finished;
    expect(code).toBe(0);
    for (const text of ["trunkline serve", "trunkline send --to", "credentials.json", "TRUNKLINE_AUTH_TOKEN", "130"])
      expect(out).toContain(text);
  });

  it.each(["send", "serve", "tail", "rotate", "messages", "message", "wait", "numbers", "consent"])(
    "has examples for %s, and fits 120 columns",
    async (command) => {
      const { code, out } = await startCli(["help", command]).finished;
      expect(code).toBe(0);
      expect(out).toContain(`$ trunkline ${command}`);
      expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
    },
  );

  it("ends with 1 for a command that does not exist, with what is near it", async () => {
    expect(await startCli(["sned"]).finished).toMatchObject({ code: 1, notes: expect.stringContaining("send") });
  });
});
