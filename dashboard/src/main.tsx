// Puts the dashboard into the page; before that, whatever a sign-in or the terminal's link brought to this address is taken in.

import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { I18nProvider } from "react-aria-components";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries.ts";
import { arrive } from "./app/arrival.ts";
import { router } from "./app/router.tsx";
import { applyTheme } from "./app/theme.ts";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/layout.css";
import "./styles/pages.css";
import "./styles/audit.css";
import "./styles/recipes.css";
import "./styles/countries.css";
import "./styles/keys.css";
import "./styles/users.css";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no element with the id root");
applyTheme();
await arrive();

createRoot(root).render(
  <StrictMode>
    <I18nProvider locale="en-US">
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </I18nProvider>
  </StrictMode>,
);
