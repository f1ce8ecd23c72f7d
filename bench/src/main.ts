// `npm run bench`: which parts to run, then one table and, on request, one JSON file. See README.md for how to read them.

import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { stopAllOnExit } from "./child.ts";
import { type AcceptResult, measureAccept } from "./gateway/accept.ts";
import { measureDeliver } from "./gateway/deliver.ts";
import { LONG_QUEUE, measureQueueSize, SHORT_QUEUE } from "./gateway/queue-size.ts";
import { measureStartTimes } from "./gateway/start-times.ts";
import { comparePeers, describeMachine } from "./peers/compare.ts";
import { type Measure, presentTable, verdictOf } from "./report.ts";

const usage = `usage: npm run bench -- [accept | deliver | queue | start | peers | all] [options]

  accept    requests answered with 201 after their commit, 64 connections
  deliver   accepted to delivered through the sandbox
  queue     claim rate and memory with a million messages waiting
  start     start times, and the latency of an idle gateway
  peers     accept and deliver side by side with Kannel and Prism, with the ratios that are the goals
  all       everything (the default)

  --seconds N     how long each load lasts (10)
  --messages N    how many messages deliver sends (60000)
  --rounds N      rounds of peers (3)
  --openapi FILE  Twilio's api v2010 document, for Prism; without it Prism is left out
  --json FILE     writes the results as JSON, too
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "10" },
    messages: { type: "string", default: "60000" },
    rounds: { type: "string", default: "3" },
    openapi: { type: "string" },
    json: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const seconds = Number(values.seconds);
const messages = Number(values.messages);
const rounds = Number(values.rounds);

const parts: Readonly<Record<string, () => Promise<Measure[]>>> = {
  accept,
  deliver,
  queue,
  start,
  peers: () => comparePeers({ seconds, rounds, messages, openApiFile: openApiFile() }),
};

const wanted = positionals.length === 0 || positionals.includes("all") ? Object.keys(parts) : positionals;
const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
if (values.help || unknown.length > 0 || [seconds, messages, rounds].some((number) => !(number > 0))) {
  console.log(usage);
  process.exit(values.help ? 0 : 2);
}

stopAllOnExit();
const startedAt = new Date();
const measures: Measure[] = [];
for (const name of wanted) {
  console.log(`${name} ...`);
  measures.push(...((await parts[name]?.()) ?? []));
}
console.log(`\n${describeMachine()}\n\n${presentTable(measures)}`);
if (values.json !== undefined) await writeJson(fromCaller(values.json));

async function accept(): Promise<Measure[]> {
  const alone = await measureAccept(seconds, "api");
  const together = await measureAccept(seconds, "all");
  return [
    { name: "accept (role api)", value: alone.perSecond, unit: "/s", detail: proof(alone) },
    { name: "accept p99", value: alone.p99Ms, unit: "ms", detail: "role api", goal: { comparison: "<=", value: 20 } },
    {
      name: "accept (all roles)",
      value: together.perSecond,
      unit: "/s",
      detail: `sends meanwhile; ${proof(together)}`,
    },
    {
      name: "accept p99",
      value: together.p99Ms,
      unit: "ms",
      detail: "all roles",
      goal: { comparison: "<=", value: 20 },
    },
  ];
}

function proof(result: AcceptResult): string {
  return `${result.generator}; p50 ${result.p50Ms.toFixed(1)} ms; ${result.answered} answered, ${result.stored} stored, ${result.sampled} sampled, ${result.checkedOneByOne} checked one by one`;
}

async function deliver(): Promise<Measure[]> {
  const result = await measureDeliver(messages);
  const detail = `${result.messages} messages in ${result.durationSeconds.toFixed(1)} s, each exactly once; accepted at ${Math.round(result.acceptedPerSecond)}/s meanwhile`;
  return [{ name: "deliver", value: result.perSecond, unit: "/s", detail }];
}

async function queue(): Promise<Measure[]> {
  const result = await measureQueueSize();
  const ratio = result.claimsPerSecondLong / result.claimsPerSecondShort;
  const memory = `idle ${Math.round(result.idleMemoryMb)} MB, after traffic ${Math.round(result.memoryMb)} MB`;
  return [
    { name: "claims", value: result.claimsPerSecondShort, unit: "/s", detail: `${SHORT_QUEUE} queued` },
    { name: "claims", value: result.claimsPerSecondLong, unit: "/s", detail: `${LONG_QUEUE} queued` },
    { name: "claims, long : short queue", value: ratio, unit: "x", detail: "", goal: { comparison: ">=", value: 0.9 } },
    {
      name: "memory, 1 million queued",
      value: result.peakMemoryMb,
      unit: "MB",
      detail: `highest; ${memory}`,
      goal: { comparison: "<=", value: 250 },
    },
  ];
}

async function start(): Promise<Measure[]> {
  const result = await measureStartTimes();
  const atMost = (value: number) => ({ comparison: "<=", value }) as const;
  const idle = `from request to carrier; p99 ${result.idleP99Ms.toFixed(1)} ms`;
  return [
    { name: "first start", value: result.firstStartMs, unit: "ms", detail: "makes the database", goal: atMost(5000) },
    { name: "next start", value: result.nextStartMs, unit: "ms", detail: "median of 3", goal: atMost(1500) },
    { name: "idle latency, p50", value: result.idleP50Ms, unit: "ms", detail: idle, goal: atMost(10) },
  ];
}

function openApiFile(): string | undefined {
  return values.openapi === undefined ? undefined : fromCaller(values.openapi);
}

/** Files are named from where the command was given, which npm remembers. */
function fromCaller(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}

async function writeJson(path: string): Promise<void> {
  const results = measures.map((measure) => ({ ...measure, verdict: verdictOf(measure) }));
  const document = { startedAt, machine: describeMachine(), seconds, messages, rounds, results };
  await writeFile(path, `${JSON.stringify(document, undefined, 2)}\n`);
}
