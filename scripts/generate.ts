// `npm run generate`: writes the files that are made from the code. With --check it writes nothing and exits with 1
// when a file is not what it would write.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describeConfiguration } from "../gateway/src/config/describe.ts";
import { bundleActions, describeActions } from "./actions-package.ts";
import { projectRoot } from "./check-steps.ts";
import { describeDashboardApi } from "./dashboard-api.ts";
import { generateProtobufCode } from "./protobuf-code.ts";

interface GeneratedFile {
  /** From the project's root. */
  readonly path: string;
  content(): string | Promise<string>;
}

const generatedFiles: readonly GeneratedFile[] = [
  { path: "docs/configuration.md", content: describeConfiguration },
  { path: "gateway/actions/generated/actions.mjs", content: bundleActions },
  { path: "gateway/actions/generated/actions.d.mts", content: describeActions },
  { path: "dashboard/src/api/generated/api.d.ts", content: describeDashboardApi },
  ...[...(await generateProtobufCode())].map(([path, content]) => ({ path, content: () => content })),
];

const onlyCheck = process.argv.includes("--check");
for (const { path, content } of generatedFiles) {
  const wanted = await content();
  if (wanted === (await current(path))) continue;
  if (onlyCheck) {
    console.log(`${path} is not up to date: run npm run generate`);
    process.exitCode = 1;
  } else {
    await mkdir(dirname(join(projectRoot, path)), { recursive: true });
    await writeFile(join(projectRoot, path), wanted);
    console.log(`wrote ${path}`);
  }
}

async function current(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(projectRoot, path), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
