// How a key is called where it is spoken of.

import type { ListedKey } from "../../api/generated/api.d.ts";
import { keys as t } from "../../texts/keys.ts";

export function nameOf({ kind, name, publicId, owner }: ListedKey): string {
  return name ?? (kind === "service-account-key" ? owner?.name : publicId) ?? t.unnamed;
}
