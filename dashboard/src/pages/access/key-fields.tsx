// The few fields of a new key, by what it is for.

import { useQuery } from "@tanstack/react-query";
import { api, call } from "../../api/client.ts";
import { keys, newKey as t } from "../../texts/keys.ts";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import type { KeyDraft, Purpose, Role } from "./key-purposes.ts";

interface KeyFieldsProps {
  readonly sid: string;
  readonly purpose: Purpose;
  readonly draft: KeyDraft;
  readonly onChange: (changes: Partial<KeyDraft>) => void;
  readonly problemOf: (field: string) => string | undefined;
}

type PartProps = Omit<KeyFieldsProps, "purpose">;

function choicesOf<Value extends string>(texts: Readonly<Record<Value, string>>) {
  return (Object.keys(texts) as Value[]).map((value) => ({ value, label: texts[value] }));
}

export function KeyFields({ purpose, ...props }: KeyFieldsProps) {
  const { draft, onChange, problemOf } = props;
  const belongs = purpose === "file" || purpose === "token";
  return (
    <>
      {belongs ? <OwnerFields {...props} /> : null}
      {purpose === "file" ? null : (
        <TextField
          label={purpose === "token" ? t.tokenName : t.name}
          hint={t.nameHint}
          value={draft.name}
          onChange={(name) => onChange({ name })}
          problem={problemOf("name") ?? problemOf("friendlyName")}
          maxLength={64}
          isRequired
          autoFocus={!belongs}
        />
      )}
      {purpose === "sdk" ? <ScopeFields {...props} /> : null}
      {purpose === "fusionauth" ? (
        <ChoiceField
          label={t.scope}
          value={draft.endpointScope}
          choices={choicesOf(t.endpointScopes)}
          onChange={(endpointScope) => onChange({ endpointScope })}
        />
      ) : null}
      {purpose === "tool" || purpose === "oauth" ? <RoleField {...props} /> : null}
      {purpose === "sdk" || purpose === "oauth" ? null : (
        <ChoiceField
          label={t.expires}
          value={draft.expiry}
          choices={(["never", "30", "90", "365"] as const).map((value) => ({ value, label: t.expiries[value] }))}
          onChange={(expiry) => onChange({ expiry })}
        />
      )}
    </>
  );
}

function RoleField({ draft, onChange }: PartProps) {
  return (
    <ChoiceField
      label={t.role}
      value={draft.role}
      choices={choicesOf(keys.roles as Readonly<Record<Role, string>>)}
      onChange={(role) => onChange({ role })}
    />
  );
}

function ScopeFields({ draft, onChange, problemOf }: PartProps) {
  return (
    <>
      <ChoiceField
        label={t.scope}
        value={draft.scope}
        choices={choicesOf(t.scopes)}
        onChange={(scope) => onChange({ scope })}
      />
      {draft.scope === "own" ? (
        <TextField
          label={t.permissions}
          hint={t.permissionsHint}
          value={draft.permissions}
          onChange={(permissions) => onChange({ permissions })}
          problem={problemOf("policy")}
          rows={4}
          isRequired
        />
      ) : null}
    </>
  );
}

/** Which service account it is of: an existing one, or a new one with its name and role. */
function OwnerFields(props: PartProps) {
  const { sid, draft, onChange, problemOf } = props;
  const { data } = useQuery({
    queryKey: ["service-accounts", sid],
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/service-accounts", { params: { path: { sid } } })),
  });
  const existing = data?.serviceAccounts ?? [];
  const choose = (accountId: string) =>
    onChange({ accountId, accountName: existing.find(({ id }) => id === accountId)?.name ?? "" });
  return (
    <>
      {existing.length === 0 ? null : (
        <ChoiceField
          label={t.account}
          hint={draft.accountId === "" ? undefined : t.existingHint}
          value={draft.accountId === "" ? "new" : draft.accountId}
          choices={[
            { value: "new", label: t.newAccount },
            ...existing.map(({ id, name, role }) => ({ value: id, label: `${name} (${role})` })),
          ]}
          onChange={(chosen) => choose(chosen === "new" ? "" : chosen)}
        />
      )}
      {draft.accountId === "" ? (
        <>
          <TextField
            label={t.accountName}
            hint={t.accountHint}
            value={draft.accountName}
            onChange={(accountName) => onChange({ accountName })}
            problem={problemOf("name")}
            maxLength={64}
            isRequired
            autoFocus
          />
          <RoleField {...props} />
        </>
      ) : null}
    </>
  );
}
