// What stands twice in a bootstrap file though it names one thing.

import type { Bootstrap } from "./schema.ts";

interface Place {
  readonly path: string;
  /** Values are compared within one kind. */
  readonly kind: string;
  readonly value: string | undefined;
}

/** One sentence for each repetition; values are not shown, since some are secrets. */
export function repeatedValues(bootstrap: Bootstrap): string[] {
  const seen = new Map<string, string>();
  return placesOf(bootstrap).flatMap(({ path, kind, value }) => {
    if (value === undefined) return [];
    const first = seen.get(`${kind} ${value}`);
    if (first !== undefined) return [`${path}: the same as ${first}`];
    seen.set(`${kind} ${value}`, path);
    return [];
  });
}

function placesOf({ accounts, admins }: Bootstrap): Place[] {
  return [
    ...accounts.flatMap((account, index): Place[] => {
      const at = `accounts[${index}]`;
      return [
        { path: `${at}.sid`, kind: "sid", value: account.sid },
        { path: `${at}.environmentId`, kind: "environment", value: account.environmentId },
        { path: `${at}.tenantId`, kind: "tenant", value: account.tenantId },
        { path: `${at}.resourceOwner`, kind: "owner", value: account.resourceOwner },
        // Without a SID, the name is what tells an account from another at the next start.
        { path: `${at}.friendlyName`, kind: "name", value: account.sid === undefined ? nameOf(account) : undefined },
        ...account.phoneNumbers.map((value, i) => ({
          path: `${at}.phoneNumbers[${i}]`,
          kind: `number ${index}`,
          value,
        })),
        ...account.apiKeys.map(({ sid }, i) => ({ path: `${at}.apiKeys[${i}].sid`, kind: "api key", value: sid })),
        ...account.accessKeys.map(({ key }, i) => ({
          path: `${at}.accessKeys[${i}].key`,
          kind: "access key",
          value: key,
        })),
        ...account.clients.map(({ clientId }, i) => ({
          path: `${at}.clients[${i}].clientId`,
          kind: "client",
          value: clientId,
        })),
      ];
    }),
    ...admins.map(({ email }, i) => ({ path: `admins[${i}].email`, kind: "admin", value: email.toLowerCase() })),
  ];
}

/** The name of an account of the file, also when it gives none. */
export function nameOf(account: { readonly friendlyName?: string | undefined }): string {
  return account.friendlyName ?? "Trunkline";
}
