// Asks the gateway whether it runs. Never rejects: not being reachable is an answer.

export type Liveness = "alive" | "unwell" | "unreachable";

/** `origin` is the gateway's, such as `http://127.0.0.1:8770`. */
export async function fetchLiveness(origin: string, signal: AbortSignal): Promise<Liveness> {
  try {
    const response = await fetch(new URL("/livez", origin), { signal, cache: "no-store" });
    return response.ok ? "alive" : "unwell";
  } catch (error) {
    // fetch rejects with a TypeError for every failure of the network, and with the signal's reason when aborted.
    if (error instanceof TypeError || signal.aborted) return "unreachable";
    throw error;
  }
}
