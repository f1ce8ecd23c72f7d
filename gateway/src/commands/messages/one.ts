// The `message` command: shows one message, or changes it.

import type { Command } from "commander";
import type { Connection } from "../../../actions/connection.ts";
import type { Message } from "../../../actions/message.ts";
import { type Actions, withActions } from "../client/actions.ts";
import type { CredentialFlags } from "../credentials.ts";
import { type ExitCode, exitCodes } from "../failure.ts";
import { addConnectionOptions } from "../options.ts";
import type { Terminal } from "../terminal.ts";
import { printMessage, printWhole } from "./present.ts";

interface OneFlags extends CredentialFlags {
  readonly json?: boolean;
}

const help = `
Examples:
  $ trunkline message SM0123456789abcdef0123456789abcdef            shows it
  $ trunkline message cancel SM0123456789abcdef0123456789abcdef     a scheduled one: it is not sent
  $ trunkline message redact SM0123456789abcdef0123456789abcdef     takes out its text for good
  $ trunkline message delete SM0123456789abcdef0123456789abcdef

Each may be repeated: what has been done already stays done.
Exit codes: 0 done, 1 wrong usage, 2 there is no such message, or it cannot be changed like this, 3 the gateway cannot
be reached or does not accept the credentials, 130 interrupted (Ctrl-C).
`;

export function addMessageCommand(program: Command, terminal: Terminal, finish: (code: ExitCode) => void): void {
  const group = program.command("message").description("show, cancel, redact or delete one message");
  group.usage("[show|cancel|redact|delete] <sid> [options]").addHelpText("after", help);
  const add = (name: string, description: string, run: (sid: string, flags: OneFlags) => Promise<ExitCode>) => {
    const command = group.command(name, { isDefault: name === "show" }).description(description);
    addConnectionOptions(command.argument("<sid>", "SM… or MM…"))
      .option("--json", "print the message as one line of JSON")
      .action(async (sid: string, flags: OneFlags) => finish(await run(sid, flags)));
  };
  const change =
    (changeWith: (actions: Actions, connection: Connection, sid: string) => Promise<Message>) =>
    (sid: string, flags: OneFlags) =>
      withActions(flags, terminal, async (actions, connection) => {
        printMessage(await changeWith(actions, connection, sid), flags.json === true, terminal);
        return exitCodes.ok;
      });
  add("show", "what it is and what became of it", (sid, flags) => show(sid, flags, terminal));
  add(
    "cancel",
    "a scheduled message: it is not sent",
    change(({ cancelMessage }, connection, sid) => cancelMessage(connection, sid)),
  );
  add(
    "redact",
    "takes out its text for good",
    change(({ redactMessage }, connection, sid) => redactMessage(connection, sid)),
  );
  add("delete", "deletes it for good", (sid, flags) => remove(sid, flags, terminal));
}

function show(sid: string, flags: OneFlags, terminal: Terminal): Promise<ExitCode> {
  return withActions(flags, terminal, async ({ getMessage }, connection) => {
    const message = await getMessage(connection, sid);
    if (flags.json === true) printMessage(message, true, terminal);
    else printWhole(message, terminal);
    return exitCodes.ok;
  });
}

function remove(sid: string, flags: OneFlags, terminal: Terminal): Promise<ExitCode> {
  return withActions(flags, terminal, async ({ deleteMessage }, connection) => {
    const deleted = await deleteMessage(connection, sid);
    if (flags.json === true) terminal.out(`${JSON.stringify({ sid, deleted })}\n`);
    else terminal.note(deleted ? "Deleted.\n" : "There is no such message (any more).\n");
    return exitCodes.ok;
  });
}
