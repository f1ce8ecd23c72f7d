// The gateway and its peers side by side: in every round each of them is started, loaded and stopped in turn, so that
// none works while another is measured and a slow moment of the machine meets them all. The ratios are those of one round,
// and the median of them counts.

import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { CONNECTIONS, measureAccept, WARM_UP_SECONDS } from "../gateway/accept.ts";
import { measureDeliver } from "../gateway/deliver.ts";
import type { LoadResult } from "../load/load.ts";
import { runLoad } from "../load/run-load.ts";
import type { Measure } from "../report.ts";
import { isKannelInstalled, type Kannel, kannelRequest, startKannel } from "./kannel.ts";
import { startPrism } from "./prism.ts";

export interface CompareOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly messages: number;
  /** Undefined: without Prism. */
  readonly openApiFile: string | undefined;
}

type Contender = "accept" | "accept, all roles" | "deliver" | "Kannel" | "Kannel, store" | "Kannel to SMSC" | "Prism";
type Results = Map<Contender, LoadResult[]>;

export async function comparePeers(options: CompareOptions): Promise<Measure[]> {
  const contenders = await contendersOf(options);
  const results: Results = new Map();
  for (let round = 1; round <= options.rounds; round++) {
    for (const [name, measure] of contenders) {
      const result = await measure();
      results.set(name, [...(results.get(name) ?? []), result]);
      const p99 = result.p99Ms > 0 ? `, p99 ${result.p99Ms.toFixed(1)} ms` : "";
      console.log(`round ${round}  ${name.padEnd(18)} ${Math.round(result.perSecond)}/s${p99}`);
    }
  }
  return [...presentContenders(results), ...presentRatios(results)];
}

// In this order, so that what is compared is measured close together.
async function contendersOf({ seconds, messages, openApiFile }: CompareOptions) {
  const withKannel = await isKannelInstalled();
  if (!withKannel) console.log("Kannel is not installed (Debian: kannel, kannel-extras): left out");
  if (openApiFile === undefined) console.log("no --openapi FILE: Prism is left out");
  const contenders: [Contender, () => Promise<LoadResult>][] = [];
  if (openApiFile !== undefined) contenders.push(["Prism", () => prismAnswers(openApiFile, seconds)]);
  contenders.push(["accept", () => measureAccept(seconds, "api")]);
  if (withKannel) contenders.push(["Kannel", () => kannelAccepts({ store: false, seconds })]);
  contenders.push(["accept, all roles", () => measureAccept(seconds, "all")]);
  if (withKannel) {
    contenders.push(["Kannel, store", () => kannelAccepts({ store: true, seconds })]);
    contenders.push(["Kannel to SMSC", () => kannelDelivers(seconds)]);
  }
  contenders.push(["deliver", async () => withoutLatency(await measureDeliver(messages))]);
  return contenders;
}

function withoutLatency(result: { perSecond: number; durationSeconds: number; messages: number }): LoadResult {
  return { generator: "built-in", answered: result.messages, failed: 0, p50Ms: 0, p99Ms: 0, ...result };
}

async function kannelAccepts({ store, seconds }: { store: boolean; seconds: number }): Promise<LoadResult> {
  const kannel = await startKannel({ store });
  try {
    await loadKannel(kannel, 0, WARM_UP_SECONDS);
    return await loadKannel(kannel, 10_000_000, seconds);
  } finally {
    await kannel.stop();
  }
}

/** Accept to SMSC with the store on: what has reached the SMSC, divided by the time until the last one did. */
async function kannelDelivers(seconds: number): Promise<LoadResult> {
  const kannel = await startKannel({ store: true });
  try {
    await loadKannel(kannel, 0, WARM_UP_SECONDS);
    await untilQuiet(kannel);
    const before = kannel.reached().count;
    const startedAtMs = Date.now();
    const result = await loadKannel(kannel, 10_000_000, seconds);
    await untilQuiet(kannel);
    const { count, lastAtMs } = kannel.reached();
    const durationSeconds = (lastAtMs - startedAtMs) / 1000;
    const arrived = count - before;
    if (arrived < result.answered - result.failed) throw new Error("Kannel lost messages on the way to its SMSC");
    return withoutLatency({ perSecond: arrived / durationSeconds, durationSeconds, messages: arrived });
  } finally {
    await kannel.stop();
  }
}

function loadKannel(kannel: Kannel, firstNumber: number, seconds: number): Promise<LoadResult> {
  const target = { host: "127.0.0.1", port: kannel.port, template: kannelRequest, connections: CONNECTIONS };
  return runLoad({ ...target, firstNumber, until: { seconds } });
}

/** Resolves when nothing has reached the SMSC for two seconds. */
async function untilQuiet(kannel: Kannel): Promise<void> {
  let last = -1;
  while (kannel.reached().count !== last) {
    last = kannel.reached().count;
    await delay(2000);
  }
}

async function prismAnswers(openApiFile: string, seconds: number): Promise<LoadResult> {
  const prism = await startPrism({ openApiFile });
  const target = { host: "127.0.0.1", port: prism.port, template: prism.template, connections: CONNECTIONS };
  try {
    await runLoad({ ...target, firstNumber: 0, until: { seconds: WARM_UP_SECONDS } });
    return await runLoad({ ...target, firstNumber: 10_000_000, until: { seconds } });
  } finally {
    await prism.stop();
  }
}

function presentContenders(results: Results): Measure[] {
  return [...results].map(([name, rounds]) => {
    const all = rounds.map(({ perSecond }) => Math.round(perSecond)).join(", ");
    const median = lowerMedian(rounds, ({ perSecond }) => perSecond);
    const latency = median.p99Ms > 0 ? `p50 ${median.p50Ms.toFixed(1)} ms, p99 ${median.p99Ms.toFixed(1)} ms; ` : "";
    const failed = median.failed > 0 ? `${median.failed} failed; ` : "";
    return { name, value: median.perSecond, unit: "/s", detail: `${latency}${failed}rounds: ${all}` };
  });
}

function presentRatios(results: Results): Measure[] {
  const compare = (name: string, ours: Contender, theirs: Contender, goal: number): Measure[] => {
    const others = results.get(theirs) ?? [];
    const ratios = (results.get(ours) ?? []).flatMap((our, round) => {
      const their = others[round];
      return their === undefined ? [] : [our.perSecond / their.perSecond];
    });
    if (ratios.length === 0) return [];
    const detail = `${ours} : ${theirs}; rounds: ${ratios.map((ratio) => ratio.toFixed(2)).join(", ")}`;
    return [{ name, value: lowerMedian(ratios, Number), unit: "x", detail, goal: { comparison: ">=", value: goal } }];
  };
  return [
    ...compare("durable accepts against Kannel's", "accept", "Kannel", 1.2),
    ...compare("the same, sending at the same time", "accept, all roles", "Kannel", 1.2),
    ...compare("durable accepts against Prism's mock", "accept", "Prism", 15),
    ...compare("delivered against Kannel's to SMSC", "deliver", "Kannel to SMSC", 8),
  ];
}

/** The middle one; of two in the middle the lower. */
function lowerMedian<Item>(items: readonly Item[], rankOf: (item: Item) => number): Item {
  const sorted = [...items].sort((a, b) => rankOf(a) - rankOf(b));
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (median === undefined) throw new Error("no round was measured");
  return median;
}

/** What the numbers were taken on. */
export function describeMachine(): string {
  return `${process.platform} ${process.arch}, ${availableParallelism()} cores, Node ${process.version}`;
}
