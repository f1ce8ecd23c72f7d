// All providers of the account, whatever API made them: the fallback chain, and those outside it.

import { useState } from "react";
import type { Provider } from "../../api/generated/api.d.ts";
import { useMay } from "../../api/use-session.ts";
import { common } from "../../texts/common.ts";
import { providers as t } from "../../texts/providers.ts";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, Notice, QueryView, SkeletonLines } from "../../ui/state.tsx";
import { Chain, ProviderWords } from "./chain.tsx";
import { HealthBadge } from "./health.tsx";
import { ProviderForm } from "./provider-form.tsx";
import { TroubleBanner } from "./trouble.tsx";
import { chainOf, useProviders, useSetChain } from "./use-chain.ts";

export function Providers() {
  const query = useProviders();
  const mayOperate = useMay("operate");
  const [adding, setAdding] = useState(false);
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <>
          <ButtonLink to="/providers/recipes">{t.recipes}</ButtonLink>
          {mayOperate ? (
            <Button look="primary" icon="plus" onPress={() => setAdding(true)}>
              {t.add}
            </Button>
          ) : null}
        </>
      }
    >
      <QueryView query={query} loading={<SkeletonLines lines={4} height="4rem" />}>
        {({ providers }) => <Lists providers={providers} />}
      </QueryView>
      {adding ? <ProviderForm onClose={() => setAdding(false)} /> : null}
    </Page>
  );
}

function Lists({ providers }: { readonly providers: readonly Provider[] }) {
  const chain = chainOf(providers);
  const others = providers.filter(({ chainPosition }) => chainPosition === null);
  const mayOperate = useMay("operate");
  return (
    <div className="stack">
      {mayOperate ? null : <Notice>{common.viewOnly}</Notice>}
      <TroubleBanner />
      {providers.every(({ kind }) => kind === "sandbox") ? <Notice>{t.onlySandbox}</Notice> : null}
      <Card title={t.chain} {...(mayOperate && chain.length > 1 ? { about: t.chainAbout } : {})}>
        {chain.length === 0 ? (
          <Empty icon="warning" title={t.chainEmpty}>
            <p>{t.chainEmptyAbout}</p>
          </Empty>
        ) : (
          <Chain providers={chain} />
        )}
      </Card>
      {others.length === 0 ? null : (
        <Card title={t.others} about={t.othersAbout}>
          <ul className="provider-list">
            {others.map((provider) => (
              <li key={provider.id} className="provider-item">
                <ProviderWords provider={provider} />
                <HealthBadge provider={provider} />
                {mayOperate ? <PutIn provider={provider} chain={chain} /> : null}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

function PutIn({ provider, chain }: { readonly provider: Provider; readonly chain: readonly Provider[] }) {
  const setChain = useSetChain();
  const before = chain.map(({ id }) => id);
  return (
    <Button
      size="small"
      icon="plus"
      isPending={setChain.isPending}
      onPress={() => setChain.mutate({ before, after: [...before, provider.id] })}
    >
      {t.putIn}
    </Button>
  );
}
