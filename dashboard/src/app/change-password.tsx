// Changing one's own password. It ends every sign-in, this one too.

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, call, messageOf } from "../api/client.ts";
import { session } from "../api/session.ts";
import { account as t } from "../texts/users.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextField } from "../ui/field.tsx";
import { Notice } from "../ui/state.tsx";
import { say } from "../ui/toast.tsx";

export function ChangePassword({ onClose }: { readonly onClose: () => void }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => call(api.PUT("/trunkline/v1/session/password", { body: { current, new: next } })),
    onSuccess: () => {
      say(t.changed);
      session.signOut();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Dialog title={t.changePassword} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="dim small">{t.ends}</p>
        <TextField
          label={t.current}
          type="password"
          value={current}
          onChange={setCurrent}
          autoComplete="current-password"
          isRequired
          autoFocus
        />
        <TextField
          label={t.next}
          hint={t.nextHint}
          type="password"
          value={next}
          onChange={setNext}
          autoComplete="new-password"
          isRequired
        />
        {change.isError ? <Notice tone="bad">{messageOf(change.error)}</Notice> : null}
        <div className="dialog-actions">
          <Button type="submit" look="primary" isPending={change.isPending}>
            {t.changePassword}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
