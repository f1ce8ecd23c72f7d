// Callbacks: what was delivered, what failed, and the signature checker.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { api, call } from "../../api/client.ts";
import type { CallbackSummary } from "../../api/generated/api.d.ts";
import { useAccount } from "../../api/use-session.ts";
import { callbacks as t } from "../../texts/callbacks.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceField } from "../../ui/field.tsx";
import { formatFull, formatTime } from "../../ui/format.ts";
import { Card, Page } from "../../ui/page.tsx";
import { ListTable } from "../../ui/pages-view.tsx";
import { Empty, Failure, SkeletonLines, type Tone } from "../../ui/state.tsx";
import { answerOf } from "./answer.ts";
import { CallbackDialog } from "./callback-dialog.tsx";
import { SignatureChecker } from "./signature-checker.tsx";

type State = CallbackSummary["state"];
type Kind = CallbackSummary["kind"];

const pageSize = 50;
const refreshMs = 5_000;
const tones: Readonly<Record<State, Tone | "">> = { pending: "", delivered: "good", failed: "bad" };

export function Callbacks() {
  return (
    <Page title={t.title} about={t.about}>
      <Tabs>
        <TabList aria-label={t.tabsLabel} className="tab-list">
          <Tab id="list" className="tab">
            {t.tabs.list}
          </Tab>
          <Tab id="checker" className="tab">
            {t.tabs.checker}
          </Tab>
        </TabList>
        <TabPanel id="list" className="tab-panel">
          <Deliveries />
        </TabPanel>
        <TabPanel id="checker" className="tab-panel">
          <SignatureChecker />
        </TabPanel>
      </Tabs>
    </Page>
  );
}

function Deliveries() {
  const account = useAccount();
  const [state, setState] = useState<State | "any">("any");
  const [kind, setKind] = useState<Kind | "any">("any");
  const [open, setOpen] = useState<string | null>(null);
  const filter = { ...(state === "any" ? {} : { state }), ...(kind === "any" ? {} : { kind }) };
  const query = useInfiniteQuery({
    queryKey: ["callbacks", account, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const before = pageParam === null ? {} : { before: pageParam };
      return call(api.GET("/trunkline/v1/callbacks", { params: { query: { ...filter, ...before, limit: pageSize } } }));
    },
    getNextPageParam: (page) => page.next,
    enabled: account !== "",
    refetchInterval: ({ state: { data } }) => ((data?.pages.length ?? 1) === 1 ? refreshMs : false),
  });
  const rows = query.data?.pages.flatMap((page) => page.callbacks) ?? [];
  return (
    <div className="stack">
      <div className="row wrap">
        <ChoiceField
          label={t.state}
          hideLabel
          value={state}
          choices={[
            { value: "any", label: t.anyState },
            ...Object.entries(t.states).map(([value, label]) => ({ value: value as State, label })),
          ]}
          onChange={setState}
        />
        <ChoiceField
          label={t.kind}
          hideLabel
          value={kind}
          choices={[
            { value: "any", label: t.anyKind },
            ...Object.entries(t.kinds).map(([value, label]) => ({ value: value as Kind, label })),
          ]}
          onChange={setKind}
        />
      </div>
      {query.isError && query.data === undefined ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <SkeletonLines lines={6} />
      ) : (
        <Card flush>
          {rows.length === 0 && !query.hasNextPage ? (
            <Empty icon="callbacks" title={state === "any" && kind === "any" ? t.empty : t.emptyFiltered}>
              <p>{t.emptyAbout}</p>
            </Empty>
          ) : (
            <Table rows={rows} onOpen={setOpen} />
          )}
          {query.hasNextPage ? (
            <div className="message-footer">
              <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
                {t.more}
              </Button>
            </div>
          ) : null}
        </Card>
      )}
      {open === null ? null : <CallbackDialog id={open} onClose={() => setOpen(null)} />}
    </div>
  );
}

function Table({ rows, onOpen }: { readonly rows: readonly CallbackSummary[]; readonly onOpen: (id: string) => void }) {
  return (
    <ListTable label={t.tabs.list} columns={Object.values(t.columns)}>
      {rows.map((row) => (
        <tr key={row.id}>
          <td className="number nowrap">
            <button
              type="button"
              className="link-button"
              title={formatFull(row.createdAt)}
              aria-label={`${t.open}: ${row.url}, ${formatTime(row.createdAt)}`}
              onClick={() => onOpen(row.id)}
            >
              {formatTime(row.createdAt)}
            </button>
          </td>
          <td className="nowrap">{t.kinds[row.kind]}</td>
          <td className="callback-url">
            <span className="dim">{row.method}</span> {row.url}
          </td>
          <td>
            <span className={`badge ${tones[row.state]}`}>{t.states[row.state]}</span>
          </td>
          <td className="small">{answerOf(row)}</td>
          <td className="number">{row.attempts}</td>
        </tr>
      ))}
    </ListTable>
  );
}
