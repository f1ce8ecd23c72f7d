// A provider as a messenger. Secrets are shown as they are, as FusionAuth shows them, to whoever may change them; others do not
// see that there are any.

import { concealed } from "../../../core/providers/concealed-config.ts";
import type { ProviderWithSecrets } from "../../../core/providers/provider.ts";
import type { JsonObject } from "../json/parse.ts";
import { fromStored } from "./stored-form.ts";

const secretMembers: readonly string[] = ["authToken", "headers", "httpAuthenticationPassword"];

/** Has this dialect a word for the provider? Not for sandboxes, the account's own among them. */
export function isMessenger({ kind }: Pick<ProviderWithSecrets, "kind">): boolean {
  return kind !== "sandbox";
}

export function presentMessenger(provider: ProviderWithSecrets, { withSecrets = true } = {}): JsonObject {
  const { id, name, kind, createdAt, updatedAt } = provider;
  const visible = withSecrets ? provider : { ...provider, config: concealed(provider.config) };
  const shown: JsonObject = {
    ...fromStored(visible),
    id,
    insertInstant: createdAt.getTime(),
    lastUpdateInstant: updatedAt.getTime(),
    name,
    transport: "sms",
    type: kind === "twilio" ? "Twilio" : "Generic",
  };
  if (withSecrets) return shown;
  return Object.fromEntries(Object.entries(shown).filter(([member]) => !secretMembers.includes(member)));
}
