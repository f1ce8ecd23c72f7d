// What can be done with a message: send it again, cancel it, take its text away. Each asks first, and none is there when it
// could not succeed.

import { useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import type { Message } from "../../api/generated/api.d.ts";
import { useMay } from "../../api/use-session.ts";
import { message as t } from "../../texts/messages.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { say } from "../../ui/toast.tsx";

type Asked = { readonly what: "resend"; readonly key: string } | { readonly what: "cancel" | "redact" };

const redactable = new Set(["delivered", "undelivered", "failed", "canceled", "read", "received"]);

export function MessageActions({ message }: { readonly message: Message }) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const client = useQueryClient();
  const navigate = useNavigate();
  // The way back to the list goes on to the new message; its page was not come to from there.
  const messagesSearch = useLocation().state.messagesSearch;
  const maySend = useMay("send");
  if (!maySend) return null;
  const { sid } = message;
  const path = { params: { path: { sid } } };
  const close = () => setAsked(null);
  const refresh = () => client.invalidateQueries({ queryKey: ["message"] });
  const canResend = message.direction !== "inbound" && message.body !== "" && message.numMedia === 0;

  async function resend(key: string): Promise<void> {
    const params = { path: { sid }, header: { "idempotency-key": key } };
    const made = await call(api.POST("/trunkline/v1/messages/{sid}/resend", { params }));
    say(t.resent);
    await navigate({ to: "/messages/$sid", params: { sid: made.sid }, state: { messagesSearch } });
  }

  async function change(what: "cancel" | "redact"): Promise<void> {
    if (what === "cancel") await call(api.POST("/trunkline/v1/messages/{sid}/cancel", path));
    else await call(api.POST("/trunkline/v1/messages/{sid}/redact", path));
    say(what === "cancel" ? t.canceled : t.redacted);
    await refresh();
  }

  return (
    <>
      {message.status === "scheduled" ? <Button onPress={() => setAsked({ what: "cancel" })}>{t.cancel}</Button> : null}
      {redactable.has(message.status) && message.body !== "" ? (
        <Button onPress={() => setAsked({ what: "redact" })}>{t.redact}</Button>
      ) : null}
      {canResend ? (
        <Button icon="rotate" onPress={() => setAsked({ what: "resend", key: crypto.randomUUID() })}>
          {t.resend}
        </Button>
      ) : null}
      {asked === null ? null : (
        <Confirm
          title={t[asked.what]}
          action={t[asked.what]}
          danger={asked.what !== "resend"}
          isOpen
          onClose={close}
          onConfirm={() => (asked.what === "resend" ? resend(asked.key) : change(asked.what))}
        >
          <p>{t[`${asked.what}About`]}</p>
        </Confirm>
      )}
    </>
  );
}
