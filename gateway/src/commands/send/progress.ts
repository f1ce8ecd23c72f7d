// The progress of a run on a person's terminal: one line drawn over and over; elsewhere a line now and then.

import type { Terminal } from "../terminal.ts";
import { rowsLeft, type Tally } from "./tally.ts";

export interface Progress {
  /** Says something above the bar. */
  note(text: string): void;
  stop(): void;
}

const DRAW_EVERY_MS = 100;
const REPORT_EVERY_MS = 10_000;

export function showProgress(tally: Tally, terminal: Terminal): Progress {
  const startedMs = performance.now();
  const isScreen = terminal.columns() !== null;
  let previous = { atMs: startedMs, done: 0, rate: 0 };

  function draw(): void {
    const nowMs = performance.now();
    const done = tally.accepted + tally.replayed + tally.failed;
    const seconds = (nowMs - previous.atMs) / 1000;
    const current = seconds > 0 ? (done - previous.done) / seconds : 0;
    // Smoothed, so that the remaining time does not jump about.
    const rate = previous.rate === 0 ? current : previous.rate * 0.8 + current * 0.2;
    previous = { atMs: nowMs, done, rate };
    const columns = terminal.columns();
    terminal.note(
      columns === null
        ? `${progressLine(tally, rate, 78).trim()}\n`
        : `\r\u001b[2K${progressLine(tally, rate, columns - 1)}`,
    );
  }

  const timer = setInterval(draw, isScreen ? DRAW_EVERY_MS : REPORT_EVERY_MS);
  return {
    note: (text) => terminal.note(isScreen ? `\r\u001b[2K${text}\n` : `${text}\n`),
    stop() {
      clearInterval(timer);
      if (!isScreen) return;
      draw();
      terminal.note("\n");
    },
  };
}

/** At most `width` characters: bar, share, rate, failures, rows left and the time they will take. */
export function progressLine(tally: Tally, rate: number, width: number): string {
  const left = rowsLeft(tally);
  const share = tally.rows === 0 ? 1 : (tally.rows - left) / tally.rows;
  const numbers = [
    `${Math.floor(share * 100)}%`.padStart(4),
    `${Math.round(rate).toLocaleString("en-US")}/s`,
    `sent ${(tally.accepted + tally.replayed).toLocaleString("en-US")}`,
    `failed ${tally.failed.toLocaleString("en-US")}`,
    `left ${left.toLocaleString("en-US")}${rate >= 1 && left > 0 ? ` (${duration(left / rate)})` : ""}`,
  ].join("  ");
  const room = Math.min(30, width - numbers.length - 3);
  if (room < 5) return numbers.slice(0, Math.max(0, width));
  const filled = Math.floor(share * room);
  return `[${"█".repeat(filled)}${"░".repeat(room - filled)}] ${numbers}`;
}

function duration(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
