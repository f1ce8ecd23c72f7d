// The account's auth tokens, and changing them without an outage: a second one, to every application, in the first one's place.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, api, call } from "../../api/client.ts";
import type { AuthTokens } from "../../api/generated/api.d.ts";
import { session } from "../../api/session.ts";
import { useStoredSession } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { authTokens as t } from "../../texts/keys.ts";
import { Button, CopyButton } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { formatFull, formatTime } from "../../ui/format.ts";
import { Card } from "../../ui/page.tsx";
import { QueryView } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { MadeKey } from "./made-key.tsx";

export function AuthTokenCard({ sid }: { readonly sid: string }) {
  const query = useQuery({
    queryKey: ["auth-tokens", sid],
    queryFn: () => call(api.GET("/trunkline/v1/accounts/{sid}/auth-tokens", { params: { path: { sid } } })),
  });
  return (
    <Card title={t.title} about={t.about}>
      <QueryView query={query}>{(tokens) => <Tokens sid={sid} tokens={tokens} />}</QueryView>
    </Card>
  );
}

interface TokensProps {
  readonly sid: string;
  readonly tokens: AuthTokens;
}

function Tokens({ sid, tokens }: TokensProps) {
  return (
    <div className="stack">
      <dl className="facts credentials">
        <dt>{t.primary}</dt>
        <dd>
          <PrimaryToken key={tokens.primary.since} sid={sid} since={tokens.primary.since} />
        </dd>
        <dt>{t.secondary}</dt>
        <dd className={tokens.secondary === null ? "dim" : ""}>
          {tokens.secondary === null ? t.none : <Since at={tokens.secondary.createdAt} />}
        </dd>
      </dl>
      <Rotation sid={sid} tokens={tokens} />
    </div>
  );
}

function Since({ at }: { readonly at: string }) {
  return (
    <span className="dim" title={formatFull(at)}>
      {fill(t.since, { time: formatTime(at) })}
    </span>
  );
}

function PrimaryToken({ sid, since }: { readonly sid: string; readonly since: string }) {
  const show = useMutation({
    mutationFn: () => call(api.POST("/trunkline/v1/accounts/{sid}/auth-tokens/primary", { params: { path: { sid } } })),
    onError: sayFailure,
    // It is to live no longer than it is seen.
    gcTime: 0,
  });
  const token = show.data?.token;
  return (
    <div className="row wrap">
      {token === undefined ? <Since at={since} /> : <code className="mono">{token}</code>}
      {token === undefined ? null : <CopyButton text={token} label={t.primary} />}
      {token === undefined ? (
        <Button
          size="small"
          aria-label={`${t.show}: ${t.primary}`}
          isPending={show.isPending}
          onPress={() => show.mutate()}
        >
          {t.show}
        </Button>
      ) : (
        <Button size="small" look="quiet" aria-label={`${t.hide}: ${t.primary}`} onPress={() => show.reset()}>
          {t.hide}
        </Button>
      )}
      {token === undefined ? <span className="dim small">{t.showHint}</span> : null}
    </div>
  );
}

type Question = "promote" | "discard";

function Rotation({ sid, tokens }: TokensProps) {
  const client = useQueryClient();
  const { credential } = useStoredSession();
  const [made, setMade] = useState<{ readonly token: string; readonly seen: boolean } | null>(null);
  const [question, setQuestion] = useState<Question | null>(null);
  const params = { path: { sid } };
  const own = credential?.kind === "token" && credential.accountSid === sid ? credential : null;
  const renew = () => client.invalidateQueries({ queryKey: ["auth-tokens", sid] });
  const make = useMutation({
    mutationFn: () => call(api.POST("/trunkline/v1/accounts/{sid}/auth-tokens/secondary", { params })),
    onSuccess: ({ token }) => setMade({ token, seen: false }),
    onError: sayFailure,
    onSettled: renew,
    gcTime: 0,
  });
  const promote = async () => {
    // Whoever is signed in with the old token goes on with the new one, if this page has it: from before the old one ends, so
    // that nothing that is asked meanwhile ends the session.
    if (own !== null && made !== null) session.renew({ ...own, authToken: made.token });
    try {
      await call(api.POST("/trunkline/v1/accounts/{sid}/auth-tokens/promote", { params }));
    } catch (thrown) {
      const isRefused = thrown instanceof ApiError && thrown.status >= 400 && thrown.status < 500;
      if (own !== null && isRefused) session.renew(own);
      throw thrown;
    }
    setMade(null);
    say(t.promoted);
    await renew();
  };
  const discard = async () => {
    await call(api.DELETE("/trunkline/v1/accounts/{sid}/auth-tokens/secondary", { params }));
    setMade(null);
    say(t.discarded);
    await renew();
  };
  const overlapping = tokens.secondary !== null;
  return (
    <section className="stack tight" aria-label={t.steps}>
      <h3>{t.steps}</h3>
      <ol className="token-steps">
        <Step title={t.step1} about={t.step1About} state={overlapping ? "done" : "now"} />
        <Step title={t.step2} about={t.step2About} state={overlapping ? "now" : "later"} />
        <Step title={t.step3} about={t.step3About} state="later" />
      </ol>
      <div className="row wrap">
        {overlapping ? (
          <>
            <Button look="primary" onPress={() => setQuestion("promote")}>
              {t.promote}
            </Button>
            <Button look="danger" onPress={() => setQuestion("discard")}>
              {t.discard}
            </Button>
          </>
        ) : (
          <Button icon="rotate" isPending={make.isPending} onPress={() => make.mutate()}>
            {t.make}
          </Button>
        )}
      </div>
      {made === null || made.seen ? null : (
        <MadeKey
          title={t.madeTitle}
          made={{
            name: t.secondary,
            secretName: t.secondary,
            secret: made.token,
            facts: [],
            paste: pasteFor(sid, made),
          }}
          onClose={() => setMade({ ...made, seen: true })}
        />
      )}
      <Confirm
        title={t.promoteTitle}
        isOpen={question === "promote"}
        action={t.promote}
        onConfirm={promote}
        onClose={() => setQuestion(null)}
      >
        <p>{t.promoteAbout}</p>
        {own !== null && made === null ? <p>{t.promoteSelf}</p> : null}
      </Confirm>
      <Confirm
        title={t.discardTitle}
        isOpen={question === "discard"}
        danger
        action={t.discard}
        onConfirm={discard}
        onClose={() => setQuestion(null)}
      >
        <p>{t.discardAbout}</p>
      </Confirm>
    </section>
  );
}

function pasteFor(sid: string, { token }: { readonly token: string }): string {
  return `export TWILIO_ACCOUNT_SID=${sid}\nexport TWILIO_AUTH_TOKEN=${token}`;
}

interface StepProps {
  readonly title: string;
  readonly about: string;
  readonly state: "done" | "now" | "later";
}

function Step({ title, about, state }: StepProps) {
  return (
    <li data-state={state}>
      <strong>{title}</strong>
      <span className="dim small">{about}</span>
    </li>
  );
}
