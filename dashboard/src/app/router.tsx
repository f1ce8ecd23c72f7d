// The pages and their addresses. Each page is loaded when it is gone to. The gateway serves the application under these
// addresses (gateway/src/facades/native/dashboard/routes.ts): a new first part must be added there.

import {
  createRootRoute,
  createRoute,
  createRouter,
  type ErrorComponentProps,
  lazyRouteComponent,
} from "@tanstack/react-router";
import { messageOf } from "../api/client.ts";
import { readAuditSearch } from "../pages/audit/search.ts";
import { readSearch } from "../pages/messages/search.ts";
import { readProtectionSearch } from "../pages/protection/search.ts";
import { app } from "../texts/app.ts";
import { common } from "../texts/common.ts";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Empty, SkeletonLines } from "../ui/state.tsx";
import { Shell } from "./shell.tsx";

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const tree = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: "/",
    component: lazyRouteComponent(() => import("../pages/overview/overview.tsx"), "Overview"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/welcome",
    component: lazyRouteComponent(() => import("../pages/welcome/welcome.tsx"), "Welcome"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/messages",
    validateSearch: readSearch,
    component: lazyRouteComponent(() => import("../pages/messages/messages.tsx"), "Messages"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/messages/$sid",
    component: lazyRouteComponent(() => import("../pages/messages/message-page.tsx"), "MessagePage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/providers",
    component: lazyRouteComponent(() => import("../pages/providers/providers.tsx"), "Providers"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/providers/recipes",
    component: lazyRouteComponent(() => import("../pages/providers/recipes.tsx"), "Recipes"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/providers/$id",
    component: lazyRouteComponent(() => import("../pages/providers/provider-page.tsx"), "ProviderPage"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/consent",
    component: lazyRouteComponent(() => import("../pages/consent/consent.tsx"), "Consent"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/protection",
    validateSearch: readProtectionSearch,
    component: lazyRouteComponent(() => import("../pages/protection/protection.tsx"), "Protection"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/callbacks",
    component: lazyRouteComponent(() => import("../pages/callbacks/callbacks.tsx"), "Callbacks"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/sandbox",
    component: lazyRouteComponent(() => import("../pages/sandbox/sandbox.tsx"), "Sandbox"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/access",
    component: lazyRouteComponent(() => import("../pages/access/access.tsx"), "Access"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/invitation",
    component: lazyRouteComponent(() => import("../pages/invitation/invitation.tsx"), "Invitation"),
  }),
  createRoute({
    getParentRoute: () => root,
    path: "/audit",
    validateSearch: readAuditSearch,
    component: lazyRouteComponent(() => import("../pages/audit/audit.tsx"), "Audit"),
  }),
]);

export const router = createRouter({
  routeTree: tree,
  defaultErrorComponent: Crashed,
  defaultPendingComponent: () => <SkeletonLines lines={6} />,
  defaultPreload: "intent",
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

function NotFound() {
  return (
    <Empty icon="search" title={common.notFound}>
      <p>{common.notFoundAbout}</p>
      <ButtonLink to="/">{common.home}</ButtonLink>
    </Empty>
  );
}

function Crashed({ error }: ErrorComponentProps) {
  return (
    <Empty icon="warning" title={app.crashed}>
      <p>{app.crashedAbout}</p>
      <p className="mono">{messageOf(error)}</p>
      <Button icon="rotate" onPress={() => location.reload()}>
        {app.reload}
      </Button>
    </Empty>
  );
}
