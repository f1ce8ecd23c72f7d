// How each provider did: its health, how much it was given, how much of that it took, and how long that took.

import { Link } from "@tanstack/react-router";
import type { Provider, Statistics } from "../../api/generated/api.d.ts";
import { fill } from "../../texts/fill.ts";
import { overview as t } from "../../texts/overview.ts";
import { formatDuration, formatShare } from "../../ui/format.ts";
import { Card } from "../../ui/page.tsx";
import { ListTable } from "../../ui/pages-view.tsx";
import { HealthBadge } from "../providers/health.tsx";
import { DispatchNote } from "../providers/trouble.tsx";
import { useProviders } from "../providers/use-chain.ts";
import type { CountFormat } from "./series.ts";

type Measured = Statistics["providers"][number];

interface ProviderTableProps {
  readonly providers: readonly Measured[];
  readonly count: CountFormat;
}

export function ProviderTable({ providers, count }: ProviderTableProps) {
  const known = useProviders().data?.providers ?? [];
  // Those of the chain are shown also when they had nothing to do.
  const idle = known.filter(
    ({ id, chainPosition }) => chainPosition !== null && !providers.some((one) => one.providerId === id),
  );
  const rows = [...providers, ...idle.map(({ id }) => ({ providerId: id, outcomes: {}, latencyMs: null }))];
  return (
    <Card title={t.providers} about={t.providersAbout}>
      {rows.length === 0 ? (
        <p className="dim">{t.providersNone}</p>
      ) : (
        <ListTable label={t.providers} columns={Object.values(t.columns)}>
          {rows.map((row) => (
            <Row
              key={row.providerId}
              row={row}
              count={count}
              provider={known.find(({ id }) => id === row.providerId)}
            />
          ))}
        </ListTable>
      )}
    </Card>
  );
}

interface RowProps {
  readonly row: Measured;
  readonly provider: Provider | undefined;
  readonly count: CountFormat;
}

function Row({ row, provider, count: countText }: RowProps) {
  const finished = Object.entries(row.outcomes).filter(([outcome]) => outcome !== "open");
  const all = finished.reduce((sum, [, count]) => sum + count, 0);
  const taken = (row.outcomes["accepted"] ?? 0) + (row.outcomes["adopted"] ?? 0);
  const { latencyMs } = row;
  return (
    <tr>
      <td>
        {provider === undefined ? (
          t.gone
        ) : (
          <Link to="/providers/$id" params={{ id: provider.id }}>
            {provider.name}
          </Link>
        )}
      </td>
      <td>
        {provider === undefined ? (
          "–"
        ) : (
          <>
            <HealthBadge provider={provider} /> <DispatchNote id={provider.id} />
          </>
        )}
      </td>
      <td className="number">{countText(all)}</td>
      <td className="number nowrap">{formatShare(taken, all) ?? "–"}</td>
      <td className="number nowrap">
        {latencyMs === null ? (
          "–"
        ) : (
          <>
            {formatDuration(latencyMs.p50)}
            <br />
            <span className="dim small">{fill(t.p95, { p95: formatDuration(latencyMs.p95) })}</span>
          </>
        )}
      </td>
    </tr>
  );
}
