// Deleting a key: asked once more, with its name and when it was last used, since what still calls with it will fail.

import { api, call } from "../../api/client.ts";
import type { ListedKey } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { keys as t } from "../../texts/keys.ts";
import { Confirm } from "../../ui/dialog.tsx";
import { formatAgo } from "../../ui/format.ts";
import { Notice } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";
import { nameOf } from "./key-name.ts";

export interface Removal {
  readonly row: ListedKey;
  /** The service account that it belongs to, with everything of it. */
  readonly withOwner: boolean;
}

interface RemoveKeyProps {
  readonly sid: string;
  readonly removal: Removal;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}

const recentMs = 7 * 86_400_000;

export function RemoveKey({ sid, removal, onRemoved, onClose }: RemoveKeyProps) {
  const { row, withOwner } = removal;
  const owner = row.owner?.name ?? "";
  const name = withOwner ? owner : nameOf(row);
  const remove = async () => {
    await removeKey(sid, removal);
    say(fill(t.removed, { name }));
    onRemoved();
  };
  const title = fill(withOwner ? t.removeOwnerTitle : t.removeTitle, { name, owner });
  return (
    <Confirm title={title} isOpen danger action={t.remove} onConfirm={remove} onClose={onClose}>
      <p className="dim">{[t.kinds[row.kind], row.publicId].filter(Boolean).join(" · ")}</p>
      {withOwner ? <p>{t.removeOwnerAbout}</p> : null}
      {row.kind === "service-account-key" && !withOwner ? <p>{fill(t.removeFile, { owner })}</p> : null}
      <LastUse row={row} />
      <p>{row.bootstrapped ? t.removeBootstrapped : t.removeAbout}</p>
    </Confirm>
  );
}

function LastUse({ row: { kind, lastUsedAt } }: { readonly row: ListedKey }) {
  if (kind === "service-account") return <p>{t.removeUnknown}</p>;
  if (lastUsedAt === null) return <p>{t.removeUnused}</p>;
  const ago = formatAgo(lastUsedAt);
  if (Date.now() - Date.parse(lastUsedAt) > recentMs) return <p>{fill(t.removeUsedLong, { ago })}</p>;
  return <Notice tone="warn">{fill(t.removeUsed, { ago })}</Notice>;
}

function removeKey(sid: string, { row: { kind, id, owner }, withOwner }: Removal): Promise<unknown> {
  const params = { path: { sid, id } };
  const ownerId = owner?.id ?? "";
  if (withOwner || kind === "service-account") {
    const path = { sid, id: ownerId };
    return call(api.DELETE("/trunkline/v1/accounts/{sid}/service-accounts/{id}", { params: { path } }));
  }
  switch (kind) {
    case "access-key":
      return call(api.DELETE("/trunkline/v1/accounts/{sid}/access-keys/{id}", { params }));
    case "api-key":
      return call(api.DELETE("/trunkline/v1/accounts/{sid}/api-keys/{key}", { params: { path: { sid, key: id } } }));
    case "endpoint-key":
      return call(api.DELETE("/trunkline/v1/accounts/{sid}/endpoint-keys/{id}", { params }));
    case "oauth-client":
      return call(api.DELETE("/trunkline/v1/accounts/{sid}/oauth-clients/{id}", { params }));
    case "service-account-key": {
      const path = { sid, id: ownerId, keyId: id };
      return call(api.DELETE("/trunkline/v1/accounts/{sid}/service-accounts/{id}/keys/{keyId}", { params: { path } }));
    }
    case "personal-access-token": {
      const path = { sid, id: ownerId, tokenId: id };
      const template = "/trunkline/v1/accounts/{sid}/service-accounts/{id}/personal-access-tokens/{tokenId}";
      return call(api.DELETE(template, { params: { path } }));
    }
  }
}
