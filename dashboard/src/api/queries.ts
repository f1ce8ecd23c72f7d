// How the dashboard asks: what it asks for is named by keys that hold the chosen account, so that another account never sees
// what the one before had, and everything is forgotten when a sign-in ends; failures that pass by themselves are asked again,
// others are shown at once.

import { focusManager, QueryClient } from "@tanstack/react-query";
import { ApiError, api } from "./client.ts";
import { session } from "./session.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, thrown) => failures < 3 && thrown instanceof ApiError && thrown.isPassing,
      refetchOnWindowFocus: true,
    },
  },
});

// However the sign-in ended: whoever is next in this tab sees nothing of it.
session.subscribe(() => {
  if (session.get().credential === null) queryClient.clear();
});

// Going from one window to another shows and hides neither: that alone is what is listened to by default.
focusManager.setEventListener((changed) => {
  const onFocus = () => changed();
  addEventListener("focus", onFocus);
  addEventListener("visibilitychange", onFocus);
  return () => {
    removeEventListener("focus", onFocus);
    removeEventListener("visibilitychange", onFocus);
  };
});

// What is refused for want of a role tells that the role is not, or no more, what the page takes it for.
api.use({
  onResponse({ request, response }) {
    const isSession = new URL(request.url).pathname.endsWith("/session");
    if (response.status === 403 && !isSession) void queryClient.invalidateQueries({ queryKey: ["session"] });
    return undefined;
  },
});
