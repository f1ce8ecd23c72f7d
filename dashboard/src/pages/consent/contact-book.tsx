// Where contacts are: looked up, added, changed and forgotten.

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, call } from "../../api/client.ts";
import { downloadFile } from "../../api/download.ts";
import type { Contact } from "../../api/generated/api.d.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { contacts as t } from "../../texts/contacts.ts";
import { fill } from "../../texts/fill.ts";
import { Button } from "../../ui/button.tsx";
import { Confirm } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { formatFull, formatTime } from "../../ui/format.ts";
import { ListTable, PagesView } from "../../ui/pages-view.tsx";
import { Empty } from "../../ui/state.tsx";
import { say, sayFailure } from "../../ui/toast.tsx";
import { numberIn } from "../messages/search.ts";
import { ContactForm, countryName } from "./contact-form.tsx";

const pageSize = 100;

export function ContactBook() {
  const account = useAccount();
  const mayOperate = useMay("operate");
  const [text, setText] = useState("");
  const [editing, setEditing] = useState<Contact | "new" | null>(null);
  const number = numberIn(text);
  const filter = number === null ? {} : { contact: number };
  const query = useInfiniteQuery({
    queryKey: ["contacts", account, filter],
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const asked = { ...filter, after: pageParam, limit: pageSize };
      return call(api.GET("/trunkline/v1/contacts", { params: { query: asked } }));
    },
    getNextPageParam: (page) => page.next,
    enabled: account !== "",
  });
  const columns = [t.contact, t.country, t.postalCode, t.updated, ...(mayOperate ? [t.actions] : [])];
  return (
    <div className="stack">
      <p className="dim">{t.about}</p>
      <div className="row wrap">
        <div className="filter-contact">
          <TextField
            label={t.contact}
            hideLabel
            value={text}
            onChange={setText}
            placeholder={t.placeholder}
            type="search"
          />
        </div>
        <span className="grow" />
        {mayOperate ? (
          <>
            <Download />
            <Button icon="plus" onPress={() => setEditing("new")}>
              {t.add}
            </Button>
          </>
        ) : null}
      </div>
      <PagesView
        query={query}
        rowsOf={(page) => page.contacts}
        empty={
          <Empty icon="consent" title={number === null ? t.empty : t.emptyFiltered}>
            {number === null ? <p>{t.emptyAbout}</p> : null}
          </Empty>
        }
      >
        {(rows) => (
          <ListTable label={t.contact} columns={columns}>
            {rows.map((row) => (
              <tr key={row.contact}>
                <td className="number">{row.contact}</td>
                <td>{countryName(row.country)}</td>
                <td className="number">{row.postalCode}</td>
                <td className="number nowrap" title={formatFull(row.updatedAt)}>
                  {formatTime(row.updatedAt)}
                </td>
                {mayOperate ? (
                  <td>
                    <RowActions row={row} onEdit={() => setEditing(row)} />
                  </td>
                ) : null}
              </tr>
            ))}
          </ListTable>
        )}
      </PagesView>
      {editing === null ? null : (
        <ContactForm before={editing === "new" ? null : editing} onClose={() => setEditing(null)} />
      )}
    </div>
  );
}

function RowActions({ row: { contact }, onEdit }: { readonly row: Contact; readonly onEdit: () => void }) {
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const remove = async () => {
    await call(api.DELETE("/trunkline/v1/contacts/{contact}", { params: { path: { contact } } }));
    say(fill(t.removed, { contact }));
    await client.invalidateQueries({ queryKey: ["contacts"] });
  };
  return (
    <div className="row">
      <Button size="small" onPress={onEdit} aria-label={fill(t.edit, { contact })}>
        {t.editAction}
      </Button>
      <Button
        size="small"
        look="quiet"
        icon="trash"
        aria-label={fill(t.remove, { contact })}
        onPress={() => setRemoving(true)}
      />
      <Confirm
        title={fill(t.remove, { contact })}
        action={t.removeAction}
        danger
        isOpen={removing}
        onClose={() => setRemoving(false)}
        onConfirm={remove}
      >
        <p>{fill(t.removeConfirm, { contact })}</p>
      </Confirm>
    </div>
  );
}

function Download() {
  const save = useMutation({
    mutationFn: () => downloadFile("/trunkline/v1/contacts.csv", {}, "contacts.csv"),
    onError: sayFailure,
  });
  return (
    <Button isPending={save.isPending} onPress={() => save.mutate()}>
      {t.download}
    </Button>
  );
}
