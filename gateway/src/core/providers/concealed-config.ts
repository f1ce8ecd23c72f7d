// A provider's settings for who may not see its credentials, and for what is kept for long: people put passwords into
// headers, URLs and bodies of the requests that they write. Names stay; placeholders stay, for they are no secrets.

import type { Provider } from "./provider.ts";

type Config = Provider["config"];

const hidden = "[hidden]";

const urlKeys = ["baseUrl", "endpoint", "url", "authUrl"] as const;
const onlyPlaceholder = /^\$\{[\w.-]+\}$/;

/** Values of headers, users and queries of URLs, and bodies are hidden. */
export function concealed(config: Config): Config {
  const { headers, body, requests, authentication } = config;
  const urls = urlKeys.flatMap((key) => {
    const url = config[key];
    return typeof url === "string" ? [[key, concealedUrl(url)] as const] : [];
  });
  return {
    ...config,
    ...Object.fromEntries(urls),
    ...(isRecord(headers) ? { headers: Object.fromEntries(Object.keys(headers).map((name) => [name, hidden])) } : {}),
    ...(typeof body === "string" ? { body: hidden } : {}),
    ...(isRecord(authentication) ? { authentication: concealed(authentication) } : {}),
    ...(Array.isArray(requests)
      ? { requests: requests.map((request: unknown) => (isRecord(request) ? concealed(request) : hidden)) }
      : {}),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Also of what is no URL, but is meant to be one once its placeholders have values. */
function concealedUrl(url: string): string {
  const [address = "", ...query] = url.split("?");
  const plain = address.replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/]*@/i, `$1//${hidden}@`).replace(/#.*$/s, `#${hidden}`);
  return query.length === 0 ? plain : `${plain}?${query.join("?").split("&").map(concealedPair).join("&")}`;
}

function concealedPair(pair: string): string {
  const end = pair.indexOf("=");
  if (end < 0) return onlyPlaceholder.test(pair) || pair === "" ? pair : hidden;
  const [name, value] = [pair.slice(0, end), pair.slice(end + 1)];
  return value === "" || onlyPlaceholder.test(value) ? pair : `${name}=${hidden}`;
}
