// The overview: how much, how well, how fast, what waits and what failed, over a time that one chooses. Live: it asks again by
// itself, the shorter the time the more often.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { api, call } from "../../api/client.ts";
import type { Statistics } from "../../api/generated/api.d.ts";
import { useAccount } from "../../api/use-session.ts";
import { codeHelp } from "../../texts/common.ts";
import { fill } from "../../texts/fill.ts";
import { overview as t } from "../../texts/overview.ts";
import { ButtonLink } from "../../ui/button.tsx";
import { Segmented } from "../../ui/field.tsx";
import { formatDuration, formatNumber, formatShare } from "../../ui/format.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, Notice, QueryView, Skeleton } from "../../ui/state.tsx";
import { TroubleBanner } from "../providers/trouble.tsx";
import { Chart } from "./chart.tsx";
import { ProviderTable } from "./provider-table.tsx";
import { type CountFormat, countFormat, countLines, isEstimated, latencyLines, timesOf, totalsOf } from "./series.ts";

type Range = keyof typeof t.ranges;

const refreshMs: Readonly<Record<Range, number>> = {
  ...{ "15m": 3_000, "1h": 5_000, "6h": 15_000, "24h": 30_000, "7d": 60_000, "30d": 60_000 },
};

export function Overview() {
  const account = useAccount();
  const [range, setRange] = useState<Range>("1h");
  const query = useQuery({
    queryKey: ["statistics", account, range],
    queryFn: () => call(api.GET("/trunkline/v1/statistics", { params: { query: { range } } })),
    enabled: account !== "",
    refetchInterval: refreshMs[range],
    placeholderData: keepPreviousData,
  });
  return (
    <Page
      title={t.title}
      about={t.about}
      actions={
        <Segmented
          label={t.range}
          value={range}
          choices={(Object.keys(t.ranges) as Range[]).map((value) => ({ value, label: t.ranges[value] }))}
          onChange={setRange}
        />
      }
    >
      <QueryView query={query} loading={<Loading />}>
        {(statistics) => <Shown statistics={statistics} />}
      </QueryView>
    </Page>
  );
}

function Loading() {
  return (
    <div className="stack">
      <div className="tiles">
        {["a", "b", "c", "d"].map((name) => (
          <Skeleton key={name} height="7.2rem" />
        ))}
      </div>
      <Skeleton height="20rem" />
    </div>
  );
}

function Shown({ statistics }: { readonly statistics: Statistics }) {
  const { outbound, inbound } = totalsOf(statistics);
  const times = timesOf(statistics);
  return (
    <div className="stack">
      <TroubleBanner />
      <Tiles statistics={statistics} />
      {outbound + inbound === 0 ? (
        <Card>
          <Empty icon="overview" title={t.noMessages}>
            <p>{t.noMessagesAbout}</p>
            <ButtonLink to="/sandbox">{t.tryIt}</ButtonLink>
          </Empty>
        </Card>
      ) : (
        <div className="columns">
          <Card title={t.throughput} about={t.throughputAbout}>
            <Chart
              label={t.throughput}
              times={times}
              stepSeconds={statistics.bucketSeconds}
              lines={countLines(statistics)}
              names={t.series}
              format={formatNumber}
              stacked
            />
          </Card>
          <Card title={t.latencyChart} about={t.latencyChartAbout}>
            <Chart
              label={t.latencyChart}
              times={times}
              stepSeconds={statistics.bucketSeconds}
              lines={latencyLines(statistics)}
              names={t.percentiles}
              format={formatDuration}
            />
          </Card>
        </div>
      )}
      <div className="columns overview-tables">
        <Failures failures={statistics.failures} count={countFormat(statistics)} />
        <ProviderTable providers={statistics.providers} count={countFormat(statistics)} />
      </div>
      {isEstimated(statistics) ? <Notice>{t.estimated}</Notice> : null}
      <p className="dim small">{t.metrics}</p>
    </div>
  );
}

function Tiles({ statistics }: { readonly statistics: Statistics }) {
  const { outbound, inbound, delivered, finished } = totalsOf(statistics);
  const { latencyMs, queue } = statistics;
  const waiting = formatNumber(queue.messages);
  const count = countFormat(statistics);
  return (
    <dl className="tiles">
      <Tile name={t.sent} value={count(outbound)}>
        {fill(t.sentAbout, { inbound: count(inbound) })}
      </Tile>
      <Tile name={t.rate} value={formatShare(delivered, finished) ?? "–"}>
        {finished === 0 ? t.rateNone : fill(t.rateAbout, { delivered: count(delivered), finished: count(finished) })}
      </Tile>
      <Tile name={t.latency} value={latencyMs === null ? "–" : formatDuration(latencyMs.p50)}>
        {latencyMs === null ? t.latencyNone : fill(t.latencyAbout, { p95: formatDuration(latencyMs.p95) })}
      </Tile>
      <Tile name={t.queue} value={queue.more ? fill(t.atLeast, { count: waiting }) : waiting}>
        {queueWords(queue)}
      </Tile>
    </dl>
  );
}

function queueWords({ messages, oldestDueSeconds }: Statistics["queue"]): string {
  if (oldestDueSeconds >= 1) return fill(t.queueAbout, { age: formatDuration(oldestDueSeconds * 1000) });
  return messages > 0 && oldestDueSeconds === 0 ? t.queueWaits : t.queueNone;
}

interface TileProps {
  readonly name: string;
  readonly value: string;
  readonly children: ReactNode;
}

function Tile({ name, value, children }: TileProps) {
  return (
    <div className="card tile">
      <dt>{name}</dt>
      <dd>
        <strong className="number">{value}</strong>
        <span className="dim small">{children}</span>
      </dd>
    </div>
  );
}

interface FailuresProps {
  readonly failures: Statistics["failures"];
  readonly count: CountFormat;
}

function Failures({ failures, count: countText }: FailuresProps) {
  const most = Math.max(1, ...failures.map(({ count }) => count));
  return (
    <Card title={t.failures}>
      {failures.length === 0 ? (
        <p className="dim">{t.failuresNone}</p>
      ) : (
        <ul className="failures">
          {failures.map(({ errorCode, title, count }) => (
            <li key={errorCode ?? "none"}>
              <div className="row">
                <span className="grow">
                  {errorCode === null ? null : <strong className="number">{errorCode} </strong>}
                  {title ?? t.failureOther}
                </span>
                <span className="number">{countText(count)}</span>
              </div>
              <div className="bar" aria-hidden="true">
                <span style={{ width: `${(100 * count) / most}%` }} />
              </div>
              <div className="row small">
                <span className="dim grow">{errorCode === null ? "" : codeHelp[errorCode]}</span>
                {errorCode === null ? null : (
                  <Link to="/messages" search={{ code: errorCode }} aria-label={`${t.see}: ${errorCode}`}>
                    {t.see}
                  </Link>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
