// The audit log: who changed what, when, and what is different since.

import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { api, call } from "../../api/client.ts";
import { downloadFile } from "../../api/download.ts";
import type { AuditEntry } from "../../api/generated/api.d.ts";
import { useAccount, useMay, useWhoAmI } from "../../api/use-session.ts";
import { audit as t } from "../../texts/audit.ts";
import { Button } from "../../ui/button.tsx";
import { Page } from "../../ui/page.tsx";
import { PagesView } from "../../ui/pages-view.tsx";
import { Empty, SkeletonLines } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";
import { Entries } from "./entries.tsx";
import { Filters } from "./filters.tsx";
import { type AuditSearch, toAuditQuery } from "./search.ts";

const pageSize = 50;

export function Audit() {
  const who = useWhoAmI();
  const mayOperate = useMay("operate");
  if (who.data === undefined) {
    return (
      <Page title={t.title} about={t.about}>
        <SkeletonLines lines={6} />
      </Page>
    );
  }
  if (mayOperate) return <Log />;
  return (
    <Page title={t.title} about={t.about}>
      <Empty icon="audit" title={t.noRight}>
        <p>{t.noRightAbout}</p>
      </Empty>
    </Page>
  );
}

function Log() {
  const sid = useAccount();
  const search = useSearch({ from: "/audit" });
  const navigate = useNavigate();
  const change = (next: AuditSearch) => void navigate({ to: "/audit", search: next });
  const query = useInfiniteQuery({
    queryKey: ["audit", sid, search],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const before = pageParam === null ? {} : { before: pageParam };
      const asked = { ...toAuditQuery(search, Date.now()), ...before, limit: pageSize };
      return call(api.GET("/trunkline/v1/accounts/{sid}/audit", { params: { path: { sid }, query: asked } }));
    },
    getNextPageParam: (page) => page.next,
    enabled: sid !== "",
  });
  const seen = query.data?.pages.flatMap(({ entries }) => entries) ?? [];
  return (
    <Page title={t.title} about={t.about} actions={<Download sid={sid} search={search} />}>
      <div className="stack">
        <Filters search={search} seen={seen} onChange={change} />
        <PagesView query={query} rowsOf={(page) => page.entries} empty={<Nothing search={search} />}>
          {(entries: readonly AuditEntry[]) =>
            entries.length === 0 ? (
              <p className="audit-none dim">{t.searchedOn}</p>
            ) : (
              <Entries entries={entries} onNarrow={(to) => change({ ...search, ...to })} />
            )
          }
        </PagesView>
      </div>
    </Page>
  );
}

function Nothing({ search }: { readonly search: AuditSearch }) {
  const narrowed = Object.keys(search).length > 0;
  return (
    <Empty icon="audit" title={narrowed ? t.emptyFiltered : t.empty}>
      <p>{narrowed ? t.emptyFilteredAbout : t.emptyAbout}</p>
    </Empty>
  );
}

function Download({ sid, search }: { readonly sid: string; readonly search: AuditSearch }) {
  const save = useMutation({
    mutationFn: () =>
      downloadFile(
        `/trunkline/v1/accounts/${sid}/audit.csv`,
        { ...toAuditQuery(search, Date.now()) } as Readonly<Record<string, string>>,
        "audit.csv",
      ),
    onError: sayFailure,
  });
  return (
    <Button isPending={save.isPending} onPress={() => save.mutate()}>
      {t.download}
    </Button>
  );
}
