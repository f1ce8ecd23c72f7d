// The command line as a whole: its commands, and how a run of it ends.

import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addConsentCommand } from "./consent.ts";
import { type ExitCode, exitCodes, isCommandFailure } from "./failure.ts";
import { addMessagesCommand } from "./messages/list.ts";
import { addMessageCommand } from "./messages/one.ts";
import { addWaitCommand } from "./messages/wait.ts";
import { addNumbersCommand } from "./numbers.ts";
import { exitCodeHelp } from "./options.ts";
import { addRotateCommand } from "./rotate/command.ts";
import { addSendCommand } from "./send/command.ts";
import { addServeCommand, type StartGateway } from "./serve.ts";
import { addTailCommand } from "./tail/command.ts";
import type { Terminal } from "./terminal.ts";

const help = `
First steps:
  $ trunkline serve                                           in one terminal: the gateway, with a sandbox
  $ trunkline tail                                            in another: what happens
  $ trunkline send --to +12025550142 --body Hello --wait      in a third: a first message

Credentials come from --account and --token, else from TRUNKLINE_ACCOUNT_SID and TRUNKLINE_AUTH_TOKEN, else from the
credentials.json that the gateway left in its data directory (.trunkline, or TRUNKLINE_DATA_DIR). The gateway is
looked for at --url, else TRUNKLINE_URL, else http://127.0.0.1:8770.

trunkline help <command> says more about each, with examples.
${exitCodeHelp}`;

/** Runs one command line (without the program's own name) to its end; resolves to the exit code. Never rejects. */
export async function runCommandLine(
  args: readonly string[],
  terminal: Terminal,
  start: StartGateway,
): Promise<number> {
  let code: ExitCode = exitCodes.ok;
  const program = createProgram(terminal, start, (result) => {
    code = result;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (thrown) {
    // Commander has said what is wrong already; help and version are no errors.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (isCommandFailure(thrown)) {
      terminal.note(`${thrown.message}\n`);
      return thrown.exitCode;
    }
    terminal.note(`Unexpected error: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}\n`);
    return exitCodes.usage;
  }
}

function createProgram(terminal: Terminal, start: StartGateway, finish: (code: ExitCode) => void): Command {
  const program = new Command("trunkline")
    .description("Trunkline: a self-hosted, Twilio-compatible SMS gateway")
    .version(version(), "-V, --version")
    .showHelpAfterError("(add --help for what there is)")
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.note })
    .exitOverride()
    .addHelpText("after", help);
  addServeCommand(program, terminal, start, finish);
  addSendCommand(program, terminal, finish);
  addTailCommand(program, terminal, finish);
  addMessagesCommand(program, terminal, finish);
  addMessageCommand(program, terminal, finish);
  addWaitCommand(program, terminal, finish);
  addNumbersCommand(program, terminal, finish);
  addConsentCommand(program, terminal, finish);
  addRotateCommand(program, terminal, finish);
  for (const command of program.commands) command.copyInheritedSettings(program);
  return program;
}

function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
