// Files that the gateway gives out: fetched with the session's credential, then handed to the browser to keep.

import { authorizedFetch, errorOf } from "./client.ts";
import { session } from "./session.ts";

/** An address of the API, with the chosen account where the path names none. */
export function apiAddress(path: string, parameters: Readonly<Record<string, string>>): URL {
  const url = new URL(path, location.origin);
  const { account } = session.get();
  if (account !== null && !url.pathname.includes("/accounts")) url.searchParams.set("account", account);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

/** Rejects with ApiError. */
export async function downloadFile(
  path: string,
  parameters: Readonly<Record<string, string>>,
  name: string,
): Promise<void> {
  const response = await authorizedFetch(new Request(apiAddress(path, parameters)));
  if (!response.ok) throw errorOf(response.status, await response.json().catch(() => null));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
