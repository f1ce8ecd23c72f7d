// The code of gateway/proto: messages and services for protobuf-es, made by buf and its plugin, both from npm. Needs no
// network.

import { execFile } from "node:child_process";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { projectRoot } from "./check-steps.ts";

const require = createRequire(import.meta.url);
const outputFolder = "gateway/src/facades/zitadel/generated";
// JavaScript and declarations: as TypeScript, enums could not have their types stripped.
const pluginOptions = ["target=js+dts", "import_extension=js"];

/** Paths from the project's root, and contents. */
export async function generateProtobufCode(): Promise<ReadonlyMap<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "trunkline-protobuf-"));
  try {
    const out = join(folder, "out");
    const plugin = [process.execPath, require.resolve("@bufbuild/protoc-gen-es/bin/protoc-gen-es")];
    const template = JSON.stringify({ version: "v2", plugins: [{ local: plugin, out, opt: pluginOptions }] });
    const buf = require.resolve("@bufbuild/buf/bin/buf");
    await promisify(execFile)(process.execPath, [buf, "generate", "proto", "--template", template], {
      cwd: join(projectRoot, "gateway"),
      env: { ...process.env, BUF_CACHE_DIR: join(folder, "cache") },
    });
    const files = new Map<string, string>();
    for await (const name of glob("**/*.{js,ts}", { cwd: out })) {
      files.set(join(outputFolder, name), await readFile(join(out, name), "utf8"));
    }
    return files;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
