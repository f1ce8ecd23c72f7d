import { renderToString } from "react-dom/server";
import { expect, it } from "vitest";
import { App } from "./app.tsx";

it("shows the page before the gateway has answered", () => {
  const page = renderToString(<App />);
  expect(page).toContain("<h1>Trunkline</h1>");
  expect(page).toContain("Asking the gateway");
});
