// Every word as it was given: what stands was not always so.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount } from "../../api/use-session.ts";
import { consent as t } from "../../texts/consent.ts";
import { TextField } from "../../ui/field.tsx";
import { formatFull, formatTime } from "../../ui/format.ts";
import { ListTable, PagesView } from "../../ui/pages-view.tsx";
import { Empty } from "../../ui/state.tsx";
import { numberIn } from "../messages/search.ts";
import { WordBadge } from "./consent-book.tsx";

const pageSize = 100;

export function ConsentHistory() {
  const account = useAccount();
  const [contact, setContact] = useState("");
  const number = numberIn(contact);
  const filter = number === null ? {} : { contact: number };
  const query = useInfiniteQuery({
    queryKey: ["consent-history", account, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const before = pageParam === null ? {} : { before: pageParam };
      const asked = { ...filter, ...before, limit: pageSize };
      return call(api.GET("/trunkline/v1/consents/history", { params: { query: asked } }));
    },
    getNextPageParam: (page) => page.next,
    enabled: account !== "",
  });
  return (
    <div className="stack">
      <div className="filter-contact">
        <TextField
          label={t.contact}
          hideLabel
          value={contact}
          onChange={setContact}
          placeholder={t.contactPlaceholder}
          type="search"
        />
      </div>
      <PagesView
        query={query}
        rowsOf={(page) => page.history}
        empty={
          <Empty icon="consent" title={number === null ? t.empty : t.emptyFiltered}>
            {number === null ? <p>{t.emptyAbout}</p> : null}
          </Empty>
        }
      >
        {(rows) => (
          <ListTable label={t.tabs.history} columns={[t.recorded, t.contact, t.sender, t.status, t.via, t.by]}>
            {rows.map((row) => (
              <tr key={row.id}>
                <td className="number nowrap" title={formatFull(row.recordedAt)}>
                  {formatTime(row.recordedAt)}
                </td>
                <td className="number">{row.contact}</td>
                <td className="number">{row.sender}</td>
                <td>
                  <WordBadge status={row.status} />
                </td>
                <td>
                  {row.messageSid === null ? (
                    row.via === null ? (
                      t.viaUnknown
                    ) : (
                      t.ways[row.via]
                    )
                  ) : (
                    <Link to="/messages/$sid" params={{ sid: row.messageSid }}>
                      {t.ways.keyword}
                    </Link>
                  )}
                </td>
                <td className="small dim">{row.actor ?? t.theContact}</td>
              </tr>
            ))}
          </ListTable>
        )}
      </PagesView>
    </div>
  );
}
