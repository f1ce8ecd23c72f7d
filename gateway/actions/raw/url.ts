// Where a raw request goes. What is given may be a path or a whole URL; what comes out is on a server that may see the
// credentials, and below its version. Nothing is sent when there is any doubt.

import { parseUrl } from "../../src/core/parse-url.ts";
import type { Connection } from "../connection.ts";
import { invalidInput } from "../errors.ts";
import type { Pairs } from "../http/call.ts";

const VERSION = "/2010-04-01";
// Paths of a gateway's other APIs, all on its one origin.
const OTHER_API = /^\/(v\d+|trunkline)\//;

/** Throws `invalid-input` for foreign hosts, paths that climb out, and what is no URL. */
export function rawUrl(connection: Connection, given: string, query: Pairs): URL {
  const text = withAccountSid(given.trim(), connection.accountSid);
  if (/[\p{Cc}\\]/u.test(text)) throw invalidInput("The URL has a backslash or a control character in it.");
  const isWhole = /^[a-z][a-z\d+.-]*:/i.test(text);
  if (text.startsWith("//")) throw invalidInput("The URL begins with two slashes: give a path, or a whole https URL.");
  const url = isWhole ? parseUrl(text) : pathUrl(connection, text);
  if (url === null)
    throw invalidInput("The URL is none: give a path such as /Accounts/$TWILIO_ACCOUNT_SID/Messages.json.");
  refuseDotSegments(isWhole ? text.replace(/^[a-z][a-z\d+.-]*:\/*[^/?#]*/i, "") : text);
  if (url.username !== "" || url.password !== "") throw invalidInput("The URL must have no credentials in it.");
  if (!connection.owns(url)) throw invalidInput(foreign(connection));
  for (const [name, value] of query) url.searchParams.append(name.toWellFormed(), value.toWellFormed());
  url.hash = "";
  return url;
}

/** Also without the version, and with it: both are what people copy from documentation. */
function pathUrl(connection: Connection, text: string): URL | null {
  const path = text.startsWith("/") ? text : `/${text}`;
  const isComplete = path.startsWith(`${VERSION}/`) || (!connection.isTwilio && OTHER_API.test(path));
  try {
    return connection.urlOf("api", isComplete ? path : VERSION + (path === "/" ? "" : path));
  } catch {
    return null;
  }
}

function withAccountSid(text: string, accountSid: string): string {
  return text.replace(/\$\{TWILIO_ACCOUNT_SID\}|\$TWILIO_ACCOUNT_SID\b|\{AccountSid\}/g, accountSid);
}

/** Dots that a server or a proxy might take for "up", however often they are encoded. */
function refuseDotSegments(text: string): void {
  let path = text.split(/[?#]/, 1)[0] ?? "";
  for (let round = 0; round < 4; round++) {
    if (path.split(/[/\\]/).some((segment) => segment === ".." || segment === ".")) {
      throw invalidInput("The URL must not have . or .. as a part of its path.");
    }
    const decoded = path.replace(/%(2e|2f|5c|25)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
    if (decoded === path) return;
    path = decoded;
  }
}

function foreign({ isTwilio, serverName }: Connection): string {
  const own = isTwilio ? "https://….twilio.com" : `the connection's own server (${serverName})`;
  return `The URL is on another server than the connection: the credentials go to ${own} only. Nothing was sent.`;
}
