// The fields of an HTTP provider: one request, with placeholders.

import { form as t } from "../../texts/providers.ts";
import { Segmented, TextField } from "../../ui/field.tsx";
import { choicesOf, type FieldsProps } from "./form-fields.ts";
import { readHeaders } from "./provider-draft.ts";

const methods = [
  { value: "POST", label: "POST" },
  { value: "GET", label: "GET" },
] as const;

export function HttpFields({ draft, set, problemOf, isChange }: FieldsProps) {
  const headersProblem = readHeaders(draft.headers) === null ? t.headersWrong : problemOf("headers");
  return (
    <>
      <div className="field">
        <span className="label">{t.method}</span>
        <div>
          <Segmented
            label={t.method}
            value={draft.httpMethod}
            choices={methods}
            onChange={(httpMethod) => set({ httpMethod })}
          />
        </div>
      </div>
      <TextField
        label={t.url}
        hint={t.urlHint}
        value={draft.url}
        onChange={(url) => set({ url })}
        problem={problemOf("url")}
        placeholder="https://sms.example.com/send"
        isRequired
      />
      <TextField
        label={t.headers}
        hint={t.headersHint}
        value={draft.headers}
        onChange={(headers) => set({ headers })}
        problem={headersProblem}
        rows={2}
      />
      {draft.httpMethod === "POST" ? (
        <TextField
          label={t.body}
          value={draft.body}
          onChange={(body) => set({ body })}
          problem={problemOf("body")}
          rows={4}
        />
      ) : null}
      <div className="field">
        <span className="label">{t.authentication}</span>
        <div>
          <Segmented
            label={t.authentication}
            value={draft.httpAuthentication}
            choices={choicesOf(t.httpAuthentication)}
            onChange={(httpAuthentication) => set({ httpAuthentication })}
          />
        </div>
      </div>
      {draft.httpAuthentication === "BASIC" ? (
        <TextField
          label={t.username}
          value={draft.username}
          onChange={(username) => set({ username })}
          problem={problemOf("username")}
          autoComplete="off"
          isRequired
        />
      ) : null}
      {draft.httpAuthentication === "NONE" ? null : (
        <TextField
          label={draft.httpAuthentication === "BASIC" ? t.password : t.bearer}
          value={draft.password}
          onChange={(password) => set({ password })}
          type="password"
          autoComplete="new-password"
          hint={isChange ? t.keep : undefined}
          isRequired={!isChange}
        />
      )}
    </>
  );
}
