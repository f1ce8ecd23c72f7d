// The one page that exists so far: what the dashboard will be, and whether the gateway answers.

import { useEffect, useState } from "react";
import { fetchLiveness, type Liveness } from "./liveness.ts";

const REFRESH_MS = 5000;

const words: Readonly<Record<Liveness | "asking", string>> = {
  asking: "Asking the gateway …",
  alive: "The gateway is running.",
  unwell: "The gateway answers, but says that it is not well.",
  unreachable: "The gateway cannot be reached.",
};

export function App() {
  const liveness = useLiveness();
  return (
    <main>
      <h1>Trunkline</h1>
      <p role="status" className={liveness}>
        {words[liveness]}
      </p>
      <p>This will be the place to see what happened to every message: its attempts, its reports and its callbacks.</p>
      <p>Providers, senders, consent and credentials will be looked after here, too.</p>
    </main>
  );
}

function useLiveness(): Liveness | "asking" {
  const [liveness, setLiveness] = useState<Liveness | "asking">("asking");
  useEffect(() => {
    const leaving = new AbortController();
    const ask = async () => {
      const answer = await fetchLiveness(window.location.origin, leaving.signal);
      if (!leaving.signal.aborted) setLiveness(answer);
    };
    void ask();
    const timer = setInterval(() => void ask(), REFRESH_MS);
    return () => {
      clearInterval(timer);
      leaving.abort();
    };
  }, []);
  return liveness;
}
