// A chart: drawn by uPlot in the colours of the theme, redrawn when they or its width change. What it shows is there as a
// table, too, for those who do not see it.

import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../../app/theme.ts";
import { overview as t } from "../../texts/overview.ts";
import { formatFull, formatTick } from "../../ui/format.ts";
import type { Line } from "./series.ts";

interface ChartProps {
  readonly label: string;
  /** When each stretch begins, in seconds since the epoch. */
  readonly times: readonly number[];
  /** How long each is. */
  readonly stepSeconds: number;
  readonly lines: readonly Line[];
  readonly names: Readonly<Record<string, string>>;
  readonly format: (value: number) => string;
  /** Bars upon each other, or lines. */
  readonly stacked?: boolean;
}

const height = 220;
const colours: Readonly<Record<Line["name"], string>> = {
  ...{ delivered: "--good", sent: "--accent", waiting: "--warn", failed: "--bad", inbound: "--violet" },
  ...{ p50: "--accent", p95: "--violet" },
};

/** What a pair of colours is just now; the canvas takes no variables. */
function colourOf(element: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export function Chart({ label, times, stepSeconds, lines, names, format, stacked = false }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [theme] = useTheme();
  const dark = useDarkness();
  const shown = stacked ? stack(lines) : lines;
  const data = [[...times], ...shown.map(({ values }) => [...values])] as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  const kinds = lines.map(({ name }) => name).join(" ");

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew when its colours or lines change, not with its data
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(
      optionsFor({ element, stepSeconds, lines, names, format, stacked }),
      latest.current,
      element,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [theme, dark, kinds, stacked, stepSeconds]);
  useEffect(() => plot.current?.setData(data));

  return (
    <figure className="chart">
      <div ref={box} style={{ height }} aria-hidden="true" />
      <ul className="legend">
        {lines.map(({ name }) => (
          <li key={name}>
            <span className={`swatch ${name}`} />
            {names[name]}
          </li>
        ))}
      </ul>
      <ChartTable label={label} times={times} lines={lines} names={names} format={format} />
    </figure>
  );
}

type TableProps = Omit<ChartProps, "stacked" | "stepSeconds">;

function ChartTable({ label, times, lines, names, format }: TableProps) {
  return (
    // Around the table, which takes the width that it needs whatever it is told.
    <div className="visually-hidden">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <th scope="col">{t.time}</th>
            {lines.map(({ name }) => (
              <th key={name} scope="col">
                {names[name]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, index) => (
            <tr key={time}>
              <th scope="row">{formatFull(new Date(time * 1000).toISOString())}</th>
              {lines.map(({ name, values }) => {
                const value = values[index];
                return <td key={name}>{value === null || value === undefined ? "–" : format(value)}</td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Each line upon those before it. */
function stack(lines: readonly Line[]): Line[] {
  const sums: number[] = [];
  return lines.map(({ name, values }) => ({
    name,
    values: values.map((value, index) => {
      const sum = (sums[index] ?? 0) + (value ?? 0);
      sums[index] = sum;
      return sum;
    }),
  }));
}

interface OptionsInput extends Pick<ChartProps, "stepSeconds" | "lines" | "names" | "format"> {
  readonly element: HTMLElement;
  readonly stacked: boolean;
}

function optionsFor({ element, stepSeconds, lines, names, format, stacked }: OptionsInput): uPlot.Options {
  const dim = colourOf(element, "--dim");
  const grid = colourOf(element, "--line");
  const axis = {
    stroke: dim,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1 },
    font: "12px system-ui",
  };
  const bars = uPlot.paths.bars?.({ size: [0.72, 24], align: 1 });
  return {
    width: element.clientWidth,
    height,
    legend: { show: false },
    cursor: { y: false, points: { show: !stacked } },
    padding: [8, 36, 0, 0],
    // To the end of the last stretch, which is under way: its bar has a width.
    scales: {
      x: { range: (_plot, min, max) => [min, max + stepSeconds] },
      y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
    },
    axes: [
      { ...axis, values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => formatTick(tick, step)) },
      { ...axis, size: 58, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
    ],
    series: [
      {},
      ...lines.map(({ name }): uPlot.Series => {
        const colour = colourOf(element, colours[name]);
        const common = { label: names[name] ?? name, stroke: colour, points: { show: false } };
        if (!stacked) return { ...common, width: 2, spanGaps: true, points: { show: true, size: 4 } };
        return { ...common, width: 0, fill: colour, ...(bars === undefined ? {} : { paths: bars }) };
      }),
    ],
    ...(stacked ? { bands: bandsOf(lines.length) } : {}),
  };
}

/** Between each line and the one below it. */
function bandsOf(lines: number): uPlot.Band[] {
  return Array.from({ length: lines - 1 }, (_none, index) => ({ series: [index + 2, index + 1] }));
}

function useDarkness(): boolean {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const change = (event: MediaQueryListEvent) => setDark(event.matches);
    query.addEventListener("change", change);
    return () => query.removeEventListener("change", change);
  }, [query]);
  return dark;
}
