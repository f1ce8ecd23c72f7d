// Changing a key without making a new one: its name, and where it has them its role and its end. The secret stays as it is.

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, api, call, messageOf } from "../../api/client.ts";
import type { ListedKey } from "../../api/generated/api.d.ts";
import { common } from "../../texts/common.ts";
import { fill } from "../../texts/fill.ts";
import { keys, newKey, changeKey as t } from "../../texts/keys.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogFoot } from "../../ui/dialog.tsx";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import { formatFull } from "../../ui/format.ts";
import { say } from "../../ui/toast.tsx";
import { nameOf } from "./key-name.ts";
import { type Expiry, expiresAtOf, type Role } from "./key-purposes.ts";

interface Changes {
  readonly name?: string;
  readonly role?: Role;
  /** Null: never. */
  readonly expiresAt?: string | null;
}

interface ChangeKeyProps {
  readonly sid: string;
  readonly row: ListedKey;
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

const withRole: readonly ListedKey["kind"][] = ["access-key", "oauth-client", "service-account"];
const withEnd: readonly ListedKey["kind"][] = ["access-key", "endpoint-key"];
const roleChoices = (["owner", "operator", "sender", "viewer"] as const).map((value) => ({
  value,
  label: keys.roles[value] ?? value,
}));

/** Whether there is anything of it that can be changed. */
export function isChangeable({ kind }: ListedKey): boolean {
  return kind === "api-key" || withRole.includes(kind) || withEnd.includes(kind);
}

export function ChangeKey({ sid, row, onChanged, onClose }: ChangeKeyProps) {
  const [name, setName] = useState(row.name ?? "");
  const [role, setRole] = useState(row.role);
  const [end, setEnd] = useState<Expiry | "same">("same");
  const changes: Changes = {
    ...(name.trim() === (row.name ?? "") ? {} : { name: name.trim() }),
    ...(role === row.role || role === null ? {} : { role }),
    ...(end === "same" ? {} : { expiresAt: expiresAtOf(end) }),
  };
  const change = useMutation({
    mutationFn: async () => (Object.keys(changes).length === 0 ? null : await saveChanges(sid, row, changes)),
    onSuccess: () => {
      say(fill(t.changed, { name: name.trim() || nameOf(row) }));
      onChanged();
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  const details = change.error instanceof ApiError ? change.error.details : [];
  const same = row.expiresAt === null ? t.sameNever : fill(t.same, { time: formatFull(row.expiresAt) });
  return (
    <Dialog title={fill(t.title, { name: nameOf(row) })} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField
          label={newKey.name}
          value={name}
          onChange={setName}
          problem={details.find(({ field }) => field === "name" || field === "friendlyName")?.message}
          maxLength={64}
          isRequired
          autoFocus
        />
        {role === null || !withRole.includes(row.kind) ? null : (
          <ChoiceField label={newKey.role} value={role} choices={roleChoices} onChange={setRole} />
        )}
        {withEnd.includes(row.kind) ? (
          <ChoiceField
            label={newKey.expires}
            value={end}
            choices={[
              { value: "same" as const, label: same },
              ...(["never", "30", "90", "365"] as const)
                .filter((value) => value !== "never" || row.expiresAt !== null)
                .map((value) => ({ value, label: newKey.expiries[value] })),
            ]}
            onChange={setEnd}
          />
        ) : null}
        <DialogFoot problem={change.isError ? messageOf(change.error) : null}>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isPending={change.isPending}>
            {common.save}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

function saveChanges(sid: string, { kind, id, owner }: ListedKey, changes: Changes): Promise<unknown> {
  const { expiresAt: _never, ...withoutEnd } = changes;
  const { role: _none, ...withoutRole } = changes;
  const params = { path: { sid, id } };
  switch (kind) {
    case "access-key":
      return call(api.PATCH("/trunkline/v1/accounts/{sid}/access-keys/{id}", { params, body: changes }));
    case "endpoint-key":
      return call(api.PATCH("/trunkline/v1/accounts/{sid}/endpoint-keys/{id}", { params, body: withoutRole }));
    case "oauth-client":
      return call(api.PATCH("/trunkline/v1/accounts/{sid}/oauth-clients/{id}", { params, body: withoutEnd }));
    case "service-account": {
      const path = { sid, id: owner?.id ?? id };
      const body = withoutEnd;
      return call(api.PATCH("/trunkline/v1/accounts/{sid}/service-accounts/{id}", { params: { path }, body }));
    }
    case "api-key": {
      const path = { sid, key: id };
      const body = changes.name === undefined ? {} : { friendlyName: changes.name };
      return call(api.PATCH("/trunkline/v1/accounts/{sid}/api-keys/{key}", { params: { path }, body }));
    }
    default:
      throw new Error(`${kind} cannot be changed`);
  }
}
