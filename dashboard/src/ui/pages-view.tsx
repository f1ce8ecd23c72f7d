// A list that comes in pages, with a button for the next one: skeleton, failure, emptiness and rows in one place.

import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { common } from "../texts/common.ts";
import { Button } from "./button.tsx";
import { Failure, SkeletonLines } from "./state.tsx";

interface PagesViewProps<PageData, Row> {
  readonly query: UseInfiniteQueryResult<InfiniteData<PageData>>;
  readonly rowsOf: (page: PageData) => readonly Row[];
  readonly empty: ReactNode;
  readonly children: (rows: readonly Row[]) => ReactNode;
}

export function PagesView<PageData, Row>({ query, rowsOf, empty, children }: PagesViewProps<PageData, Row>) {
  if (query.data === undefined) {
    if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
    return <SkeletonLines lines={6} />;
  }
  const rows = query.data.pages.flatMap(rowsOf);
  return (
    <div className="card flush">
      {rows.length === 0 && !query.hasNextPage ? empty : children(rows)}
      {query.hasNextPage ? (
        <div className="message-footer">
          <Button isPending={query.isFetchingNextPage} onPress={() => void query.fetchNextPage()}>
            {common.more}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

interface ListTableProps {
  readonly columns: readonly string[];
  readonly label: string;
  readonly children: ReactNode;
}

export function ListTable({ columns, label, children }: ListTableProps) {
  return (
    <ScrollX label={label}>
      <table className="list-table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </ScrollX>
  );
}

/** What may be wider than the screen scrolls by itself, by keyboard too. */
function ScrollX({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className="scroll-x" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
