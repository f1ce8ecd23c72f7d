// What protection decided, newest first, each in one line for people.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import type { ProtectionDecision } from "../../api/generated/api.d.ts";
import { useAccount } from "../../api/use-session.ts";
import { protection as t } from "../../texts/protection.ts";
import { ChoiceField } from "../../ui/field.tsx";
import { formatFull, formatTime } from "../../ui/format.ts";
import { ListTable, PagesView } from "../../ui/pages-view.tsx";
import { Empty, type Tone } from "../../ui/state.tsx";

type Rule = ProtectionDecision["rule"];

const pageSize = 50;
const refreshMs = 5_000;
const tones: Readonly<Record<ProtectionDecision["action"], Tone>> = { denied: "bad", recorded: "info", held: "warn" };

const ruleWords: Readonly<Record<Rule, string>> = t.rules;

export function Decisions() {
  const account = useAccount();
  const [rule, setRule] = useState<Rule | "any">("any");
  const filter = rule === "any" ? {} : { rule };
  const query = useInfiniteQuery({
    queryKey: ["decisions", account, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const before = pageParam === null ? {} : { before: pageParam };
      const asked = { ...filter, ...before, limit: pageSize };
      return call(api.GET("/trunkline/v1/protection/decisions", { params: { query: asked } }));
    },
    getNextPageParam: (page) => page.next,
    enabled: account !== "",
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) === 1 ? refreshMs : false),
  });
  return (
    <div className="stack">
      <div className="row wrap">
        <ChoiceField
          label={t.rule}
          hideLabel
          value={rule}
          choices={[
            { value: "any", label: t.anyRule },
            ...(Object.keys(t.rules) as Rule[]).map((value) => ({ value, label: ruleWords[value] })),
          ]}
          onChange={setRule}
        />
        <p className="dim small grow">{t.notHere}</p>
      </div>
      <PagesView
        query={query}
        rowsOf={(page) => page.decisions}
        empty={
          <Empty icon="protection" title={t.empty}>
            <p>{t.emptyAbout}</p>
          </Empty>
        }
      >
        {(rows) => (
          <ListTable label={t.tabs.decisions} columns={[t.time, t.decided, t.rule, t.why, t.message]}>
            {rows.map((row) => (
              <tr key={row.id}>
                <td className="number nowrap" title={formatFull(row.at)}>
                  {formatTime(row.at)}
                </td>
                <td>
                  <span className={`badge ${tones[row.action]}`}>{t.actions[row.action]}</span>
                </td>
                <td className="nowrap">{ruleWords[row.rule]}</td>
                <td>{row.explanation}</td>
                <td>
                  <Link to="/messages/$sid" params={{ sid: row.messageSid }} aria-label={`${t.open} ${row.messageSid}`}>
                    {t.open}
                  </Link>
                </td>
              </tr>
            ))}
          </ListTable>
        )}
      </PagesView>
    </div>
  );
}
