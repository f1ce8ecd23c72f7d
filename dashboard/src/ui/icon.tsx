// The icons: strokes on a 24 by 24 grid, drawn for this dashboard. Decoration only: what they mean is always said in words.

const shapes = {
  overview: "M4 19V5M4 19h16M8 16v-4M12 16V8M16 16v-6",
  messages: "M4 5h16v11H9l-5 4z",
  providers: "M12 3v6M12 15v6M5 9h14v6H5zM9 12h.01M13 12h2",
  consent: "M20 6 9 17l-5-5",
  protection: "M12 3 5 6v5c0 5 3 8 7 10 4-2 7-5 7-10V6z",
  callbacks: "M4 12h11M11 7l5 5-5 5M20 5v14",
  sandbox: "M8 3h8v18H8zM11 18h2",
  access: "M9 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM2 20c1-4 4-6 7-6s6 2 7 6M17 5a3.5 3.5 0 0 1 0 7M19 15c2 1 3 3 3 5",
  audit: "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h7",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1 1M18 18l1 1M5 19l1-1M18 6l1-1",
  moon: "M20 14A8 8 0 1 1 10 4a6.5 6.5 0 0 0 10 10z",
  screen: "M4 5h16v11H4zM9 20h6M12 16v4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  check: "M20 6 9 17l-5-5",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4",
  menu: "M4 7h16M4 12h16M4 17h16",
  down: "M6 9l6 6 6-6",
  right: "M9 6l6 6-6 6",
  left: "M15 6l-6 6 6 6",
  grip: "M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01",
  pause: "M9 5v14M15 5v14",
  play: "M7 5l12 7-12 7z",
  warning: "M12 4 2.5 20h19zM12 10v4M12 17h.01",
  info: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8h.01",
  send: "M4 12l16-8-6 16-3-7z",
  rotate: "M20 11a8 8 0 1 0-2 6M20 5v6h-6",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  out: "M10 5H5v14h5M14 8l4 4-4 4M9 12h9",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  key: "M8 11a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM11 12l8-8M16 7l3 3",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className={name === "more" ? "icon-shape dots" : "icon-shape"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  );
}
