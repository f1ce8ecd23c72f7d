// Rows of messages, as many as there are: only those in sight exist. Arrow keys go from row to row, Enter opens one.
// biome-ignore-all lint/a11y/useSemanticElements: a table element cannot hold rows that are placed by hand
// biome-ignore-all lint/a11y/useFocusableInteractive: rows and cells of a table that is read are not pressed; their links are

import { Link, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef } from "react";
import { messages as t } from "../../texts/messages.ts";
import { formatFull, formatTime } from "../../ui/format.ts";
import { StatusBadge } from "../../ui/status.tsx";

export interface RowData {
  readonly sid: string;
  readonly at: string;
  readonly from: string | null;
  readonly to: string;
  readonly status: string;
  readonly body: string;
  readonly errorCode: number | null;
  readonly version?: number;
}

interface MessageRowsProps {
  readonly label: string;
  readonly rows: readonly RowData[];
  /** Called when the last rows come into sight. */
  readonly onEnd?: () => void;
  /** Called when the list is at its top, and when it leaves it. */
  readonly onTop?: (atTop: boolean) => void;
  readonly footer?: ReactNode;
}

const rowHeight = 52;
const overscan = 8;

export function MessageRows({ label, rows, onEnd, onTop, footer }: MessageRowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => rows[index]?.sid ?? index,
    overscan,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - overscan) onEnd?.();
  }, [last, rows.length, onEnd]);
  const atTop = useRef(true);
  const onScroll = () => {
    const now = (scroller.current?.scrollTop ?? 0) < rowHeight / 2;
    if (now !== atTop.current) onTop?.(now);
    atTop.current = now;
  };
  return (
    <div className="message-rows" role="table" aria-label={label} aria-rowcount={rows.length + 1}>
      <div role="rowgroup">
        <div className="message-row head" role="row" aria-rowindex={1}>
          {Object.entries(t.columns).map(([name, text]) => (
            <span key={name} role="columnheader" className={`cell-${name}`}>
              {text}
            </span>
          ))}
        </div>
      </div>
      <div ref={scroller} className="message-scroll" role="rowgroup" onScroll={onScroll} onKeyDown={moveFocus}>
        <div style={{ height: virtual.getTotalSize(), position: "relative" }} role="presentation">
          {items.map(({ index, key, start }) => {
            const row = rows[index];
            return row === undefined ? null : (
              <Row key={key} row={row} version={row.version ?? 0} index={index} start={start} />
            );
          })}
        </div>
      </div>
      {footer === undefined ? null : <div className="message-footer">{footer}</div>}
    </div>
  );
}

interface RowProps {
  readonly row: RowData;
  readonly version: number;
  readonly index: number;
  readonly start: number;
}

const Row = memo(function Row({ row, index, start }: RowProps) {
  const messagesSearch = useSearch({ from: "/messages" });
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className="message-row placed"
      style={{ transform: `translateY(${start}px)`, height: rowHeight }}
    >
      <Cell name="time">
        <time dateTime={row.at} title={formatFull(row.at)} className="number dim">
          {formatTime(row.at)}
        </time>
      </Cell>
      <Cell name="status">
        <StatusBadge status={row.status} />
      </Cell>
      <Cell name="from">{row.from ?? "–"}</Cell>
      <Cell name="to">
        {/* Its area is the whole row. */}
        <Link
          to="/messages/$sid"
          params={{ sid: row.sid }}
          state={(now) => ({ ...now, messagesSearch, isFromMessages: true })}
          preload={false}
          className="row-link"
        >
          {row.to}
        </Link>
      </Cell>
      <Cell name="text">{row.body === "" ? <span className="dim">{t.noText}</span> : row.body}</Cell>
      <Cell name="code">{row.errorCode ?? ""}</Cell>
    </div>
  );
});

function Cell({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <span role="cell" className={`cell-${name} clip`}>
      {children}
    </span>
  );
}

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  const current = (event.target as HTMLElement).closest(".message-row");
  if (step === 0 || current === null) return;
  event.preventDefault();
  const index = Number(current.getAttribute("aria-rowindex")) + step;
  const next = event.currentTarget.querySelector<HTMLElement>(`[aria-rowindex="${index}"] a`);
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}
