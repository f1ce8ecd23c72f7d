// Gauges of this process: event loop lag, memory, CPU, start time. Names are the ones that dashboards for Node know.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

const loopResolutionMs = 20;

export function createProcessGauges(registers: Registry[]): { close(): void } {
  const delay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  delay.enable();
  /** The timer's own period is part of what is measured; lag is what comes on top. */
  const lagSeconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - loopResolutionMs / 1e3) || 0;

  new Gauge({
    name: "nodejs_eventloop_lag_seconds",
    help: "Event loop lag since the last scrape.",
    labelNames: ["quantile"] as const,
    registers,
    collect() {
      this.set({ quantile: "0.5" }, lagSeconds(delay.percentile(50)));
      this.set({ quantile: "0.99" }, lagSeconds(delay.percentile(99)));
      this.set({ quantile: "1" }, lagSeconds(delay.max));
      delay.reset();
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "nodejs_heap_used_bytes",
    help: "Used JavaScript heap.",
    registers,
    collect() {
      this.set(process.memoryUsage().heapUsed);
    },
  });
  new Gauge({
    name: "process_cpu_seconds",
    help: "CPU time used by this process so far, user and system.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.set((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process started, Unix time.",
    registers,
  }).set(performance.timeOrigin / 1e3);

  return { close: () => delay.disable() };
}
