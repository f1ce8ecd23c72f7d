// Inviting somebody: their address and role, then the link, once.

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { messageOf } from "../../api/client.ts";
import type { InvitationLink, User } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { roles, users as t } from "../../texts/users.ts";
import { Button, Code } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import { formatFull } from "../../ui/format.ts";
import { Notice } from "../../ui/state.tsx";
import { roleChoices } from "./user-table.tsx";

interface InviteProps {
  readonly title: string;
  readonly about: string;
  readonly withRole?: boolean;
  /** Who is invited already, and gets a new link. */
  readonly given?: User | undefined;
  readonly onInvite: (email: string, role: User["role"]) => Promise<InvitationLink>;
  readonly onClose: () => void;
}

export function Invite({ title, about, withRole = false, given, onInvite, onClose }: InviteProps) {
  const [email, setEmail] = useState(given?.email ?? "");
  const [role, setRole] = useState<User["role"]>(given?.role ?? "viewer");
  const invite = useMutation({ mutationFn: () => onInvite(email.trim(), role) });
  if (invite.isSuccess) return <LinkDialog made={invite.data} onClose={onClose} />;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    invite.mutate();
  };
  return (
    <Dialog title={given === undefined ? title : t.newLink} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="dim small">{about}</p>
        <TextField
          label={t.email}
          type="email"
          value={email}
          onChange={setEmail}
          isReadOnly={given !== undefined}
          autoFocus={given === undefined}
          autoComplete="off"
          isRequired
        />
        {withRole ? (
          <ChoiceField label={t.role} value={role} choices={roleChoices} onChange={setRole} hint={roles[role].about} />
        ) : null}
        {invite.isError ? <Notice tone="bad">{messageOf(invite.error)}</Notice> : null}
        <div className="dialog-actions">
          <Button type="submit" look="primary" isPending={invite.isPending}>
            {t.makeLink}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function LinkDialog({ made, onClose }: { readonly made: InvitationLink; readonly onClose: () => void }) {
  const { email: name, link, expiresAt } = made;
  return (
    <Dialog title={fill(t.link, { name })} isOpen wide onClose={onClose}>
      <div className="stack">
        <Notice>{fill(t.linkOnce, { name })}</Notice>
        <div className="key-secret">
          <Code text={link} label={t.linkText} />
        </div>
        <p className="dim small">{fill(t.linkUntil, { until: formatFull(expiresAt) })}</p>
      </div>
      <div className="dialog-actions">
        <Button look="primary" onPress={onClose}>
          {t.done}
        </Button>
      </div>
    </Dialog>
  );
}
