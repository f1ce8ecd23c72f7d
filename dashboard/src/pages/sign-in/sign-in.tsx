// Signing in: as a person where the gateway knows people, with an access key, or with an account's auth token. What is typed
// here is tried before it is kept, and kept in this tab alone.

import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Disclosure, DisclosurePanel, Heading, Button as PlainButton } from "react-aria-components";
import { ApiError, errorOf, messageOf } from "../../api/client.ts";
import { beginSignIn, discover } from "../../api/oidc.ts";
import { authorizationOf, type Credential, session } from "../../api/session.ts";
import { useStoredSession } from "../../api/use-session.ts";
import { arrivalProblem } from "../../app/arrival.ts";
import iconUrl from "../../icon.svg";
import { signIn as t } from "../../texts/app.ts";
import { Button } from "../../ui/button.tsx";
import { Segmented, TextField } from "../../ui/field.tsx";
import { Notice } from "../../ui/state.tsx";

type Way = "key" | "token";

export function SignIn() {
  const { ended } = useStoredSession();
  const [way, setWay] = useState<Way>("key");
  const discovery = useQuery({ queryKey: ["discovery"], queryFn: discover, staleTime: Number.POSITIVE_INFINITY });
  const arrival = arrivalProblem();
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <div className="brand">
          <img src={iconUrl} alt="" />
          Trunkline
        </div>
        <div>
          <h1>{t.title}</h1>
          <p className="dim">{t.about}</p>
        </div>
        {ended ? <Notice tone="warn">{t.ended}</Notice> : null}
        {arrival === null || ended ? null : <Notice tone="bad">{arrival}</Notice>}
        <Segmented
          label={t.title}
          value={way}
          choices={[
            { value: "key", label: t.key },
            { value: "token", label: t.token },
          ]}
          onChange={setWay}
        />
        <CredentialForm key={way} way={way} />
        {discovery.data ? <PersonButton /> : null}
        <Disclosure className="disclosure">
          <Heading level={2}>
            <PlainButton slot="trigger" className="link-button small">
              {t.where}
            </PlainButton>
          </Heading>
          <DisclosurePanel>
            <p className="small dim">{t.whereAbout}</p>
          </DisclosurePanel>
        </Disclosure>
      </div>
    </main>
  );
}

function PersonButton() {
  const [problem, setProblem] = useState<string | null>(null);
  const begin = () => beginSignIn(location.pathname + location.search).catch((thrown) => setProblem(messageOf(thrown)));
  return (
    <>
      <div className="divider">{t.or}</div>
      <Button icon="key" onPress={() => void begin()}>
        {t.person}
      </Button>
      {problem === null ? null : <Notice tone="bad">{problem}</Notice>}
    </>
  );
}

function CredentialForm({ way }: { readonly way: Way }) {
  const [key, setKey] = useState("");
  const [accountSid, setAccountSid] = useState("");
  const [authToken, setAuthToken] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      const credential: Credential =
        way === "key"
          ? { kind: "key", key: key.trim() }
          : { kind: "token", accountSid: accountSid.trim(), authToken: authToken.trim() };
      await tryOut(credential);
      session.signIn(credential);
    } catch (thrown) {
      setProblem(thrown instanceof ApiError && thrown.status === 401 ? t.wrong : messageOf(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="stack" onSubmit={(event) => void submit(event)}>
      {way === "key" ? (
        <TextField
          label={t.key}
          hint={t.keyHint}
          type="password"
          value={key}
          onChange={setKey}
          autoComplete="off"
          isRequired
          autoFocus
        />
      ) : (
        <>
          <TextField
            label={t.accountSid}
            value={accountSid}
            onChange={setAccountSid}
            autoComplete="off"
            placeholder="AC…"
            isRequired
          />
          <TextField
            label={t.authToken}
            hint={t.tokenHint}
            type="password"
            value={authToken}
            onChange={setAuthToken}
            autoComplete="off"
            isRequired
          />
        </>
      )}
      {problem === null ? null : <Notice tone="bad">{problem}</Notice>}
      <Button type="submit" look="primary" isPending={busy}>
        {t.submit}
      </Button>
    </form>
  );
}

/** Rejects with ApiError. */
async function tryOut(credential: Credential): Promise<void> {
  let response: Response;
  try {
    response = await fetch("/trunkline/v1/session", { headers: { authorization: authorizationOf(credential) ?? "" } });
  } catch (thrown) {
    // A header can carry no such characters: nobody has them in a key.
    if (/ByteString|ISO-8859-1|header/i.test(messageOf(thrown))) throw new ApiError(401, "unauthenticated", t.wrong);
    throw new ApiError(0, "unreachable", "The gateway does not answer. Is it running?");
  }
  if (!response.ok) throw errorOf(response.status, await response.json().catch(() => null));
}
