// What an invitation's link opens, whether anybody is signed in or not: what it is for, and a name and a password to use it.
// The token stays behind the address's #, which is sent nowhere, until it has been used.

import { useMutation, useQuery } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
import type { Invitation as Invited } from "../../api/generated/api.d.ts";
import { beginSignIn } from "../../api/oidc.ts";
import { session } from "../../api/session.ts";
import iconUrl from "../../icon.svg";
import { fill } from "../../texts/fill.ts";
import { roles, invitation as t } from "../../texts/users.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Notice, QueryView } from "../../ui/state.tsx";

const tokenHere = (): string => new URLSearchParams(location.hash.slice(1)).get("token") ?? "";

/** Another link opened in the same tab changes the # alone, and starts anew. */
export function Invitation() {
  const [token, setToken] = useState(tokenHere);
  useEffect(() => {
    const follow = () => setToken(tokenHere());
    window.addEventListener("hashchange", follow);
    return () => window.removeEventListener("hashchange", follow);
  }, []);
  return <Link key={token} token={token} />;
}

function Link({ token }: { readonly token: string }) {
  const [accepted, setAccepted] = useState<Invited | null>(null);
  const query = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => call(api.POST("/trunkline/v1/invitations/open", { body: { token } })),
    // Once accepted it cannot be opened again, and what is known of it may be forgotten with the session.
    enabled: token !== "" && accepted === null,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <div className="brand">
          <img src={iconUrl} alt="" />
          Trunkline
        </div>
        <h1>{titleOf(accepted ?? query.data, accepted !== null)}</h1>
        {accepted !== null ? (
          <Done email={accepted.email} />
        ) : token === "" ? (
          <Notice tone="bad">{t.noToken}</Notice>
        ) : (
          <QueryView query={query}>
            {(invited) => <Accept token={token} invited={invited} onAccepted={() => setAccepted(invited)} />}
          </QueryView>
        )}
      </div>
    </main>
  );
}

function titleOf(invited: Invited | undefined, isAccepted: boolean): string {
  if (invited?.purpose === "password") return isAccepted ? t.passwordDone : t.passwordTitle;
  return isAccepted ? t.done : t.title;
}

function wordsFor({ purpose, accountName, role }: Invited): string {
  if (purpose !== "access" || role === null) return t[purpose === "access" ? "administrator" : purpose];
  return fill(t.access, { account: accountName ?? "", role: roles[role].name.toLowerCase() });
}

interface AcceptProps {
  readonly token: string;
  readonly invited: Invited;
  readonly onAccepted: () => void;
}

function Accept({ token, invited, onAccepted }: AcceptProps) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const accept = useMutation({
    mutationFn: () => call(api.POST("/trunkline/v1/invitations/accept", { body: { token, name, password } })),
    onSuccess: () => {
      // Whoever was signed in here may be somebody else.
      session.signOut();
      history.replaceState(null, "", location.pathname);
      onAccepted();
    },
  });
  const isNew = invited.purpose !== "password";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    accept.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <p>{wordsFor(invited)}</p>
      {invited.role === null ? null : <p className="dim small">{roles[invited.role].about}</p>}
      <TextField label={t.email} value={invited.email} isReadOnly type="email" autoComplete="username" />
      {isNew ? (
        <TextField
          label={t.name}
          hint={t.nameHint}
          value={name}
          onChange={setName}
          autoComplete="name"
          maxLength={100}
          isRequired
          autoFocus
        />
      ) : null}
      <TextField
        label={t.newPassword}
        hint={isNew ? t.hint : t.passwordHint}
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="new-password"
        isRequired
        autoFocus={!isNew}
      />
      {accept.isError ? <Notice tone="bad">{messageOf(accept.error)}</Notice> : null}
      <Button type="submit" look="primary" isPending={accept.isPending}>
        {isNew ? t.accept : t.set}
      </Button>
    </form>
  );
}

function Done({ email }: { readonly email: string }) {
  const [problem, setProblem] = useState<string | null>(null);
  const begin = () => beginSignIn("/", email).catch((thrown) => setProblem(messageOf(thrown)));
  return (
    <div className="stack">
      <Notice tone="good">{fill(t.doneAbout, { email })}</Notice>
      <Button look="primary" icon="key" autoFocus onPress={() => void begin()}>
        {t.signIn}
      </Button>
      {problem === null ? null : <Notice tone="bad">{problem}</Notice>}
    </div>
  );
}
