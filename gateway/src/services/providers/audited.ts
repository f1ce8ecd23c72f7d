// What the audit log says of a provider and its changes.

import { isDeepStrictEqual } from "node:util";
import { concealed } from "../../core/providers/concealed-config.ts";
import type { Provider, ProviderWithSecrets } from "../../core/providers/provider.ts";

/** A provider as the audit log keeps it: without any credentials. */
export function audited({ name, config }: Pick<Provider, "name" | "config">): Record<string, unknown> {
  return { name, config: concealed(config) };
}

/** Which secrets are others now, and which settings with something in them that is not shown: their names are no secret. */
export function changedUnseen(before: ProviderWithSecrets, after: ProviderWithSecrets): string[] {
  const [shownBefore, shownAfter] = [concealed(before.config), concealed(after.config)];
  const settings = Object.keys(after.config).filter(
    (key) =>
      !isDeepStrictEqual(before.config[key], after.config[key]) && isDeepStrictEqual(shownBefore[key], shownAfter[key]),
  );
  return [...changedKeys(before.secrets, after.secrets), ...settings].sort();
}

function changedKeys(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => before[name] !== after[name]).sort();
}
