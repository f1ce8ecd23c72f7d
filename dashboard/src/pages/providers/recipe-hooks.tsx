// The hooks through which ZITADEL sends: made, given their key, and deleted, in the place where they are needed.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
import type { IncomingHook } from "../../api/generated/api.d.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { recipeHooks as t } from "../../texts/recipes.ts";
import { Button, Code } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { QueryView } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";

const keyOf = (sid: string) => ["incoming-hooks", sid];

/** Those who may not make hooks are told of none. */
export function useHooks() {
  const sid = useAccount();
  const mayOperate = useMay("operate");
  return useQuery({
    queryKey: keyOf(sid),
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/incoming-hooks", { params: { path: { sid } } })),
    enabled: sid !== "" && mayOperate,
  });
}

export function RecipeHooks({ origin }: { readonly origin: string }) {
  const sid = useAccount();
  const mayOperate = useMay("operate");
  const client = useQueryClient();
  const query = useHooks();
  const make = useMutation({
    mutationFn: () => {
      const body = { platform: "zitadel", name: t.name, signingKey: null, unsigned: false } as const;
      return call(api.POST("/trunkline/v1/accounts/{sid}/incoming-hooks", { params: { path: { sid } }, body }));
    },
    onSuccess: async () => {
      say(t.made);
      await client.invalidateQueries({ queryKey: keyOf(sid) });
    },
    onError: sayFailure,
  });
  if (!mayOperate) {
    return (
      <Card title={t.title} about={t.about}>
        <p className="dim">{t.mayNot}</p>
      </Card>
    );
  }
  const isFirst = query.data?.hooks.length === 0;
  const button = (
    <Button
      look={isFirst ? "primary" : undefined}
      icon="plus"
      isDisabled={query.data === undefined}
      isPending={make.isPending}
      onPress={() => make.mutate()}
    >
      {isFirst ? t.makeFirst : t.make}
    </Button>
  );
  return (
    <Card title={t.title} about={t.about} actions={button}>
      <QueryView query={query}>
        {({ hooks }) =>
          hooks.length === 0 ? (
            <p className="dim">{t.none}</p>
          ) : (
            <ul className="stack">
              {hooks.map((hook) => (
                <Hook key={hook.id} hook={hook} url={`${origin}${new URL(hook.url).pathname}`} />
              ))}
            </ul>
          )
        }
      </QueryView>
    </Card>
  );
}

interface HookProps {
  readonly hook: IncomingHook;
  readonly url: string;
}

function Hook({ hook, url }: HookProps) {
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const path = { params: { path: { sid: hook.accountSid, id: hook.id } } };
  const state = hook.unsigned ? "unsigned" : hook.hasSigningKey ? "ready" : "waiting";
  const remove = async () => {
    await call(api.DELETE("/trunkline/v1/accounts/{sid}/incoming-hooks/{id}", path));
    await client.invalidateQueries({ queryKey: keyOf(hook.accountSid) });
  };
  return (
    <li className="stack tight hook">
      <div className="row">
        <strong className="clip">{hook.name}</strong>
        <span className={`badge ${state === "ready" ? "good" : "warn"}`}>{t.states[state]}</span>
        <span className="grow" />
        <Button
          size="small"
          look="quiet"
          icon="trash"
          aria-label={fill(t.remove, { name: hook.name })}
          onPress={() => setRemoving(true)}
        />
      </div>
      <p className="small dim">{t.endpoint}</p>
      <Code text={url} label={t.endpoint} />
      <SigningKey hook={hook} />
      <Confirm
        title={fill(t.remove, { name: hook.name })}
        action={t.removeAction}
        danger
        isOpen={removing}
        onClose={() => setRemoving(false)}
        onConfirm={remove}
      >
        <p>{t.removeConfirm}</p>
      </Confirm>
    </li>
  );
}

function SigningKey({ hook }: { readonly hook: IncomingHook }) {
  const client = useQueryClient();
  const [key, setKey] = useState("");
  const save = useMutation({
    mutationFn: () => {
      const params = { path: { sid: hook.accountSid, id: hook.id } };
      const body = { signingKey: key.trim() };
      return call(api.PATCH("/trunkline/v1/accounts/{sid}/incoming-hooks/{id}", { params, body }));
    },
    onSuccess: async () => {
      setKey("");
      say(t.keySaved);
      await client.invalidateQueries({ queryKey: keyOf(hook.accountSid) });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim() !== "") save.mutate();
  };
  return (
    <form className="hook-key" onSubmit={submit}>
      <TextField
        label={t.key}
        hint={hook.hasSigningKey ? t.newKeyHint : t.keyHint}
        value={key}
        onChange={setKey}
        type="password"
        autoComplete="off"
        problem={save.isError ? messageOf(save.error) : undefined}
      />
      <Button type="submit" isDisabled={key.trim() === ""} isPending={save.isPending}>
        {t.saveKey}
      </Button>
    </form>
  );
}
