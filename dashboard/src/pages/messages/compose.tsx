// Writing a message by hand. It carries a key, so that a click that had to be repeated sends once.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError, api, call } from "../../api/client.ts";
import { common } from "../../texts/common.ts";
import { fill } from "../../texts/fill.ts";
import { messages as t } from "../../texts/messages.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogFoot } from "../../ui/dialog.tsx";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import { Refusal } from "../../ui/refusal.tsx";
import { say } from "../../ui/toast.tsx";
import { useNumbers } from "../sandbox/handset.tsx";
import { countText } from "./gsm.ts";

const open = "open";

export function Compose({ onClose }: { readonly onClose: () => void }) {
  const numbers = useNumbers().data ?? [];
  const client = useQueryClient();
  const navigate = useNavigate();
  const [to, setTo] = useState("");
  const [from, setFrom] = useState<string | null>(null);
  const [body, setBody] = useState("");
  const [key, setKey] = useState(() => crypto.randomUUID());
  const sender = from ?? numbers[0] ?? open;
  const edit = (change: () => void) => {
    // Another message is another key.
    setKey(crypto.randomUUID());
    change();
  };
  const send = useMutation({
    mutationFn: () =>
      call(
        api.POST("/trunkline/v1/messages", {
          params: { header: { "idempotency-key": key } },
          body: { to: to.trim(), body, ...(sender === open ? {} : { from: sender }) },
        }),
      ),
    onSuccess: async ({ sid }) => {
      say(fill(t.sent, { sid }));
      onClose();
      await client.invalidateQueries({ queryKey: ["messages"] });
      await navigate({ to: "/messages/$sid", params: { sid } });
    },
  });
  const problems = send.error instanceof ApiError ? send.error.details : [];
  const problemOf = (field: string) => problems.find((problem) => problem.field === field)?.message;
  const count = countText(body);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <Dialog title={t.compose} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <p className="dim small">{t.composeAbout}</p>
        <TextField
          label={t.to}
          value={to}
          onChange={(value) => edit(() => setTo(value))}
          problem={problemOf("to")}
          placeholder="+12025550142"
          isRequired
          autoFocus
          type="tel"
        />
        <ChoiceField
          label={t.from}
          value={sender}
          choices={[...numbers.map((value) => ({ value, label: value })), { value: open, label: t.openSender }]}
          onChange={(value) => edit(() => setFrom(value))}
        />
        <TextField
          label={t.text}
          value={body}
          onChange={(value) => edit(() => setBody(value))}
          problem={problemOf("body")}
          rows={4}
          isRequired
          hint={fill(count.segments === 1 ? t.segment : t.segments, {
            segments: count.segments,
            encoding: count.encoding,
          })}
        />
        <DialogFoot problem={send.isError && problems.length === 0 ? <Refusal error={send.error} /> : null}>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" icon="send" isPending={send.isPending}>
            {common.send}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}
