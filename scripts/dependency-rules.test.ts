// The import rules must catch what they are there for: each is broken once in a project of its own.

import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const preload = join(root, "scripts/typescript-for-cruiser.mjs");
const cruise = join(root, "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs");

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "trunkline-rules-"));
});
afterEach(() => rm(project, { recursive: true }));

/** The names of the rules that the files break. */
async function brokenRules(files: Readonly<Record<string, string>>): Promise<string[]> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const args = [
    "--import",
    preload,
    cruise,
    "--config",
    join(root, ".dependency-cruiser.mjs"),
    "--output-type",
    "json",
    ".",
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project });
  const { summary } = JSON.parse(stdout) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

const leaf = "export const value = 1;\n";
const importing = (path: string) => `export { value } from "${path}";\n`;

describe("imports between folders", () => {
  it("lets every folder import what lies below it", async () => {
    const files = {
      "gateway/src/core/a.ts": leaf,
      "gateway/src/store/a.ts": importing("../core/a.ts"),
      "gateway/src/carriers/a.ts": importing("../core/a.ts"),
      "gateway/src/services/a.ts": `${importing("../store/a.ts")}import "../carriers/a.ts";\n`,
      "gateway/src/facades/listener.ts": importing("./listener/a.ts"),
      "gateway/src/facades/listener/a.ts": importing("../../services/a.ts"),
      "gateway/src/facades/twilio/a.ts": importing("../listener.ts"),
      "gateway/src/app.ts": importing("./facades/twilio/a.ts"),
      "gateway/src/main.ts": importing("./app.ts"),
      "gateway/actions/a.ts": importing("../src/core/a.ts"),
      "connector/src/a.ts": importing("../../gateway/actions/a.ts"),
    };
    expect(await brokenRules(files)).toEqual([]);
  });

  it.each([
    ["core-imports", "gateway/src/core/a.ts", "gateway/src/store/b.ts"],
    ["store-imports", "gateway/src/store/a.ts", "gateway/src/services/b.ts"],
    ["carriers-imports", "gateway/src/carriers/a.ts", "gateway/src/store/b.ts"],
    ["services-imports", "gateway/src/services/a.ts", "gateway/src/facades/b.ts"],
    ["facades-imports", "gateway/src/facades/twilio/a.ts", "gateway/src/carriers/sandbox/b.ts"],
    ["no-facade-imports-another", "gateway/src/facades/twilio/a.ts", "gateway/src/facades/zitadel/b.ts"],
    ["shared-facade-files-know-no-facade", "gateway/src/facades/listener.ts", "gateway/src/facades/twilio/b.ts"],
    ["only-the-composition-root-is-not-imported", "gateway/src/services/a.ts", "gateway/src/app.ts"],
    ["dashboard-and-connector-talk-http", "dashboard/src/a.ts", "gateway/src/core/b.ts"],
    ["dashboard-and-connector-talk-http", "connector/src/a.ts", "gateway/src/core/b.ts"],
    ["dashboard-and-connector-talk-http", "connector/src/a.ts", "gateway/test/support/b.ts"],
    ["connector-tests-know-test-support-only", "connector/test/a.ts", "gateway/src/core/b.ts"],
    ["dashboard-tests-know-test-support-only", "dashboard/test/a.ts", "gateway/src/core/b.ts"],
    ["actions-stand-alone", "gateway/actions/a.ts", "gateway/src/services/b.ts"],
    ["gateway-knows-no-other-workspace", "gateway/src/app.ts", "bench/src/b.ts"],
    ["no-test-code-in-the-product", "gateway/src/app.ts", "gateway/test/support/b.ts"],
  ])("%s: %s may not import %s", async (rule, from, to) => {
    const up = "../".repeat(from.split("/").length - 1);
    expect(await brokenRules({ [to]: leaf, [from]: importing(`${up}${to}`) })).toContain(rule);
  });

  it("lets no package into the actions by way of the core, but for the small one that they have", async () => {
    const files = {
      "node_modules/heavy/index.js": leaf,
      "node_modules/heavy/package.json": '{"name":"heavy","type":"module","exports":"./index.js"}',
      "package.json": '{"dependencies":{"heavy":"1.0.0"}}',
      "gateway/src/core/b.ts": importing("heavy"),
      "gateway/src/core/a.ts": importing("./b.ts"),
      "gateway/actions/a.ts": importing("../src/core/a.ts"),
    };
    expect(await brokenRules(files)).toEqual(["actions-stay-light"]);
  });

  it("allows no cycle, not even of types", async () => {
    const files = {
      "gateway/src/core/a.ts": 'import type { B } from "./b.ts";\nexport interface A { b?: B }\n',
      "gateway/src/core/b.ts": 'import type { A } from "./a.ts";\nexport interface B { a?: A }\n',
    };
    expect(await brokenRules(files)).toEqual(["no-cycles"]);
  });
});
