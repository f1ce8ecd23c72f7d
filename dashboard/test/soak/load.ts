// A steady load on a gateway: so many messages a second through its sandbox, over connections that stay. Each message makes
// three events at least (accepted, sent, delivered). It must never slow down unnoticed: what was accepted is counted.

export interface Load {
  /** Messages that the gateway has taken so far. */
  readonly accepted: () => number;
  /** Requests that failed; while the gateway is at its limit, that is its right. */
  readonly refused: () => number;
  /** Resolves once nothing is under way any more. */
  stop(): Promise<void>;
}

interface LoadOptions {
  readonly url: string;
  readonly authorization: string;
  readonly messagesPerSecond: number;
}

const perRequestMax = 250;
/** Requests under way at once; one that finds no place is left out, so that a slow gateway is not buried. */
const openMax = 12;

export function startLoad({ url, authorization, messagesPerSecond }: LoadOptions): Load {
  const everyMs = Math.max(20, (1000 * perRequestMax) / messagesPerSecond);
  const messages = Math.max(1, Math.round((messagesPerSecond * everyMs) / 1000));
  const open = new Set<Promise<void>>();
  let accepted = 0;
  let refused = 0;

  async function post(): Promise<void> {
    try {
      const response = await fetch(`${url}/trunkline/v1/sandbox/load`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify({ messages, handsets: 100 }),
      });
      const answer = (await response.json()) as { accepted?: number };
      accepted += answer.accepted ?? 0;
      if (!response.ok) refused += 1;
    } catch (_away) {
      refused += 1;
    }
  }

  const timer = setInterval(() => {
    if (open.size >= openMax) return;
    const posting = post().finally(() => open.delete(posting));
    open.add(posting);
  }, everyMs);
  return {
    accepted: () => accepted,
    refused: () => refused,
    async stop() {
      clearInterval(timer);
      await Promise.all(open);
    },
  };
}
