// The load generator's process: raw sockets with keep-alive, one request under way on each, answers read just far
// enough to know their status and length. Takes a Load from its parent, answers with a LoadResult and ends.

import { connect, type Socket } from "node:net";
import { fill, type Load, type LoadResult } from "./load.ts";

const BUCKETS_PER_MS = 20;
const BUCKETS = 20_000 * BUCKETS_PER_MS;

process.once("message", (load: Load) => {
  generate(load).then(
    (result) => process.send?.(result, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function generate(load: Load): Promise<LoadResult> {
  const tally = { answered: 0, failed: 0, number: load.firstNumber, histogram: new Uint32Array(BUCKETS) };
  const startedAt = performance.now();
  const isOver =
    "seconds" in load.until
      ? endAt(startedAt + load.until.seconds * 1000)
      : endAfter(tally, load.firstNumber + load.until.requests);
  await Promise.all(Array.from({ length: load.connections }, () => oneConnection(load, tally, isOver)));
  const durationSeconds = (performance.now() - startedAt) / 1000;
  return {
    generator: "built-in",
    answered: tally.answered,
    failed: tally.failed,
    durationSeconds,
    perSecond: (tally.answered - tally.failed) / durationSeconds,
    p50Ms: percentile(tally.histogram, 0.5),
    p99Ms: percentile(tally.histogram, 0.99),
  };
}

interface Tally {
  answered: number;
  failed: number;
  /** Of the next request. */
  number: number;
  readonly histogram: Uint32Array;
}

function endAt(moment: number): () => boolean {
  return () => performance.now() >= moment;
}

function endAfter(tally: Tally, lastNumber: number): () => boolean {
  return () => tally.number >= lastNumber;
}

/** Keeps one connection busy; resolves when the load is over. Opens another one when the server closes it. */
function oneConnection(load: Load, tally: Tally, isOver: () => boolean): Promise<void> {
  const write = requestWriter(load);
  return new Promise((done) => {
    const open = () => {
      let sentAt = 0;
      let idle = true;
      const socket = connect({ host: load.host, port: load.port, noDelay: true });
      const next = () => {
        if (isOver()) return void socket.end();
        sentAt = performance.now();
        idle = false;
        write(socket, tally.number++);
      };
      const read = answerReader((status) => {
        const bucket = Math.min(BUCKETS - 1, Math.floor((performance.now() - sentAt) * BUCKETS_PER_MS));
        tally.histogram[bucket] = (tally.histogram[bucket] ?? 0) + 1;
        tally.answered += 1;
        if (status < 200 || status > 299) tally.failed += 1;
        idle = true;
        next();
      });
      socket.on("connect", next);
      socket.on("data", read);
      socket.on("error", () => {
        // "close" follows, and counts what was under way.
      });
      socket.on("close", () => {
        if (!idle) {
          tally.answered += 1;
          tally.failed += 1;
        }
        if (isOver()) done();
        else setTimeout(open, 1);
      });
    };
    open();
  });
}

function requestWriter({ host, port, template }: Load): (socket: Socket, n: number) => void {
  const headers = Object.entries({ Host: `${host}:${port}`, ...template.headers });
  const rest = ` HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}`;
  return (socket, n) => {
    const body = fill(template.body, n);
    const length = body === "" ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    socket.write(`${template.method} ${fill(template.path, n)}${rest}${length}\r\n${body}`, "latin1");
  };
}

/** Feeds on chunks and tells the status of each complete answer. Answers must have a length or be chunked. */
function answerReader(onAnswer: (status: number) => void): (chunk: Buffer) => void {
  let text = "";
  return (chunk) => {
    text += chunk.toString("latin1");
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) return;
    const length = /\r\ncontent-length: *(\d+)/i.exec(text);
    const complete = length === null ? text.endsWith("\r\n0\r\n\r\n") : text.length >= head + 4 + Number(length[1]);
    if (!complete) return;
    const status = Number(text.slice(9, 12));
    text = "";
    onAnswer(status);
  };
}

function percentile(histogram: Uint32Array, share: number): number {
  const total = histogram.reduce((sum, count) => sum + count, 0);
  let seen = 0;
  for (const [bucket, count] of histogram.entries()) {
    seen += count;
    if (total > 0 && seen >= total * share) return (bucket + 1) / BUCKETS_PER_MS;
  }
  return 0;
}
