import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { createConnection, createHarness } from "@prismatic-io/spectral/dist/testing.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildBundle } from "../bundle/build.mts";
import { authTokenConnection } from "../src/connections/auth-token.ts";
import type component from "../src/index.ts";
import { logger } from "./support/component-on-gateway.ts";
import { startFaultyServer } from "./support/faulty-server.ts";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
let folder: string;
let bytes: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "trunkline-bundle-"));
  bytes = await buildBundle(join(folder, "dist"));
  // It says what kind of module the bundle is taken for, where the publishing tool loads it.
  await cp(join(root, "connector/package.json"), join(folder, "package.json"));
});
afterAll(() => rm(folder, { recursive: true }));

type Component = typeof component;
/** As the publishing tool does. */
const load = () => createRequire(import.meta.url)(join(folder, "dist/index.js")) as { readonly default: Component };

describe("the bundle", () => {
  it("is one file and the icon that it names, and small", async () => {
    expect((await readdir(join(folder, "dist"))).sort()).toEqual(["icon.png", "index.js"]);
    expect(load().default.display.iconPath).toBe("icon.png");
    const icon = await readFile(join(folder, "dist/icon.png"));
    expect(icon.subarray(1, 4).toString()).toBe("PNG");
    expect(bytes).toBeLessThan(1.6 * 1024 * 1024);
  });

  it("is the same again from the same source, and has nothing of this machine in it", async () => {
    await buildBundle(join(folder, "elsewhere/again"));
    const [first, second] = await Promise.all(
      ["dist", "elsewhere/again"].map((each) => readFile(join(folder, each, "index.js"))),
    );
    expect(second?.equals(first ?? Buffer.alloc(0))).toBe(true);
    const text = first?.toString() ?? "";
    // Not printed whole when it fails: it is a megabyte and a half.
    expect([root, folder, "trunkline-source", "node_modules/"].filter((trace) => text.includes(trace))).toEqual([]);
  });

  it("loads alone in plain Node, with everything that the source has", async () => {
    const script = `const { default: component } = require("./index.js");
      const parts = ["actions", "triggers", "dataSources"].map((part) => Object.keys(component[part]));
      console.log(JSON.stringify([component.key, parts, component.connections.map(({ key }) => key)]));`;
    // Nothing is installed up there, as on the platform.
    const { stdout, stderr } = await run(process.execPath, ["-e", script], { cwd: join(folder, "dist"), env: {} });
    const { default: source } = await import("../src/index.ts");
    const parts = [source.actions, source.triggers, source.dataSources].map((part) => Object.keys(part));
    expect(JSON.parse(stdout)).toEqual([source.key, parts, source.connections.map(({ key }) => key)]);
    expect(stderr).toBe("");
  });

  it("has the same definition as the source, and works", async () => {
    const bundled = load().default;
    const { default: source } = await import("../src/index.ts");
    const shape = (given: Component) => JSON.parse(JSON.stringify(given)) as unknown;
    expect(shape(bundled)).toEqual(shape(source));
    const server = await startFaultyServer();
    server.otherwise = () => ({ status: 401, body: '{"code":20003,"message":"Authenticate"}' });
    const fields = { username: `AC${"0".repeat(32)}`, password: "wrong-secret", apiBaseUrl: server.url };
    const twilioConnection = createConnection(authTokenConnection, fields);
    const verifying = createHarness(bundled).action("verifyConnection", { twilioConnection }, { logger });
    await expect(verifying).rejects.toMatchObject({ isSpectralError: true, message: expect.stringContaining("20003") });
    await server.close();
  });
});

describe("trunkline/actions", () => {
  it("runs in plain Node from where packages are installed, with its types", async () => {
    const modules = join(folder, "script/node_modules");
    const installed = join(modules, "trunkline");
    await mkdir(installed, { recursive: true });
    await cp(join(root, "gateway/actions/generated"), join(installed, "actions/generated"), { recursive: true });
    await cp(join(root, "gateway/package.json"), join(installed, "package.json"));
    await symlink(join(root, "node_modules/libphonenumber-js"), join(modules, "libphonenumber-js"));
    await mkdir(join(modules, "@types"));
    await symlink(join(root, "node_modules/@types/node"), join(modules, "@types/node"));
    const script = `import { type Message, previewMessage } from "trunkline/actions";
      const { segments } = previewMessage({ to: "+12025550142", from: "+12025550100", message: "Hi" });
      export const sid: (message: Message) => string = (message) => message.sid;
      console.log(segments);`;
    await writeFile(join(folder, "script/package.json"), '{"type":"module"}');
    await writeFile(join(folder, "script/main.ts"), script);
    const options = ["--strict", "--module", "nodenext", "--target", "es2022", "--types", "node", "--outDir", "out"];
    const cwd = join(folder, "script");
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), ...options, "main.ts"], { cwd });
    const { stdout } = await run(process.execPath, ["out/main.js"], { cwd });
    expect(stdout.trim()).toBe("1");
  });
});
