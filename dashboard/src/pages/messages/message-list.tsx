// The search's results, page after page as one scrolls. One page looks through a bounded number of messages: what is rare
// among millions is looked for further back by itself, with the place where it is, until one stops it or it has gone far.

import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import { api, call, messageOf } from "../../api/client.ts";
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
/** Pages that are looked through in a row without finding anything, each 20,000 messages, before one is asked. */
const lookOnMax = 100;

export function MessageList({ search }: { readonly search: Search }) {
  const query = useMessages(search);
  const rows = useRows(query.data?.pages, search);
  const looking = useLooking(query, rows.length === 0);
  const pages = query.data?.pages;
  if (query.isError && pages === undefined) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (pages === undefined) return <SkeletonLines lines={10} height="3rem" />;
  if (rows.length === 0 && looking.next === null) return <Nothing narrowed={isNarrowed(search)} />;
  if (rows.length === 0) {
    return (
      <Empty icon="search" title={looking.on ? t.looking : t.nothingSoFar}>
        <Progress looking={looking} />
      </Empty>
    );
  }
  return (
    <div className="card flush">
      <MessageRows
        label={t.title}
        rows={rows}
        onEnd={looking.more}
        footer={looking.next === null ? t.end : looking.nearby ? "…" : <Progress looking={looking} />}
      />
    </div>
  );
}

function useMessages(search: Search) {
  const account = useAccount();
  return useInfiniteQuery({
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
    refetchOnWindowFocus: ({ state }) => (state.data?.pages.length ?? 1) === 1,
  });
}

type MessagesQuery = ReturnType<typeof useMessages>;
type Pages = NonNullable<MessagesQuery["data"]>["pages"];

function useRows(pages: Pages | undefined, search: Search) {
  return useMemo(() => {
    const all = (pages ?? []).flatMap((page) =>
      page.messages.map(({ createdAt, ...rest }) => ({ ...rest, at: createdAt })),
    );
    const shown = search.direction === "out" ? all.filter(({ direction }) => direction !== "inbound") : all;
    return [...new Map(shown.map((row) => [row.sid, row])).values()];
  }, [pages, search.direction]);
}

interface Looking {
  /** Where the next page begins; null: there is none. */
  readonly next: string | null;
  /** It goes on by itself. */
  readonly on: boolean;
  /** The page before has found something: it will not take long. */
  readonly nearby: boolean;
  readonly problem: string | null;
  readonly more: () => void;
  readonly stop: () => void;
  readonly goOn: () => void;
}

/** `nothing`: no row is there yet, so none can come into sight. */
function useLooking(query: MessagesQuery, nothing: boolean): Looking {
  const { fetchNextPage, hasNextPage, isFetching, isFetchNextPageError } = query;
  const pages = query.data?.pages ?? [];
  const empty = pages.length - 1 - pages.findLastIndex((page) => page.messages.length > 0);
  // A person lets it go on from where it has come to; a problem waits for them, too.
  const [from, setFrom] = useState({ empty: 0, stopped: false });
  const on = hasNextPage && !from.stopped && !isFetchNextPageError && empty < from.empty + lookOnMax;
  const more = useCallback(() => {
    if (on && !isFetching) void fetchNextPage();
  }, [fetchNextPage, on, isFetching]);
  useEffect(() => {
    if (nothing) more();
  }, [nothing, more]);
  return {
    ...{ next: pages.at(-1)?.next ?? null, on, nearby: on && empty === 0, more },
    problem: isFetchNextPageError ? messageOf(query.error) : null,
    stop: () => setFrom({ empty, stopped: true }),
    goOn: () => {
      setFrom({ empty, stopped: false });
      void fetchNextPage();
    },
  };
}

function Progress({ looking: { next, on, problem, stop, goOn } }: { readonly looking: Looking }) {
  const since = next === null ? "" : formatTime(timeOf(next));
  return (
    <span className="looking" role="status">
      {problem === null ? null : <span>{problem}</span>}
      <span className="dim">{fill(on ? t.lookingBack : t.lookedBack, { time: since })}</span>
      <Button size="small" onPress={on ? stop : goOn}>
        {on ? t.stopLooking : t.lookOn}
      </Button>
    </span>
  );
}

function Nothing({ narrowed }: { readonly narrowed: boolean }): ReactNode {
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
