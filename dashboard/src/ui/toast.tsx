// Short words about what has just been done, or could not be. They stay long enough to be read, and are told to screen readers.

import { useSyncExternalStore } from "react";
import { messageOf } from "../api/client.ts";
import { common } from "../texts/common.ts";
import { Button } from "./button.tsx";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: "good" | "bad";
}

const shownMs = 6_000;
let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function set(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

const dismiss = (id: number): void => set(toasts.filter((toast) => toast.id !== id));

export function say(text: string, tone: Toast["tone"] = "good"): void {
  lastId += 1;
  const id = lastId;
  set([...toasts.slice(-3), { id, text, tone }]);
  setTimeout(() => dismiss(id), tone === "bad" ? shownMs * 2 : shownMs);
}

/** For the rejection of what a person has asked for. */
export function sayFailure(thrown: unknown): void {
  say(messageOf(thrown), "bad");
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map(({ id, text, tone }) => (
        <div key={id} className={`toast ${tone}`}>
          <span className="grow">{text}</span>
          <Button look="quiet" size="small" icon="close" aria-label={common.close} onPress={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
