// The fields of a Twilio-compatible provider, and those that say what any provider sends from.

import { form as t } from "../../texts/providers.ts";
import { Segmented, TextField } from "../../ui/field.tsx";
import { choicesOf, type FieldsProps } from "./form-fields.ts";

export function TwilioFields({ draft, set, problemOf, isChange }: FieldsProps) {
  const keep = isChange ? t.keep : undefined;
  return (
    <>
      <TextField
        label={t.baseUrl}
        hint={t.baseUrlHint}
        value={draft.baseUrl}
        onChange={(baseUrl) => set({ baseUrl })}
        problem={problemOf("baseUrl")}
        type="url"
        placeholder="https://api.twilio.com"
      />
      <TextField
        label={t.accountSid}
        value={draft.accountSid}
        onChange={(accountSid) => set({ accountSid })}
        problem={problemOf("accountSid")}
        placeholder="AC…"
        autoComplete="off"
        isRequired
      />
      <div className="field">
        <span className="label">{t.authentication}</span>
        <div>
          <Segmented
            label={t.authentication}
            value={draft.method}
            choices={choicesOf(t.methods)}
            onChange={(method) => set({ method })}
          />
        </div>
      </div>
      {draft.method === "key" ? (
        <div className="columns">
          <TextField
            label={t.apiKeySid}
            value={draft.apiKeySid}
            onChange={(apiKeySid) => set({ apiKeySid })}
            problem={problemOf("apiKeySid")}
            placeholder="SK…"
            autoComplete="off"
            isRequired
          />
          <TextField
            label={t.apiKeySecret}
            value={draft.apiKeySecret}
            onChange={(apiKeySecret) => set({ apiKeySecret })}
            problem={problemOf("apiKeySecret")}
            type="password"
            autoComplete="new-password"
            hint={keep}
            isRequired={!isChange}
          />
        </div>
      ) : null}
      <TextField
        label={draft.method === "key" ? t.authTokenBeside : t.authToken}
        value={draft.authToken}
        onChange={(authToken) => set({ authToken })}
        problem={problemOf("authToken")}
        type="password"
        autoComplete="new-password"
        hint={keep ?? (draft.method === "key" ? t.authTokenBesideHint : undefined)}
        isRequired={!isChange && draft.method === "token"}
      />
    </>
  );
}

export function SenderFields({ draft, set, problemOf }: FieldsProps) {
  const { service, ...withoutService } = t.senderKinds;
  const kinds = draft.kind === "twilio" ? { ...withoutService, service } : withoutService;
  return (
    <div className="stack tight">
      <div className="field">
        <span className="label">{t.from}</span>
        <div>
          <Segmented
            label={t.from}
            value={draft.senderKind}
            choices={choicesOf<Draft["senderKind"]>(kinds as typeof t.senderKinds)}
            onChange={(senderKind) => set({ senderKind })}
          />
        </div>
      </div>
      {draft.senderKind === "number" ? (
        <TextField
          label={t.fromNumber}
          hint={t.fromNumberHint}
          value={draft.fromNumber}
          onChange={(fromNumber) => set({ fromNumber })}
          problem={problemOf("fromNumber")}
          placeholder="+12025550100"
        />
      ) : null}
      {draft.senderKind === "service" ? (
        <TextField
          label={t.service}
          value={draft.messagingServiceSid}
          onChange={(messagingServiceSid) => set({ messagingServiceSid })}
          problem={problemOf("messagingServiceSid")}
          placeholder="MG…"
        />
      ) : null}
    </div>
  );
}

type Draft = FieldsProps["draft"];
