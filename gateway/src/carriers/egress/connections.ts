// Sockets to places that users name: keep-alive pools bounded per origin, opened only to addresses that the policy
// allows. The check runs on what DNS answered, at the moment of connecting, so that a name cannot change its mind.

import { lookup as resolve } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { LRUCache } from "lru-cache";
import { Agent, buildConnector } from "undici";
import { droppingUnsent } from "./drop-unsent.ts";
import { BlockedAddressError } from "./failure.ts";

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a host name; rejects with a DNS error code (`ENOTFOUND` …). */
export type Resolver = (hostname: string) => Promise<readonly ResolvedAddress[]>;

export interface Connections {
  /** The pools for these connection settings. Good for one dispatch; not to be kept. */
  agentFor(settings: ConnectionSettings): Agent;
  /** Connects and hangs up: TCP, and TLS with https, but no request. Rejects with what a request would fail with. */
  tryConnect(url: URL, settings: ConnectionSettings): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionSettings {
  readonly connectTimeoutMs: number;
  readonly verifyTls: boolean;
  /** Default: what the connections were created with. */
  readonly connectionsPerOrigin?: number;
  /** PEM: the server's certificate must be this one or signed by it, and no other authority counts. */
  readonly certificate?: string;
}

type Connector = ReturnType<typeof buildConnector>;

export const systemResolver: Resolver = (hostname) => resolve(hostname, { all: true, verbatim: true });

export function createConnections(deps: {
  readonly isAllowed: (address: string) => boolean;
  readonly resolver: Resolver;
  readonly connectionsPerOrigin: number;
  /** How long an idle connection is kept where the server does not say; default 10 s. */
  readonly keepAliveMs?: number;
  /** A request that is given up leaves nothing behind that the kernel would still deliver; default false. */
  readonly dropUnsent?: boolean;
}): Connections {
  const lookup = checkedLookup(deps.isAllowed, shared(deps.resolver));
  const live = new Set<Agent>();
  const retire = (agent: Agent) => {
    if (!agent.destroyed) void agent.close().finally(() => live.delete(agent));
  };
  // undici fixes the connect timeout per pool, so each distinct setting has its own pools. Users choose the values:
  // hence the bound; an evicted agent finishes what it has.
  const agents = new LRUCache<string, Agent>({ max: 32, dispose: retire });

  function connectorFor({ connectTimeoutMs, verifyTls, certificate }: ConnectionSettings): Connector {
    const build = buildConnector({
      timeout: connectTimeoutMs,
      rejectUnauthorized: verifyTls,
      allowH2: false,
      lookup,
      ...(certificate === undefined ? {} : { ca: certificate, allowPartialTrustChain: true }),
    });
    const connector = deps.dropUnsent === true ? droppingUnsent(build) : build;
    return (options, callback) => {
      // a literal address never reaches the lookup
      if (isIP(bare(options.hostname)) !== 0 && !deps.isAllowed(options.hostname)) {
        callback(new BlockedAddressError(`${options.hostname} is not an allowed address`), null);
      } else {
        connector(options, callback);
      }
    };
  }

  function open(settings: ConnectionSettings): Agent {
    const agent = new Agent({
      connections: settings.connectionsPerOrigin ?? deps.connectionsPerOrigin,
      pipelining: 1,
      keepAliveTimeout: deps.keepAliveMs ?? 10_000,
      keepAliveMaxTimeout: 60_000,
      connect: connectorFor(settings),
    });
    live.add(agent);
    return agent;
  }

  return {
    agentFor(settings) {
      const { connectTimeoutMs, verifyTls, connectionsPerOrigin, certificate } = settings;
      const key = JSON.stringify([connectTimeoutMs, verifyTls, connectionsPerOrigin, certificate]);
      const known = agents.get(key);
      if (known !== undefined) return known;
      const agent = open(settings);
      agents.set(key, agent);
      return agent;
    },
    tryConnect(url, settings) {
      const { hostname, host, protocol, port } = url;
      return new Promise((resolve, reject) => {
        connectorFor(settings)({ hostname, host, protocol, port }, (error, socket) => {
          if (error !== null) return reject(error);
          // whoever hangs up while the other side still writes gets a reset
          socket.on("error", () => undefined).destroy();
          resolve();
        });
      });
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
