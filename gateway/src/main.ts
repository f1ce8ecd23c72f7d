// The entry of the command line. Run with Node 24 or newer, which takes TypeScript as it is (bin/trunkline.mjs sees to
// that for older ones).

import { runCommandLine } from "./commands/program.ts";
import type { StartGateway } from "./commands/serve.ts";
import { processTerminal } from "./commands/terminal.ts";

// `trunkline tail | head`: the reader has gone, and so shall we.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

/** Loaded when it is needed: `send` and `tail` start in a fraction of the time without the server's code. */
const startGateway: StartGateway = async (env, signal) => {
  const [{ startGateway: start }, { readyBanner }] = await Promise.all([
    import("./app.ts"),
    import("./services/bootstrap/banner.ts"),
  ]);
  const gateway = await start(env, signal);
  const { url, welcomeLink, account } = gateway;
  process.stdout.write(readyBanner({ url, welcomeLink, dataDir: gateway.config.dataDir, account }));
  return gateway;
};

process.exitCode = await runCommandLine(process.argv.slice(2), processTerminal(), startGateway);
