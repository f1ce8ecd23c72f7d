// The safe list: numbers that protection leaves alone.

import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
import { useAccount, useMay } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { protection as t } from "../../texts/protection.ts";
import { Button } from "../../ui/button.tsx";
import { TextField } from "../../ui/field.tsx";
import { Card } from "../../ui/page.tsx";
import { PagesView } from "../../ui/pages-view.tsx";
import { Empty } from "../../ui/state.tsx";
import { sayFailure } from "../../ui/toast.tsx";

const pageSize = 100;

export function SafeList() {
  const sid = useAccount();
  const mayOperate = useMay("operate");
  const client = useQueryClient();
  const query = useInfiniteQuery({
    queryKey: ["safe-list", sid],
    initialPageParam: "",
    queryFn: ({ pageParam }) => {
      const params = { path: { sid }, query: { limit: pageSize, after: pageParam } };
      return call(api.GET("/trunkline/v1/accounts/{sid}/safe-list", { params }));
    },
    getNextPageParam: (page) => page.next,
    enabled: sid !== "",
  });
  const remove = useMutation({
    mutationFn: (number: string) =>
      call(api.DELETE("/trunkline/v1/accounts/{sid}/safe-list/{number}", { params: { path: { sid, number } } })),
    onError: sayFailure,
    onSettled: () => client.invalidateQueries({ queryKey: ["safe-list"] }),
  });
  return (
    <div className="stack">
      {mayOperate ? <AddNumber /> : null}
      <PagesView
        query={query}
        rowsOf={(page) => page.entries}
        empty={
          <Empty icon="protection" title={t.safeEmpty}>
            <p>{t.safeEmptyAbout}</p>
          </Empty>
        }
      >
        {(rows) => (
          <ul className="plain-list">
            {rows.map(({ sid: entry, number }) => (
              <li key={entry} className="row">
                <strong className="number grow">{number}</strong>
                {mayOperate ? (
                  <Button
                    size="small"
                    look="quiet"
                    icon="trash"
                    aria-label={fill(t.safeRemove, { number })}
                    onPress={() => remove.mutate(number)}
                  />
                ) : null}
              </li>
            ))}
          </ul>
        )}
      </PagesView>
    </div>
  );
}

function AddNumber() {
  const sid = useAccount();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const add = useMutation({
    mutationFn: () => {
      const params = { path: { sid } };
      return call(api.POST("/trunkline/v1/accounts/{sid}/safe-list", { params, body: { number: text.trim() } }));
    },
    onSuccess: async () => {
      setText("");
      await client.invalidateQueries({ queryKey: ["safe-list"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  const problem = add.isError ? messageOf(add.error) : undefined;
  return (
    <Card title={t.tabs.safeList} about={t.safeAbout}>
      <form className="stack tight" onSubmit={submit}>
        <TextField
          label={t.safeNumber}
          value={text}
          onChange={setText}
          placeholder={t.safePlaceholder}
          problem={problem}
          isRequired
        />
        <div>
          <Button type="submit" icon="plus" isPending={add.isPending}>
            {t.safeAdd}
          </Button>
        </div>
      </form>
    </Card>
  );
}
