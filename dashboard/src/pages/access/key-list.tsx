// All keys of the account in one list, with filters, and what can be done with each.

import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { api, call } from "../../api/client.ts";
import type { ListedKey } from "../../api/generated/api.d.ts";
import { keys as t } from "../../texts/keys.ts";
import { Button } from "../../ui/button.tsx";
import { ChoiceField, TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { PagesView } from "../../ui/pages-view.tsx";
import { Empty } from "../../ui/state.tsx";
import { ChangeKey } from "./change-key.tsx";
import { KeyTable } from "./key-table.tsx";
import { NewKey } from "./new-key.tsx";
import { type Removal, RemoveKey } from "./remove-key.tsx";

const pageSize = 100;
type State = keyof typeof t.states;

export function KeyList({ sid }: { readonly sid: string }) {
  const client = useQueryClient();
  const [kind, setKind] = useState<ListedKey["kind"] | "any">("any");
  const [state, setState] = useState<State>("any");
  const [text, setText] = useState("");
  const [making, setMaking] = useState(false);
  const [changing, setChanging] = useState<ListedKey | null>(null);
  const [removal, setRemoval] = useState<Removal | null>(null);
  const wanted = useDeferredValue(text.trim());
  const filter = {
    ...(kind === "any" ? {} : { kind }),
    ...(state === "any" ? {} : { state }),
    ...(wanted === "" ? {} : { text: wanted }),
  };
  const query = useInfiniteQuery({
    queryKey: ["keys", sid, filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => {
      const page = { limit: pageSize, ...(pageParam === null ? {} : { after: pageParam }) };
      const params = { path: { sid }, query: { ...filter, ...page } };
      return call(api.GET("/trunkline/v1/accounts/{sid}/keys", { params }));
    },
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  const changed = () => void client.invalidateQueries({ queryKey: ["keys", sid] });
  const create = (
    <Button look="primary" icon="plus" onPress={() => setMaking(true)}>
      {t.create}
    </Button>
  );
  return (
    <Card title={t.title} about={t.about} actions={create}>
      <div className="stack">
        <div className="row wrap">
          <div className="filter-contact">
            <TextField
              label={t.search}
              hideLabel
              value={text}
              onChange={setText}
              placeholder={t.search}
              type="search"
            />
          </div>
          <ChoiceField
            label={t.kind}
            hideLabel
            value={kind}
            choices={[{ value: "any" as const, label: t.anyKind }, ...kindChoices]}
            onChange={setKind}
          />
          <ChoiceField label={t.state} hideLabel value={state} choices={stateChoices} onChange={setState} />
        </div>
        <PagesView
          query={query}
          rowsOf={(page) => page.keys}
          empty={
            <Empty icon="key" title={Object.keys(filter).length > 0 ? t.emptyFiltered : t.empty}>
              {Object.keys(filter).length > 0 ? null : <p>{t.emptyAbout}</p>}
            </Empty>
          }
        >
          {(rows) => <KeyTable rows={rows} onChange={setChanging} onRemove={setRemoval} />}
        </PagesView>
      </div>
      {making ? <NewKey sid={sid} onMade={changed} onClose={() => setMaking(false)} /> : null}
      {changing === null ? null : (
        <ChangeKey sid={sid} row={changing} onChanged={changed} onClose={() => setChanging(null)} />
      )}
      {removal === null ? null : (
        <RemoveKey sid={sid} removal={removal} onRemoved={changed} onClose={() => setRemoval(null)} />
      )}
    </Card>
  );
}

const kindChoices = (Object.keys(t.kinds) as ListedKey["kind"][]).map((value) => ({ value, label: t.kinds[value] }));
const stateChoices = (Object.keys(t.states) as State[]).map((value) => ({ value, label: t.states[value] }));
