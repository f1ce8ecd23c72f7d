// What a page shows while it waits, when there is nothing, and when something failed: always with what to do about it.

import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError, messageOf } from "../api/client.ts";
import { common } from "../texts/common.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "good" | "warn" | "bad" | "info";

export function Notice({ tone = "info", children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return (
    <div className={`notice ${tone}`} role={tone === "bad" ? "alert" : "status"}>
      <Icon name={tone === "good" ? "check" : tone === "info" ? "info" : "warning"} />
      <div className="grow">{children}</div>
    </div>
  );
}

interface EmptyProps {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failure({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const passing = error instanceof ApiError && error.isPassing;
  return (
    <div className="empty" role="alert">
      <Icon name="warning" />
      <h2>{passing ? common.away : common.failed}</h2>
      <p>{messageOf(error)}</p>
      {onRetry === undefined ? null : (
        <Button icon="rotate" onPress={onRetry}>
          {common.retry}
        </Button>
      )}
    </div>
  );
}

export function Skeleton({ height = "1rem", width = "100%" }: { readonly height?: string; readonly width?: string }) {
  return <div className="skeleton" style={{ height, width }} aria-hidden="true" />;
}

/** Lines of about the height of what will be there, so that nothing jumps. */
export function SkeletonLines({ lines, height = "2.2rem" }: { readonly lines: number; readonly height?: string }) {
  return (
    <div className="stack tight" aria-busy="true">
      <span className="visually-hidden">{common.loading}</span>
      {Array.from({ length: lines }, (_none, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike
        <Skeleton key={index} height={height} />
      ))}
    </div>
  );
}

interface QueryViewProps<Data> {
  readonly query: UseQueryResult<Data>;
  readonly loading?: ReactNode;
  readonly children: (data: Data) => ReactNode;
}

/** A query's data; until then a skeleton, and its failure when there is nothing else to show. */
export function QueryView<Data>({ query, loading, children }: QueryViewProps<Data>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return <>{loading ?? <SkeletonLines lines={4} />}</>;
}
