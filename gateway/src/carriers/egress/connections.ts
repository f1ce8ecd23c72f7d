// Sockets to places that users name: keep-alive pools bounded per origin, opened only to addresses that the policy
// allows. The check runs on what DNS answered, at the moment of connecting, so that a name cannot change its mind.

import { lookup as resolve } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { LRUCache } from "lru-cache";
import { Agent, buildConnector } from "undici";
import { BlockedAddressError } from "./failure.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a host name; rejects with a DNS error code (`ENOTFOUND` …). */
export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export interface Connections {
  /** The pools for these connection settings. Good for one dispatch; not to be kept. */
  agentFor(settings: { readonly connectTimeoutMs: number; readonly verifyTls: boolean }): Agent;
  close(): Promise<void>;
}

export const systemResolver: Resolver = (hostname) => resolve(hostname, { all: true, verbatim: true });

export function createConnections(deps: {
  readonly isAllowed: (address: string) => boolean;
  readonly resolver: Resolver;
  readonly connectionsPerOrigin: number;
}): Connections {
  const lookup = checkedLookup(deps.isAllowed, shared(deps.resolver));
  const live = new Set<Agent>();
  const retire = (agent: Agent) => {
    if (!agent.destroyed) void agent.close().finally(() => live.delete(agent));
  };
  // undici fixes the connect timeout per pool, so each distinct setting has its own pools. Users choose the values:
  // hence the bound; an evicted agent finishes what it has.
  const agents = new LRUCache<string, Agent>({ max: 32, dispose: retire });

  function open(connectTimeoutMs: number, verifyTls: boolean): Agent {
    const connector = buildConnector({
      timeout: connectTimeoutMs,
      rejectUnauthorized: verifyTls,
      allowH2: false,
      lookup,
    });
    const agent = new Agent({
      connections: deps.connectionsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: 10_000,
      keepAliveMaxTimeout: 60_000,
      connect(options, callback) {
        // a literal address never reaches the lookup
        if (isIP(bare(options.hostname)) !== 0 && !deps.isAllowed(options.hostname)) {
          callback(new BlockedAddressError(`${options.hostname} is not an allowed address`), null);
        } else {
          connector(options, callback);
        }
      },
    });
    live.add(agent);
    return agent;
  }

  return {
    agentFor({ connectTimeoutMs, verifyTls }) {
      const key = `${connectTimeoutMs}:${verifyTls}`;
      const known = agents.get(key);
      if (known !== undefined) return known;
      const agent = open(connectTimeoutMs, verifyTls);
      agents.set(key, agent);
      return agent;
    },
    async close() {
      // destroyed, not closed: idle keep-alive sockets would hold the process
      await Promise.all([...live].map((agent) => agent.destroy()));
      live.clear();
      agents.clear();
    },
  };
}

function checkedLookup(isAllowed: (address: string) => boolean, resolver: Resolver): LookupFunction {
  return (hostname, options, callback) => {
    resolver(hostname).then(
      (addresses) => {
        const usable = addresses.filter(({ address }) => isAllowed(address));
        const [first] = usable;
        if (first === undefined) {
          const found = addresses.map(({ address }) => address).join(", ");
          callback(new BlockedAddressError(`${hostname} resolves to no allowed address (${found})`), "", 0);
        } else if (options.all === true) {
          callback(null, [...usable]);
        } else {
          callback(null, first.address, first.family);
        }
      },
      (error: NodeJS.ErrnoException) => callback(error, "", 0),
    );
  };
}

/**
 * One question per name at a time: the system's resolver has four threads, and one name whose DNS hangs must not
 * take them all.
 */
function shared(resolver: Resolver): Resolver {
  const asking = new Map<string, Promise<readonly ResolvedAddress[]>>();
  return (hostname) => {
    const underWay = asking.get(hostname);
    if (underWay !== undefined) return underWay;
    const answer = resolver(hostname).finally(() => asking.delete(hostname));
    asking.set(hostname, answer);
    return answer;
  };
}

function bare(hostname: string): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}
