// The page that greets after `npm start`: the credentials, the first message, and the handset that it arrives on.

import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { forgetWelcome, keptWelcome } from "../../api/welcome.ts";
import { fill } from "../../texts/fill.ts";
import { welcome as t } from "../../texts/welcome.ts";
import { Button, Code, CopyButton } from "../../ui/button.tsx";
import { Segmented } from "../../ui/field.tsx";
import { Card, Page } from "../../ui/page.tsx";
import { Notice } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { Handset, useNumbers } from "../sandbox/handset.tsx";
import { firstMessage, type SnippetLanguage, snippet, snippetLanguages } from "./snippets.ts";

/** A handset that no one has: 555-01xx numbers are reserved for examples. */
const recipient = "+12025550142";

export function Welcome() {
  const account = useAccount();
  const [kept, setKept] = useState(keptWelcome);
  const known = kept !== null && kept.accountSid === account ? kept : null;
  const numbers = useNumbers();
  const from = known?.phoneNumbers[0] ?? numbers.data?.[0];
  const forget = () => {
    forgetWelcome();
    setKept(null);
  };
  return (
    <Page title={t.title} about={t.about}>
      <div className="welcome">
        <div className="stack">
          <Card
            title={t.credentials}
            about={known === null ? t.unknown : t.credentialsAbout}
            actions={
              known === null ? undefined : (
                <Button size="small" look="quiet" onPress={forget}>
                  {t.forget}
                </Button>
              )
            }
          >
            <dl className="facts credentials">
              <Fact name={t.baseUrl} value={location.origin} />
              <Fact name={t.accountSid} value={account} />
              {known === null ? null : <Fact name={t.authToken} value={known.authToken} secret />}
              {known?.accessKey ? <Fact name={t.accessKey} value={known.accessKey} secret /> : null}
              {(known?.phoneNumbers ?? numbers.data ?? []).slice(0, 2).map((number, index) => (
                <Fact key={number} name={fill(t.number, { place: index + 1 })} value={number} />
              ))}
            </dl>
          </Card>
          {from === undefined ? (
            numbers.isSuccess && <Notice tone="warn">{t.noNumber}</Notice>
          ) : (
            <FirstMessage accountSid={account} authToken={known?.authToken ?? "YOUR_AUTH_TOKEN"} from={from} />
          )}
          <Card title={t.next}>
            <ul className="next-steps">
              <NextStep to="/providers" words={t.nextItems.provider} />
              <NextStep to="/providers/recipes" words={t.nextItems.recipes} />
              <NextStep to="/messages" words={t.nextItems.messages} />
            </ul>
          </Card>
        </div>
        <Handset number={recipient} />
      </div>
    </Page>
  );
}

function Fact({
  name,
  value,
  secret = false,
}: {
  readonly name: string;
  readonly value: string;
  readonly secret?: boolean;
}) {
  const [shown, setShown] = useState(!secret);
  return (
    <>
      <dt>{name}</dt>
      <dd className="row">
        <code className="grow">{shown ? value : "•".repeat(24)}</code>
        {secret ? (
          <Button
            size="small"
            look="quiet"
            aria-label={`${shown ? t.hide : t.show}: ${name}`}
            onPress={() => setShown(!shown)}
          >
            {shown ? t.hide : t.show}
          </Button>
        ) : null}
        <CopyButton text={value} label={name} />
      </dd>
    </>
  );
}

interface FirstMessageProps {
  readonly accountSid: string;
  readonly authToken: string;
  readonly from: string;
}

function FirstMessage({ accountSid, authToken, from }: FirstMessageProps) {
  const [language, setLanguage] = useState<SnippetLanguage>("curl");
  const maySend = useMay("send");
  const send = useMutation({
    mutationFn: () => call(api.POST("/trunkline/v1/messages", { body: { from, to: recipient, body: firstMessage } })),
    onSuccess: () => say(t.sent),
    onError: sayFailure,
  });
  const values = { origin: location.origin, accountSid, authToken, from, to: recipient };
  const shown = snippet(language, { ...values, authToken: authToken.replace(/^[0-9a-f]{32}$/i, "•".repeat(12)) });
  return (
    <Card
      title={t.first}
      actions={
        <Segmented
          label={t.languages}
          value={language}
          choices={snippetLanguages.map((value) => ({ value, label: value }))}
          onChange={setLanguage}
        />
      }
    >
      <div className="stack tight">
        <Code text={snippet(language, values)} shown={shown} label={language} />
        {maySend ? (
          <div>
            <Button look="primary" icon="send" isPending={send.isPending} onPress={() => send.mutate()}>
              {t.orClick}
            </Button>
          </div>
        ) : null}
      </div>
    </Card>
  );
}

interface NextStepProps {
  readonly to: "/providers" | "/providers/recipes" | "/messages";
  readonly words: readonly [string, string];
}

function NextStep({ to, words: [title, about] }: NextStepProps) {
  return (
    <li>
      <Link to={to}>{title}</Link>
      <span className="dim">{about}</span>
    </li>
  );
}
