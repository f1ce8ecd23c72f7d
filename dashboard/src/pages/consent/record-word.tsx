// Recording by hand what a contact has said.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, api, call, messageOf } from "../../api/client.ts";
import type { Consent } from "../../api/generated/api.d.ts";
import { common } from "../../texts/common.ts";
import { consent as t } from "../../texts/consent.ts";
import { fill } from "../../texts/fill.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ChoiceField, Segmented, TextField } from "../../ui/field.tsx";
import { Notice } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";
import { useNumbers } from "../sandbox/handset.tsx";

export function RecordWord({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const numbers = useNumbers().data ?? [];
  const [contact, setContact] = useState("");
  const [sender, setSender] = useState<string | null>(null);
  const [status, setStatus] = useState<Consent["status"]>("opt-out");
  const [source, setSource] = useState<Consent["source"]>("offline");
  const towards = sender ?? numbers[0] ?? "";
  const record = useMutation({
    mutationFn: () =>
      call(
        api.PUT("/trunkline/v1/consents", {
          body: { contact: contact.trim(), sender: towards.trim(), status, source },
        }),
      ),
    onSuccess: async ({ changed, consent }) => {
      const words = { contact: consent.contact, status: t.statuses[consent.status].toLowerCase() };
      say(changed ? fill(t.recorded_, words) : t.unchanged);
      onClose();
      await client.invalidateQueries({ queryKey: ["consents"] });
      await client.invalidateQueries({ queryKey: ["consent-history"] });
    },
  });
  const details = record.error instanceof ApiError ? record.error.details : [];
  const problemOf = (field: string) => details.find((one) => one.field === field)?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    record.mutate();
  };
  return (
    <Dialog title={t.record} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="dim small">{t.recordAbout}</p>
        <Segmented
          label={t.status}
          value={status}
          choices={[
            { value: "opt-out", label: t.statuses["opt-out"] },
            { value: "opt-in", label: t.statuses["opt-in"] },
          ]}
          onChange={setStatus}
        />
        <TextField
          label={t.contact}
          value={contact}
          onChange={setContact}
          problem={problemOf("contact")}
          placeholder="+12025550142"
          type="tel"
          isRequired
          autoFocus
        />
        <TextField
          label={t.recordSender}
          value={towards}
          onChange={setSender}
          problem={problemOf("sender")}
          isRequired
        />
        <ChoiceField
          label={t.source}
          value={source}
          choices={(Object.keys(t.sources) as Consent["source"][]).map((value) => ({ value, label: t.sources[value] }))}
          onChange={setSource}
        />
        {record.isError && details.length === 0 ? <Notice tone="bad">{messageOf(record.error)}</Notice> : null}
        <div className="dialog-actions">
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isPending={record.isPending}>
            {t.record}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
