// A real browser for tests: the Chromium of @sparticuz/chromium, which comes from npm and needs nothing of the machine.
// Unpacked once per clone; elsewhere than on 64-bit Linux, an installed Chrome. Close it when done.

import { execFile } from "node:child_process";
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, chromium, type LaunchOptions } from "playwright-core";

const UNPACK = fileURLToPath(new URL("./unpack-chromium.ts", import.meta.url));
const run = promisify(execFile);

export async function launchBrowser(): Promise<Browser> {
  const isPacked = process.platform === "linux" && process.arch === "x64";
  return await chromium.launch(isPacked ? await packedChromium() : { channel: "chrome" });
}

async function packedChromium(): Promise<LaunchOptions> {
  const home = await unpacked();
  return {
    executablePath: join(home, "chromium"),
    // Without a sandbox: tests may run as root, and open nothing but the gateway.
    args: ["--no-sandbox", "--no-zygote", "--disable-gpu"],
    env: {
      ...definedEnvironment(),
      LD_LIBRARY_PATH: join(home, "al2023", "lib"),
      FONTCONFIG_FILE: join(home, "own-fonts.conf"),
    },
  };
}

function definedEnvironment(): Record<string, string> {
  const defined = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(defined);
}

/** Where it lies. Several processes may come here at once: each unpacks for itself, and one's result stays. */
async function unpacked(): Promise<string> {
  const packed = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "..");
  const { version } = JSON.parse(await readFile(join(packed, "package.json"), "utf8")) as { version: string };
  const cache = join(packed, "..", "..", ".cache", "trunkline-chromium");
  const home = join(cache, version);
  if (await exists(home)) return home;
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(join(cache, "unpacking-"));
  try {
    await run(process.execPath, ["--disable-warning=ExperimentalWarning", UNPACK], {
      env: { ...process.env, TMPDIR: staging },
    });
    // The package's own list of fonts names directories that are not here. Without any font, text ends the browser.
    await writeFile(join(staging, "own-fonts.conf"), fontsIn(join(home, "fonts")));
    await rename(staging, home).catch(async (error: unknown) => {
      if (!(await exists(home))) throw error;
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return home;
}

function fontsIn(directory: string): string {
  return `<?xml version="1.0"?><fontconfig><dir>${directory}</dir><cachedir>${directory}</cachedir></fontconfig>`;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
