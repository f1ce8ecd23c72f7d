// How the dashboard asks: what it asks for is named by keys that hold the chosen account, so that another account never sees
// what the one before had; failures that pass by themselves are asked again, others are shown at once.

import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "./client.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, thrown) => failures < 3 && thrown instanceof ApiError && thrown.isPassing,
      refetchOnWindowFocus: true,
    },
  },
});
