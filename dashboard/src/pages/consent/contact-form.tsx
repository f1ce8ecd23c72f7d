// Saying where a contact is: a new one, or one that has moved.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { ApiError, api, call, messageOf } from "../../api/client.ts";
import type { Contact } from "../../api/generated/api.d.ts";
import { common } from "../../texts/common.ts";
import { contacts as t } from "../../texts/contacts.ts";
import { fill } from "../../texts/fill.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import { Notice } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";
import { countryCodes } from "../protection/continents.ts";

const names = new Intl.DisplayNames("en", { type: "region", fallback: "code" });

export function countryName(code: string): string {
  return names.of(code) ?? code;
}

interface ContactFormProps {
  /** Null: a new one. */
  readonly before: Contact | null;
  readonly onClose: () => void;
}

export function ContactForm({ before, onClose }: ContactFormProps) {
  const client = useQueryClient();
  const [contact, setContact] = useState(before?.contact ?? "");
  const [country, setCountry] = useState(before?.country ?? "US");
  const [postalCode, setPostalCode] = useState(before?.postalCode ?? "");
  const save = useMutation({
    mutationFn: () => {
      const body = { contact: contact.trim(), country, postalCode: postalCode.trim() };
      return call(api.PUT("/trunkline/v1/contacts", { body }));
    },
    onSuccess: async (stored) => {
      say(fill(t.saved, { contact: stored.contact, country: countryName(stored.country) }));
      onClose();
      await client.invalidateQueries({ queryKey: ["contacts"] });
    },
  });
  const details = save.error instanceof ApiError ? save.error.details : [];
  const problemOf = (field: string) => details.find((one) => one.field === field)?.message;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <Dialog title={before === null ? t.add : fill(t.edit, before)} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField
          label={t.contact}
          value={contact}
          onChange={setContact}
          problem={problemOf("contact")}
          placeholder="+12025550142"
          type="tel"
          isRequired
          isDisabled={before !== null}
          autoFocus={before === null}
        />
        <ChoiceField label={t.country} value={country} choices={choicesWith(country)} onChange={setCountry} />
        <TextField
          label={t.postalCode}
          value={postalCode}
          onChange={setPostalCode}
          problem={problemOf("postalCode")}
          isRequired
        />
        {save.isError && details.length === 0 ? <Notice tone="bad">{messageOf(save.error)}</Notice> : null}
        <div className="dialog-actions">
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isPending={save.isPending}>
            {common.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Every country by its name, and the one that is chosen, should it be none of them. */
function choicesWith(chosen: string) {
  return [...new Set([...countryCodes, chosen])]
    .map((value) => ({ value, label: countryName(value) }))
    .sort((one, other) => one.label.localeCompare(other.label));
}
