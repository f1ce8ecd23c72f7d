// One provider: is it well, what is it set to, does it send, and its credentials' rotation.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { ApiError, api, call } from "../../api/client.ts";
import type { Provider } from "../../api/generated/api.d.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { common } from "../../texts/common.ts";
import { fill } from "../../texts/fill.ts";
import { form, providers as list, provider as t } from "../../texts/providers.ts";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { formatAgo } from "../../ui/format.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, QueryView } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { HealthBadge } from "./health.tsx";
import { ProviderForm } from "./provider-form.tsx";
import { RotationCard } from "./rotation.tsx";
import { TestCard } from "./test-card.tsx";
import { DispatchNote } from "./trouble.tsx";

const refreshMs = 10_000;

export function ProviderPage() {
  const { id } = useParams({ from: "/providers/$id" });
  const account = useAccount();
  const query = useQuery({
    queryKey: ["provider", account, id],
    queryFn: () => call(api.GET("/trunkline/v1/providers/{id}", { params: { path: { id } } })),
    enabled: account !== "",
    refetchInterval: refreshMs,
  });
  const missing = query.error instanceof ApiError && query.error.status === 404;
  return (
    <Page
      title={query.data?.name ?? list.title}
      about={query.data === undefined ? undefined : list.kinds[query.data.kind]}
      actions={
        <>
          <ButtonLink to="/providers" look="quiet" icon="left">
            {t.back}
          </ButtonLink>
          {query.data === undefined ? null : <Actions provider={query.data} />}
        </>
      }
    >
      {missing && query.data === undefined ? (
        <Empty icon="search" title={list.title}>
          <p>{t.notFound}</p>
        </Empty>
      ) : (
        <QueryView query={query}>{(provider) => <Shown provider={provider} />}</QueryView>
      )}
    </Page>
  );
}

function Actions({ provider }: { readonly provider: Provider }) {
  const [asked, setAsked] = useState<"edit" | "delete" | null>(null);
  const mayOperate = useMay("operate");
  const client = useQueryClient();
  const navigate = useNavigate();
  if (!mayOperate) return null;
  const remove = async () => {
    await call(api.DELETE("/trunkline/v1/providers/{id}", { params: { path: { id: provider.id } } }));
    say(t.deleted);
    await client.invalidateQueries({ queryKey: ["providers"] });
    await navigate({ to: "/providers" });
  };
  return (
    <>
      {provider.builtIn ? null : (
        <Button look="danger" icon="trash" onPress={() => setAsked("delete")}>
          {common.delete}
        </Button>
      )}
      <Button look="primary" onPress={() => setAsked("edit")}>
        {t.edit}
      </Button>
      {asked === "edit" ? <ProviderForm provider={provider} onClose={() => setAsked(null)} /> : null}
      <Confirm
        title={t.delete}
        action={common.delete}
        danger
        isOpen={asked === "delete"}
        onClose={() => setAsked(null)}
        onConfirm={remove}
      >
        <p>{t.deleteConfirm}</p>
      </Confirm>
    </>
  );
}

function Shown({ provider }: { readonly provider: Provider }) {
  return (
    <div className="columns">
      <div className="stack">
        <HealthCard provider={provider} />
        <SettingsCard provider={provider} />
        {provider.kind === "twilio" ? <SendersCard id={provider.id} /> : null}
      </div>
      <div className="stack">
        <TestCard id={provider.id} />
        {provider.kind === "twilio" ? <RotationCard id={provider.id} /> : null}
      </div>
    </div>
  );
}

function HealthCard({ provider }: { readonly provider: Provider }) {
  const client = useQueryClient();
  const mayOperate = useMay("operate");
  const { health } = provider;
  const check = useMutation({
    mutationFn: () => call(api.POST("/trunkline/v1/providers/{id}/check", { params: { path: { id: provider.id } } })),
    onSuccess: async ({ state }) => {
      say(fill(t.checked, { state: list.health[state] }), state === "ok" ? "good" : "bad");
      await client.invalidateQueries({ queryKey: ["provider"] });
    },
    onError: sayFailure,
  });
  return (
    <Card title={t.health} actions={<HealthBadge provider={provider} />}>
      {health === null ? (
        <p className="dim">{t.sandboxHealth}</p>
      ) : (
        <div className="stack tight">
          <DispatchNote id={provider.id} />
          <dl className="facts">
            {health.reason === null ? null : (
              <Fact name={t.reason}>
                {health.reason}
                {health.code === null ? "" : ` (${health.code})`}
              </Fact>
            )}
            {health.since === null ? null : <Fact name={t.since}>{formatAgo(health.since)}</Fact>}
            {health.checkedAt === null ? null : <Fact name={t.checkedAt}>{formatAgo(health.checkedAt)}</Fact>}
            {health.warnings.length === 0 ? null : <Fact name={t.warnings}>{health.warnings.join(" ")}</Fact>}
          </dl>
          {mayOperate ? (
            <div>
              <Button size="small" icon="rotate" isPending={check.isPending} onPress={() => check.mutate()}>
                {t.check}
              </Button>
            </div>
          ) : null}
        </div>
      )}
    </Card>
  );
}

/** What it is called in the API, where it has no words of its own. */
const settingName = (key: string): string => t.settingNames[key] ?? key;

function Setting({ name, value }: { readonly name: string; readonly value: unknown }) {
  if (name === "onUnknown" && (value === "fail" || value === "resend")) return form.unknown[value];
  return typeof value === "string" ? value : <code>{JSON.stringify(value)}</code>;
}

function SettingsCard({ provider: { config, secrets, id, number } }: { readonly provider: Provider }) {
  return (
    <Card title={t.settings}>
      <dl className="facts">
        <Fact name={settingName("id")}>
          <code>{id}</code>
        </Fact>
        <Fact name={settingName("number")}>
          <code>{number}</code>
        </Fact>
        {Object.entries(config).map(([key, value]) => (
          <Fact key={key} name={settingName(key)}>
            <Setting name={key} value={value} />
          </Fact>
        ))}
        {secrets.length === 0 ? null : (
          <Fact name={t.secretsKept}>{secrets.map((name) => t.secretNames[name] ?? name).join(", ")}</Fact>
        )}
      </dl>
    </Card>
  );
}

function SendersCard({ id }: { readonly id: string }) {
  const account = useAccount();
  const query = useQuery({
    queryKey: ["provider", account, id, "senders"],
    queryFn: () => call(api.GET("/trunkline/v1/providers/{id}/upstream-senders", { params: { path: { id } } })),
  });
  return (
    <Card title={t.senders}>
      <QueryView query={query}>
        {({ senders }) =>
          senders.length === 0 ? (
            <p className="dim">{t.sendersNone}</p>
          ) : (
            <ul className="stack tight">
              {senders.slice(0, 50).map((sender) => (
                <li key={sender.sid} className="row">
                  <strong className="number">{sender.address}</strong>
                  <span className="dim grow clip">{sender.name}</span>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Card>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
