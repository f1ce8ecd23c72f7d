import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startCli } from "./cli-harness.ts";

const launcher = fileURLToPath(new URL("../../bin/trunkline.mjs", import.meta.url));
const old = ["/usr/local/bin/node", "/usr/bin/node"].find(
  (path) => existsSync(path) && /^v(18|20|22)\./.test(execFileSync(path, ["--version"], { encoding: "utf8" })),
);

describe("bin/trunkline.mjs", () => {
  it("runs the command line with a new Node itself", async () => {
    expect(await startCli(["--version"], { script: launcher }).finished).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await startCli(["send"], { script: launcher }).finished).toMatchObject({ code: 1 });
  });

  it.skipIf(old === undefined)(
    "runs it with the project's Node on an old one, with its exit code and signals",
    async () => {
      const node = old ?? "";
      expect(await startCli(["--version"], { script: launcher, node }).finished).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      });
      expect(await startCli(["send"], { script: launcher, node }).finished).toMatchObject({ code: 1 });
      const env = {
        TRUNKLINE_ACCOUNT_SID: `AC${"0".repeat(32)}`,
        TRUNKLINE_AUTH_TOKEN: "x",
        TRUNKLINE_URL: "http://127.0.0.1:9",
      };
      const run = startCli(["send", "--to", "+12025550142", "--from", "x", "--body", "x"], {
        script: launcher,
        node,
        env,
      });
      await run.printed(/Trying again/);
      run.child.kill("SIGTERM");
      expect(await run.finished).toMatchObject({ code: 130 });
    },
  );
});
