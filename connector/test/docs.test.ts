import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import component from "../src/index.ts";
import { type ComponentOnGateway, componentOnGateway } from "./support/component-on-gateway.ts";

const root = resolve(import.meta.dirname, "../..");
const page = (name: string) => readFile(join(root, "docs", name), "utf8");
let on: ComponentOnGateway;
let folder: string;
beforeAll(async () => {
  on = await componentOnGateway();
  folder = await mkdtemp(join(tmpdir(), "trunkline-docs-"));
  await mkdir(join(folder, "node_modules"));
  await symlink(join(root, "gateway"), join(folder, "node_modules/trunkline"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await on.stop();
});

it("docs/actions.md: every example runs as it stands, in plain Node", async () => {
  const examples = [...(await page("actions.md")).matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code ?? "");
  const outputs: string[] = [];
  for (const [index, code] of examples.entries()) {
    const file = join(folder, `example-${index}.mjs`);
    await writeFile(file, code);
    const env = {
      TWILIO_ACCOUNT_SID: on.gateway.accountSid,
      TWILIO_AUTH_TOKEN: on.gateway.authToken,
      TRUNKLINE_URL: on.gateway.url,
    };
    outputs.push((await promisify(execFile)(process.execPath, [file], { env })).stdout.trim());
  }
  expect(outputs).toEqual(["delivered", "403", "0 0 1"]);
});

it("docs/actions.md: names every function that there is", async () => {
  const text = await page("actions.md");
  const names = Object.keys(await import("trunkline/actions"));
  const unnamed = ["ActionError", "checkTwiml", "rawMethods", "readUncheckedWebhook"];
  expect(names.filter((name) => !text.includes(name)).filter((name) => !unnamed.includes(name))).toEqual([]);
});

it("docs/prismatic.md: names every trigger and every action by its label", async () => {
  const text = await page("prismatic.md");
  const labels = [...Object.values(component.actions), ...Object.values(component.triggers)].map(
    ({ display }) => display.label,
  );
  const short = (label: string) => label.replace(/^(Cancel|Redact) SMS$/, "$1");
  expect(labels.filter((label) => !text.includes(short(label)))).toEqual([]);
});
