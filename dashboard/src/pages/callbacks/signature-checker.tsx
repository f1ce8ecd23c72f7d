// The signature checker: was it one of our tokens, and over which text. The right signature is never shown: see the gateway.

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
import { useMay, useStoredSession } from "../../api/use-session.ts";
import { checker as t } from "../../texts/callbacks.ts";
import { common } from "../../texts/common.ts";
import { Button, Code } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { Notice } from "../../ui/state.tsx";
import { readFormFields } from "./form-fields.ts";

export function SignatureChecker() {
  const [url, setUrl] = useState("");
  const [body, setBody] = useState("");
  const [signature, setSignature] = useState("");
  const { account } = useStoredSession();
  const mayOperate = useMay("operate");
  const check = useMutation({
    mutationFn: () =>
      call(
        api.POST("/trunkline/v1/signatures/check", {
          body: {
            ...{ url: url.trim(), fields: readFormFields(body), signature: signature.trim() },
            ...(account === null ? {} : { account }),
          },
        }),
      ),
  });
  if (!mayOperate) return <Notice>{common.viewOnly}</Notice>;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    check.mutate();
  };
  return (
    <div className="columns">
      <Card>
        <form className="stack" onSubmit={submit}>
          <p className="dim small">{t.about}</p>
          <TextField label={t.url} hint={t.urlHint} value={url} onChange={setUrl} type="url" isRequired />
          <TextField label={t.fields} hint={t.fieldsHint} value={body} onChange={setBody} rows={6} />
          <TextField label={t.signature} value={signature} onChange={setSignature} isRequired autoComplete="off" />
          <div>
            <Button type="submit" look="primary" isPending={check.isPending}>
              {t.run}
            </Button>
          </div>
        </form>
      </Card>
      <div className="stack" aria-live="polite">
        {check.isError ? <Notice tone="bad">{messageOf(check.error)}</Notice> : null}
        {check.data === undefined ? null : (
          <>
            {check.data.matches === null ? (
              <Notice tone="bad">
                <strong>{t.noMatch}</strong>
                <p>{t.noMatchAbout}</p>
              </Notice>
            ) : (
              <Notice tone="good">{t.match[check.data.matches]}</Notice>
            )}
            <section className="stack tight" aria-label={t.signed}>
              <h3>{t.signed}</h3>
              <Code text={check.data.signedText} label={t.signed} />
            </section>
          </>
        )}
      </div>
    </div>
  );
}
