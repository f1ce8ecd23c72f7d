// A new key: first what it is for, in the words of whoever needs one, then the few fields of it, then the secret, once.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, messageOf } from "../../api/client.ts";
import { fill } from "../../texts/fill.ts";
import { newKey as t } from "../../texts/keys.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Icon } from "../../ui/icon.tsx";
import { Notice } from "../../ui/state.tsx";
import { KeyFields } from "./key-fields.tsx";
import { makeKey, type Purpose, purposes, suggestionFor } from "./key-purposes.ts";
import { MadeKey } from "./made-key.tsx";

interface NewKeyProps {
  readonly sid: string;
  readonly onMade: () => void;
  readonly onClose: () => void;
}

export function NewKey({ sid, onMade, onClose }: NewKeyProps) {
  const [purpose, setPurpose] = useState<Purpose | null>(null);
  if (purpose !== null) {
    const back = () => setPurpose(null);
    return <KeyForm sid={sid} purpose={purpose} onBack={back} onMade={onMade} onClose={onClose} />;
  }
  return (
    <Dialog title={t.what} isOpen wide onClose={onClose}>
      <ul className="purposes">
        {purposes.map((value) => (
          <li key={value}>
            <button type="button" className="purpose" onClick={() => setPurpose(value)}>
              <span className="grow">
                <strong>{t.purposes[value][0]}</strong>
                <span className="dim small">{t.purposes[value][1]}</span>
              </span>
              <Icon name="right" />
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

interface KeyFormProps extends NewKeyProps {
  readonly purpose: Purpose;
  readonly onBack: () => void;
}

function KeyForm({ sid, purpose, onBack, onMade, onClose }: KeyFormProps) {
  const [draft, setDraft] = useState(() => suggestionFor(purpose));
  const client = useQueryClient();
  // Should its key fail, the next try must not make another service account.
  const keepAccount = (accountId: string) => {
    setDraft((before) => ({ ...before, accountId }));
    void client.invalidateQueries({ queryKey: ["service-accounts", sid] });
  };
  const make = useMutation({
    mutationFn: () => makeKey(purpose, sid, draft, keepAccount),
    onSettled: onMade,
    // Nothing that outlives the dialog holds the key.
    gcTime: 0,
  });
  if (make.isSuccess) {
    return <MadeKey title={fill(t.made, { name: make.data.name || t.secret })} made={make.data} onClose={onClose} />;
  }
  const details = make.error instanceof ApiError ? make.error.details : [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate();
  };
  return (
    <Dialog title={t.purposes[purpose][0]} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="dim small">{t.purposes[purpose][1]}</p>
        <KeyFields
          sid={sid}
          purpose={purpose}
          draft={draft}
          onChange={(changes) => setDraft((before) => ({ ...before, ...changes }))}
          problemOf={(field) => details.find((one) => one.field === field)?.message}
        />
        {make.isError ? <Notice tone="bad">{messageOf(make.error)}</Notice> : null}
        <div className="dialog-actions">
          <Button onPress={onBack} icon="left">
            {t.back}
          </Button>
          <Button type="submit" look="primary" isPending={make.isPending}>
            {t.make}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
