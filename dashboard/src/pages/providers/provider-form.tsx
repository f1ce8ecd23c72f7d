// The form of a provider: to make one, and to change one. What the gateway refuses is shown at its field.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { ApiError, api, call, messageOf } from "../../api/client.ts";
import type { Provider } from "../../api/generated/api.d.ts";
import { useStoredSession } from "../../api/use-session.ts";
import { common } from "../../texts/common.ts";
import { fill } from "../../texts/fill.ts";
import { form as t } from "../../texts/providers.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog, DialogFoot } from "../../ui/dialog.tsx";
import { ChoiceField, Segmented, Switch, TextField } from "../../ui/field.tsx";
import { Notice } from "../../ui/state.tsx";
import { say } from "../../ui/toast.tsx";
import { choicesOf, type FieldsProps } from "./form-fields.ts";
import { HttpFields } from "./http-fields.tsx";
import { changeOf, creationOf, type Draft, draftOf, isSimple, newDraft } from "./provider-draft.ts";
import { SenderFields, TwilioFields } from "./twilio-fields.tsx";
import { chainOf, useProviders } from "./use-chain.ts";

type Place = "head" | "end" | "none";

interface ProviderFormProps {
  /** Absent: a new one. */
  readonly provider?: Provider;
  readonly onClose: () => void;
}

export function ProviderForm({ provider, onClose }: ProviderFormProps) {
  const [draft, setDraft] = useState<Draft>(() => (provider === undefined ? newDraft() : draftOf(provider)));
  const [place, setPlace] = useState<Place>("end");
  const [strict, setStrict] = useState(false);
  const whole = provider === undefined || isSimple(provider);
  const save = useSave({ provider, draft, whole, place, strict, onClose });
  const details = save.error instanceof ApiError ? save.error.details : [];
  const problemOf = (field: string) =>
    details.find((one) => one.field === field || one.field.endsWith(`.${field}`))?.message;
  const fields: FieldsProps = {
    ...{ draft, problemOf, isChange: provider !== undefined },
    set: (changes) => setDraft((old) => ({ ...old, ...changes })),
  };
  const chain = chainOf(useProviders().data?.providers ?? []);
  const sandboxLeaves = draft.kind !== "sandbox" && chain.some(({ builtIn }) => builtIn);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const title = provider === undefined ? t.create : fill(t.change, { name: provider.name });
  return (
    <Dialog title={title} isOpen onClose={onClose} wide>
      <form className="stack" onSubmit={submit}>
        {provider === undefined ? (
          <div className="field">
            <div>
              <Segmented
                label={t.kind}
                value={draft.kind}
                choices={choicesOf(t.kinds)}
                onChange={(kind) => fields.set({ kind })}
              />
            </div>
            <span className="hint">{t.kindAbout[draft.kind]}</span>
          </div>
        ) : null}
        {whole ? null : <Notice>{t.templateKept}</Notice>}
        <TextField
          label={t.name}
          value={draft.name}
          onChange={(name) => fields.set({ name })}
          problem={problemOf("name")}
          isRequired
          maxLength={100}
        />
        {whole && draft.kind === "twilio" ? <TwilioFields {...fields} /> : null}
        {whole && draft.kind === "http" ? <HttpFields {...fields} /> : null}
        <SenderFields {...fields} />
        {draft.kind === "sandbox" || !whole ? null : (
          <ChoiceField
            label={t.onUnknown}
            value={draft.onUnknown}
            choices={choicesOf(t.unknown)}
            onChange={(onUnknown) => fields.set({ onUnknown })}
          />
        )}
        {provider === undefined ? (
          <ChoiceField
            label={t.position}
            hint={place !== "none" && sandboxLeaves ? t.sandboxLeaves : undefined}
            value={place}
            choices={choicesOf(t.positions)}
            onChange={setPlace}
          />
        ) : null}
        {draft.kind === "twilio" ? (
          <Switch isSelected={strict} onChange={setStrict}>
            {t.require}
          </Switch>
        ) : null}
        <DialogFoot problem={save.isError ? messageOf(save.error) : null}>
          <Button onPress={onClose}>{common.cancel}</Button>
          <Button type="submit" look="primary" isPending={save.isPending}>
            {provider === undefined ? t.create : common.save}
          </Button>
        </DialogFoot>
      </form>
    </Dialog>
  );
}

interface SaveInput {
  readonly provider: Provider | undefined;
  readonly draft: Draft;
  readonly whole: boolean;
  readonly place: Place;
  readonly strict: boolean;
  readonly onClose: () => void;
}

function useSave({ provider, draft, whole, place, strict, onClose }: SaveInput) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { account } = useStoredSession();
  const check = strict ? "require" : "flag";

  async function create(): Promise<Provider> {
    const chain = place === "none" ? {} : { chain: place };
    const body = { ...creationOf(draft), ...chain, ...(account === null ? {} : { account }), check };
    // The form's fields are those of the chosen kind; the gateway judges what is in them.
    return await call(api.POST("/trunkline/v1/providers", { body: body as never }));
  }

  async function change(existing: Provider): Promise<Provider> {
    const path = { params: { path: { id: existing.id } } };
    const now = await call(api.GET("/trunkline/v1/providers/{id}", path));
    if (now.updatedAt !== existing.updatedAt) throw new Error(t.changedMeanwhile);
    const body = { ...changeOf(draft, whole), check };
    return await call(api.PATCH("/trunkline/v1/providers/{id}", { ...path, body: body as never }));
  }

  return useMutation({
    mutationFn: () => (provider === undefined ? create() : change(provider)),
    onSuccess: async ({ id, name }) => {
      say(provider === undefined ? fill(t.added, { name }) : common.saved);
      onClose();
      await client.invalidateQueries({ queryKey: ["providers"] });
      await client.invalidateQueries({ queryKey: ["provider"] });
      if (provider === undefined) await navigate({ to: "/providers/$id", params: { id } });
    },
  });
}
