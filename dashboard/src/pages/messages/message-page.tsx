// One message: did it arrive, and why not. Follows it while it is under way.

import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useParams, useRouter } from "@tanstack/react-router";
import type { MouseEvent, ReactNode } from "react";
import { ApiError, api, call } from "../../api/client.ts";
import type { Message } from "../../api/generated/api.d.ts";
import { useAccount } from "../../api/use-session.ts";
import { codeHelp } from "../../texts/common.ts";
import { fill } from "../../texts/fill.ts";
import { message as t } from "../../texts/messages.ts";
import { ButtonLink, CopyButton } from "../../ui/button.tsx";
import { formatDuration, formatFull, formatNumber, formatTime } from "../../ui/format.ts";
import { Card, Page } from "../../ui/page.tsx";
import { Empty, Notice, QueryView } from "../../ui/state.tsx";
import { StatusBadge } from "../../ui/status.tsx";
import { roomOf, specialCharacters } from "./gsm.ts";
import { MessageActions } from "./message-actions.tsx";
import { Timeline } from "./timeline.tsx";

const final = new Set(["delivered", "undelivered", "failed", "canceled", "read", "received"]);

export function MessagePage() {
  const { sid } = useParams({ from: "/messages/$sid" });
  const account = useAccount();
  const query = useQuery({
    queryKey: ["message", account, sid],
    queryFn: () => call(api.GET("/trunkline/v1/messages/{sid}", { params: { path: { sid } } })),
    enabled: account !== "",
    refetchInterval: ({ state }) => (state.data !== undefined && final.has(state.data.status) ? 5_000 : 1_000),
  });
  const missing = query.error instanceof ApiError && (query.error.status === 404 || query.error.status === 400);
  return (
    <Page
      title={t.title}
      about={
        <span className="row">
          <code>{sid}</code>
          <CopyButton text={sid} />
        </span>
      }
      actions={
        <>
          <BackToMessages />
          {query.data === undefined ? null : <MessageActions message={query.data} />}
        </>
      }
    >
      {missing && query.data === undefined ? (
        <Empty icon="search" title={t.title}>
          <p>{t.notFound}</p>
        </Empty>
      ) : (
        <QueryView query={query}>{(message) => <Shown message={message} />}</QueryView>
      )}
    </Page>
  );
}

/** Back to the list as it was: the search that one came from, and the place in it. */
function BackToMessages() {
  const router = useRouter();
  const { messagesSearch, isFromMessages } = useLocation().state;
  const goBack = (event: MouseEvent) => {
    if (isFromMessages !== true || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    router.history.back();
  };
  return (
    <ButtonLink to="/messages" search={messagesSearch ?? {}} look="quiet" icon="left" onClick={goBack}>
      {t.back}
    </ButtonLink>
  );
}

function Shown({ message }: { readonly message: Message }) {
  const help = message.errorCode === null ? undefined : codeHelp[message.errorCode];
  return (
    <div className="message-page">
      <div className="stack">
        {message.errorCode === null ? null : (
          <Notice tone="bad">
            <strong>
              {message.errorCode} {message.errorMessage}
            </strong>
            {help === undefined ? null : <p>{help}</p>}
          </Notice>
        )}
        <Card title={t.timeline} about={t.timelineAbout}>
          <Timeline entries={message.timeline} dueAt={message.dueAt} />
        </Card>
      </div>
      <div className="stack">
        <Card title={t.text}>
          <Text message={message} />
        </Card>
        <Facts message={message} />
      </div>
    </div>
  );
}

function Text({ message: { body, segments } }: { readonly message: Message }) {
  if (body === "") return <p className="dim">{t.noText}</p>;
  const special = segments.encoding === "UCS-2" ? specialCharacters(body) : [];
  const room = roomOf(segments.encoding, segments.count);
  const words = segments.count === 1 ? t.segment : fill(t.segments, { count: formatNumber(segments.count) });
  return (
    <div className="stack tight">
      <p className="message-text">{body}</p>
      <div className="segments" aria-hidden="true">
        {Array.from({ length: Math.min(segments.count, 12) }, (_none, index) => {
          const share = Math.min(1, Math.max(0, (segments.units * segments.count) / room - index));
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: segments have no other name than their place
            <span key={index}>
              <span style={{ width: `${share * 100}%` }} />
            </span>
          );
        })}
      </div>
      <p className="small dim">
        {words} · {fill(t.units[segments.encoding], { used: formatNumber(segments.units), room: formatNumber(room) })}
      </p>
      {special.length === 0 ? null : (
        <p className="small dim">{fill(t.special, { characters: special.slice(0, 20).join(" ") })}</p>
      )}
    </div>
  );
}

function Facts({ message }: { readonly message: Message }) {
  const way = { inbound: t.inbound, "outbound-reply": t.reply } as Readonly<Record<string, string>>;
  const taken = message.attempts.findLast(({ outcome }) => outcome === "accepted" || outcome === "adopted");
  const attempt = taken ?? message.attempts.at(-1);
  const tookMs = message.sentAt === null ? null : Date.parse(message.sentAt) - Date.parse(message.createdAt);
  return (
    <Card title={t.facts} actions={<StatusBadge status={message.status} />}>
      <dl className="facts">
        <Fact name={t.from}>{message.from ?? t.notChosen}</Fact>
        <Fact name={t.to}>{message.to}</Fact>
        <Fact name={t.direction}>{way[message.direction] ?? t.outbound}</Fact>
        {message.messagingServiceSid === null ? null : (
          <Fact name={t.service}>
            <code>{message.messagingServiceSid}</code>
          </Fact>
        )}
        <Fact name={t.created}>
          <time dateTime={message.createdAt} title={formatFull(message.createdAt)}>
            {formatTime(message.createdAt)}
          </time>
        </Fact>
        {message.direction === "inbound" ? null : (
          <>
            <Fact name={t.sentAt}>{message.sentAt === null ? t.notYet : formatTime(message.sentAt)}</Fact>
            {tookMs === null || tookMs < 0 ? null : <Fact name={t.took}>{formatDuration(tookMs)}</Fact>}
            {attempt === undefined ? null : (
              <Fact name={t.provider}>
                <Link to="/providers/$id" params={{ id: attempt.providerId }}>
                  {attempt.providerName ?? attempt.providerId}
                </Link>
              </Fact>
            )}
            <Fact name={t.attempts}>{formatNumber(message.attempts.length)}</Fact>
          </>
        )}
        {message.numMedia > 0 ? <Fact name={t.media}>{formatNumber(message.numMedia)}</Fact> : null}
      </dl>
    </Card>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
