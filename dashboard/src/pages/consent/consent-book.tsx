// What stands: each contact's newest word towards each sender.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import type { Consent } from "../../api/generated/api.d.ts";
import { useAccount } from "../../api/use-session.ts";
import { consent as t } from "../../texts/consent.ts";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import { formatFull, formatTime } from "../../ui/format.ts";
import { ListTable, PagesView } from "../../ui/pages-view.tsx";
import { Empty } from "../../ui/state.tsx";
import { numberIn } from "../messages/search.ts";

const pageSize = 100;

export function WordBadge({ status }: { readonly status: Consent["status"] }) {
  return <span className={`badge ${status === "opt-in" ? "good" : "bad"}`}>{t.statuses[status]}</span>;
}

export function ConsentBook() {
  const account = useAccount();
  const [contact, setContact] = useState("");
  const [status, setStatus] = useState<Consent["status"] | "any">("any");
  const number = numberIn(contact);
  const filter = { ...(number === null ? {} : { contact: number }), ...(status === "any" ? {} : { status }) };
  const query = useInfiniteQuery({
    queryKey: ["consents", account, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const after = pageParam === null ? {} : { after: pageParam };
      return call(api.GET("/trunkline/v1/consents", { params: { query: { ...filter, ...after, limit: pageSize } } }));
    },
    getNextPageParam: (page) => page.next,
    enabled: account !== "",
  });
  const narrowed = number !== null || status !== "any";
  return (
    <div className="stack">
      <div className="row wrap">
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
        <ChoiceField
          label={t.status}
          hideLabel
          value={status}
          choices={[
            { value: "any", label: t.anyStatus },
            { value: "opt-out", label: t.statuses["opt-out"] },
            { value: "opt-in", label: t.statuses["opt-in"] },
          ]}
          onChange={setStatus}
        />
      </div>
      <PagesView
        query={query}
        rowsOf={(page) => page.consents}
        empty={
          <Empty icon="consent" title={narrowed ? t.emptyFiltered : t.empty}>
            {narrowed ? null : <p>{t.emptyAbout}</p>}
          </Empty>
        }
      >
        {(rows) => (
          <ListTable label={t.tabs.book} columns={[t.contact, t.sender, t.status, t.source, t.given]}>
            {rows.map((row) => (
              <tr key={`${row.sender} ${row.contact}`}>
                <td className="number">{row.contact}</td>
                <td className="number">{row.sender}</td>
                <td>
                  <WordBadge status={row.status} />
                </td>
                <td>{t.sources[row.source]}</td>
                <td className="number nowrap" title={formatFull(row.consentedAt)}>
                  {formatTime(row.consentedAt)}
                </td>
              </tr>
            ))}
          </ListTable>
        )}
      </PagesView>
    </div>
  );
}
