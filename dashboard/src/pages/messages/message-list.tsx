// The search's results, page after page as one scrolls. A page that found nothing among many messages says how far it has
// looked, and looks on when asked.

import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { api, call } from "../../api/client.ts";
import { useAccount } from "../../api/use-session.ts";
import { fill } from "../../texts/fill.ts";
import { messages as t } from "../../texts/messages.ts";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { formatTime } from "../../ui/format.ts";
import { Empty, Failure, SkeletonLines } from "../../ui/state.tsx";
import { MessageRows } from "./message-rows.tsx";
import { isNarrowed, type Search, toQuery } from "./search.ts";

const pageSize = 100;
const refreshMs = 10_000;

export function MessageList({ search }: { readonly search: Search }) {
  const account = useAccount();
  const query = useInfiniteQuery({
    queryKey: ["messages", account, search],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const asked = toQuery(search, Date.now(), pageSize);
      if (pageParam !== null) asked.before = pageParam;
      return call(api.GET("/trunkline/v1/messages", { params: { query: asked }, signal }));
    },
    getNextPageParam: (page) => page.next,
    enabled: account !== "",
    // Only while nobody has gone further down: pages of a moving list are not fetched all over again.
    refetchInterval: ({ state }) => ((state.data?.pages.length ?? 1) === 1 ? refreshMs : false),
  });
  const pages = query.data?.pages;
  const rows = useMemo(() => {
    const all = (pages ?? []).flatMap((page) =>
      page.messages.map(({ createdAt, ...rest }) => ({ ...rest, at: createdAt })),
    );
    const shown = search.direction === "out" ? all.filter(({ direction }) => direction !== "inbound") : all;
    return [...new Map(shown.map((row) => [row.sid, row])).values()];
  }, [pages, search.direction]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const lastFound = pages?.at(-1)?.messages.length ?? 0;
  const more = useCallback(() => {
    // What looks far and finds little waits to be asked.
    if (hasNextPage && !isFetchingNextPage && lastFound > 0) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage, lastFound]);
  if (query.isError && pages === undefined) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (pages === undefined) return <SkeletonLines lines={10} height="3rem" />;
  const next = pages.at(-1)?.next ?? null;
  const lookOn = (
    <Button isPending={isFetchingNextPage} onPress={() => void fetchNextPage()}>
      {t.lookOn}
    </Button>
  );
  if (rows.length === 0) return <Nothing narrowed={isNarrowed(search)} next={next} lookOn={lookOn} />;
  return (
    <div className="card flush">
      <MessageRows
        label={t.title}
        rows={rows}
        onEnd={more}
        footer={next === null ? t.end : lastFound === 0 ? lookOn : "…"}
      />
    </div>
  );
}

interface NothingProps {
  readonly narrowed: boolean;
  readonly next: string | null;
  readonly lookOn: React.ReactNode;
}

function Nothing({ narrowed, next, lookOn }: NothingProps) {
  if (next !== null) {
    return (
      <Empty icon="search" title={t.empty}>
        <p>{fill(t.lookedThrough, { time: formatTime(timeOf(next)) })}</p>
        {lookOn}
      </Empty>
    );
  }
  return (
    <Empty icon={narrowed ? "search" : "messages"} title={narrowed ? t.empty : t.nothingYet}>
      <p>{narrowed ? t.emptyAbout : t.nothingYetAbout}</p>
      {narrowed ? (
        <ButtonLink to="/messages" search={{}}>
          {t.clear}
        </ButtonLink>
      ) : null}
    </Empty>
  );
}

/** The first 48 bits of a message's id are the milliseconds of its making. */
function timeOf(sid: string): string {
  return new Date(Number.parseInt(sid.slice(2, 14), 16)).toISOString();
}
