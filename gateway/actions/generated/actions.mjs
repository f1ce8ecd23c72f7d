// Made from gateway/actions by `npm run generate`: change it there.
import { Agent, request } from "node:http";
import { Agent as Agent$1, request as request$1 } from "node:https";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js/min";
import { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { extname } from "node:path";
// gateway/src/core/segments/gsm-alphabet.ts
const basic = "\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz¡£¤¥§¿ÄÅÆÇÉÑÖØÜßàäåæèéìñòöøùüΓΔΘΛΞΠΣΦΨΩ";
const extension = "\f[\\]^{|}~€";
const septets = new Uint8Array(8365);
for (const character of basic) septets[character.charCodeAt(0)] = 1;
for (const character of extension) septets[character.charCodeAt(0)] = 2;
function septetsOf(codeUnit) {
	return septets[codeUnit] ?? 0;
}
[...basic];
[...extension];
// gateway/src/core/segments/count.ts
const GSM_SINGLE = 160;
const GSM_PART = 153;
const UCS2_SINGLE = 70;
const UCS2_PART = 67;
const graphemes = new Intl.Segmenter("und", { granularity: "grapheme" });
function countSegments(text) {
	const septets = countSeptets(text);
	if (septets < 0) return {
		encoding: "UCS-2",
		segments: countUcs2Segments(text),
		units: text.length
	};
	return {
		encoding: "GSM-7",
		segments: countGsmSegments(text, septets),
		units: septets
	};
}
function countSeptets(text) {
	let total = 0;
	for (let index = 0; index < text.length; index++) {
		const septets = septetsOf(text.charCodeAt(index));
		if (septets === 0) return -1;
		total += septets;
	}
	return total;
}
function countGsmSegments(text, septets) {
	if (septets <= GSM_SINGLE) return 1;
	if (septets === text.length) return Math.ceil(septets / GSM_PART);
	let segments = 1;
	let used = 0;
	for (let index = 0; index < text.length; index++) {
		const size = septetsOf(text.charCodeAt(index));
		if (used + size > GSM_PART) {
			segments++;
			used = 0;
		}
		used += size;
	}
	return segments;
}
function countUcs2Segments(text) {
	if (text.length <= UCS2_SINGLE) return 1;
	const clusters = graphemes.segment(text);
	let segments = 1;
	let start = 0;
	while (text.length - start > UCS2_PART) {
		start = cutAtOrBefore(text, clusters, start, start + UCS2_PART);
		segments++;
	}
	return segments;
}
function cutAtOrBefore(text, clusters, start, limit) {
	const cluster = clusters.containing(limit);
	if (cluster === void 0 || cluster.index === limit || cluster.segment === "\r\n") return limit;
	if (cluster.index > start) return cluster.index;
	return isSurrogatePair(text, limit - 1) ? limit - 1 : limit;
}
function isSurrogatePair(text, index) {
	return (text.codePointAt(index) ?? 0) > 65535;
}
// gateway/actions/errors.ts
var ActionError = class extends Error {
	kind;
	facts;
	constructor(kind, message, facts = {}) {
		super(message);
		this.name = "ActionError";
		this.kind = kind;
		this.facts = facts;
	}
};
function invalidInput(message) {
	return new ActionError("invalid-input", message);
}
// gateway/actions/json.ts
function isObject(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
function parseJson(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
function textOf$1(object, key) {
	const value = object[key];
	return typeof value === "string" ? value : "";
}
function textOrNull(object, key) {
	const value = object[key];
	return typeof value === "string" ? value : null;
}
function numberOrNull(object, key) {
	const value = object[key];
	return typeof value === "number" ? value : null;
}
// gateway/actions/message.ts
function readMessage(json) {
	const sid = textOf$1(json, "sid");
	if (sid === "") throw new ActionError("unexpected-answer", "The answer is not a message: it has no SID. Is the API base URL right?");
	const links = json["subresource_uris"];
	return {
		sid,
		accountSid: textOf$1(json, "account_sid"),
		messagingServiceSid: textOrNull(json, "messaging_service_sid"),
		direction: textOf$1(json, "direction"),
		from: textOrNull(json, "from"),
		to: textOf$1(json, "to"),
		body: textOf$1(json, "body"),
		status: textOf$1(json, "status"),
		numSegments: String(json["num_segments"] ?? "0"),
		numMedia: String(json["num_media"] ?? "0"),
		errorCode: numberOrNull(json, "error_code"),
		errorMessage: textOrNull(json, "error_message"),
		price: textOrNull(json, "price"),
		priceUnit: textOrNull(json, "price_unit"),
		dateCreated: isoDate(json["date_created"]),
		dateUpdated: isoDate(json["date_updated"]),
		dateSent: isoDate(json["date_sent"]),
		apiVersion: textOf$1(json, "api_version"),
		uri: textOf$1(json, "uri"),
		subresourceUris: isObject(links) ? textsOf(links) : {}
	};
}
function textsOf(object) {
	return Object.fromEntries(Object.entries(object).flatMap(([key, value]) => typeof value === "string" ? [[key, value]] : []));
}
function isoDate(value) {
	const ms = typeof value === "string" ? Date.parse(value) : NaN;
	return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
// gateway/src/core/callbacks/retries.ts
const SECOND = 1e3;
function retryAfterMs(header, nowMs) {
	if (header === null) return null;
	const text = header.trim();
	if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * SECOND;
	const at = Date.parse(text);
	return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
// gateway/actions/http/exchange.ts
const LARGEST_ANSWER = 67108864;
function exchange(request) {
	return new Promise((resolve) => {
		let connected = false;
		const fail = (code, reason) => resolve({
			kind: "failed",
			reached: connected,
			code,
			reason
		});
		const outgoing = open(request);
		if (outgoing instanceof Error) return fail(codeOf(outgoing), outgoing.message);
		const stop = (code, reason) => {
			fail(code, reason);
			outgoing.destroy();
		};
		const { timeoutMs, signal } = request;
		const onTimeout = () => stop("TIMEOUT", `no answer within ${timeoutMs} ms`);
		const timer = timeoutMs > 0 ? setTimeout(onTimeout, timeoutMs) : void 0;
		const onAbort = () => stop("ABORTED", "the caller gave up");
		signal?.addEventListener("abort", onAbort, { once: true });
		outgoing.on("socket", (socket) => {
			if (outgoing.reusedSocket || !socket.connecting && !isTls(socket)) connected = true;
			else socket.once(isTls(socket) ? "secureConnect" : "connect", () => connected = true);
		});
		outgoing.on("error", (error) => fail(codeOf(error), error.message));
		outgoing.on("response", (incoming) => {
			connected = true;
			collect(incoming, stop, (body) => resolve({
				kind: "answer",
				status: incoming.statusCode ?? 0,
				headers: incoming.headers,
				body
			}));
		});
		outgoing.on("close", () => {
			clearTimeout(timer);
			signal?.removeEventListener("abort", onAbort);
			fail("ECONNRESET", "the connection was closed before the answer was complete");
		});
		if (signal?.aborted) onAbort();
		else outgoing.end(request.body ?? void 0);
	});
}
function open({ method, url, headers, body, agents }) {
	const withBody = body !== null || /^(POST|PUT|PATCH)$/.test(method);
	const options = {
		method,
		headers: {
			...headers,
			...withBody ? { "content-length": String(body?.length ?? 0) } : {}
		}
	};
	try {
		if (url.protocol === "https:") return request$1(url, {
			...options,
			agent: agents?.https ?? false
		});
		return request(url, {
			...options,
			agent: agents?.http ?? false
		});
	} catch (thrown) {
		return thrown instanceof Error ? thrown : new Error(String(thrown));
	}
}
function collect(incoming, stop, done) {
	const chunks = [];
	let size = 0;
	incoming.on("data", (chunk) => {
		size += chunk.length;
		if (size > LARGEST_ANSWER) stop("TOO_LARGE", `the answer is larger than ${LARGEST_ANSWER / 1024 / 1024} MB`);
		else chunks.push(chunk);
	});
	incoming.on("error", (error) => stop(codeOf(error), "the connection broke before the answer was complete"));
	incoming.on("end", () => {
		if (incoming.complete) done(Buffer.concat(chunks));
	});
}
function isTls(socket) {
	return "encrypted" in socket;
}
function codeOf(error) {
	return "code" in error && typeof error.code === "string" ? error.code : "FAILED";
}
// gateway/actions/http/log.ts
async function observedExchange(connection, request, attempt) {
	const startedMs = performance.now();
	const result = await exchange(request);
	connection.onExchange?.(describe(connection, request, result, {
		attempt,
		startedMs
	}));
	return result;
}
function describe(connection, request, result, { attempt, startedMs }) {
	return {
		method: request.method,
		url: connection.redact(maskUrl(request.url)),
		headerNames: Object.keys(request.headers).map((name) => name.toLowerCase()),
		requestBytes: request.body?.length ?? 0,
		attempt,
		durationMs: Math.round(performance.now() - startedMs),
		status: result.kind === "answer" ? result.status : null,
		responseBytes: result.kind === "answer" ? result.body.length : 0,
		failure: result.kind === "failed" ? connection.redact(`${result.code}: ${result.reason}`) : null
	};
}
function maskUrl(url) {
	const names = [...new Set(url.searchParams.keys())].map((name) => `${name}=…`).join("&");
	const path = url.pathname.replace(/(^|[^0-9a-zA-Z])((?:\+|%2B)?\d{3})\d{4,}/gi, "$1$2…");
	return `${url.origin}${path}${names === "" ? "" : `?${names}`}`;
}
// gateway/actions/http/retry.ts
const LONGEST_BACKOFF_MS = 3e4;
const HOPELESS = /^(ENOTFOUND|EPROTO|HPE_|ERR_TLS|ERR_INVALID|ERR_HTTP|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|TOO_LARGE)/;
async function withRetries(send, plan) {
	for (let attempt = 1;; attempt++) {
		const result = await send(attempt);
		if (attempt > plan.retries || plan.signal?.aborted === true || !plan.mayRepeat(result)) return result;
		const askedMs = result.kind === "answer" ? retryAfterMs(result.headers["retry-after"] ?? null, Date.now()) ?? 0 : 0;
		if (askedMs > plan.longestWaitMs) return result;
		await pause(Math.max(askedMs, plan.delayMs(attempt)), plan.signal);
	}
}
function backoffMs(baseMs, retry) {
	const whole = Math.min(LONGEST_BACKOFF_MS, baseMs * 2 ** (retry - 1));
	return whole / 2 + whole / 2 * Math.random();
}
function mayRepeat(result, repeatable) {
	if (result.kind === "failed") {
		if (result.code === "ABORTED" || HOPELESS.test(result.code)) return false;
		return repeatable || !result.reached;
	}
	if (result.status === 429) return true;
	return repeatable && (result.status === 408 || result.status >= 500);
}
async function pause(ms, signal) {
	try {
		await setTimeout$1(ms, void 0, signal === void 0 ? {} : { signal });
	} catch (thrown) {
		if (signal?.aborted !== true) throw thrown;
		throw new ActionError("aborted", "Stopped by the caller.");
	}
}
// gateway/actions/http/call.ts
async function call(connection, request) {
	const repeatable = request.repeatable ?? request.method !== "POST";
	const { retries, baseDelayMs, longestWaitMs } = connection.retry;
	return readAnswer(connection, await withRetries((attempt) => send(connection, request, {
		repeatable,
		attempt
	}), {
		retries,
		delayMs: (retry) => backoffMs(baseDelayMs, retry),
		longestWaitMs,
		mayRepeat: (exchange) => mayRepeat(exchange, repeatable),
		signal: connection.signal
	}), repeatable);
}
function send(connection, request, { repeatable, attempt }) {
	const url = connection.urlOf(request.product ?? "api", request.path);
	for (const [name, value] of request.query ?? []) url.searchParams.append(name, value);
	const form = request.method === "POST" ? encodePairs(request.form ?? []) : null;
	return observedExchange(connection, {
		method: request.method,
		url,
		headers: {
			accept: "application/json",
			"user-agent": "trunkline-actions",
			...form === null ? {} : { "content-type": "application/x-www-form-urlencoded" },
			...request.headers,
			authorization: request.authorization ?? connection.authorization()
		},
		body: form === null ? null : Buffer.from(form),
		timeoutMs: connection.timeoutMs,
		signal: connection.signal,
		agents: repeatable ? connection.agents : void 0
	}, attempt);
}
function encodePairs(pairs) {
	return pairs.map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`).join("&");
}
function readAnswer(connection, result, repeatable) {
	if (result.kind === "failed") throw failureError(connection, result, repeatable);
	const { status, headers, body } = result;
	if (status < 200 || status > 299) throw answerError(connection, result, repeatable);
	if (body.length === 0 && status === 204) return {
		status,
		headers,
		json: {}
	};
	const json = parseJson(body.toString("utf8"));
	if (isObject(json)) return {
		status,
		headers,
		json
	};
	throw new ActionError("unexpected-answer", `${connection.serverName} answered ${status} with ${kindOfBody(result)} instead of JSON. Is the API base URL right?`, { status });
}
function failureError(connection, failure, repeatable) {
	const { code, reached } = failure;
	const reason = connection.redact(failure.reason);
	if (code === "ABORTED") return new ActionError("aborted", "Stopped by the caller.");
	if (code === "TOO_LARGE") return new ActionError("unexpected-answer", `${connection.serverName}: ${reason}.`);
	const story = `${connection.serverName}: ${reason} (${code}).`;
	if (!reached) return new ActionError("unavailable", `No connection to ${story} Nothing was sent.`);
	if (repeatable) return new ActionError("unavailable", `No answer from ${story}`);
	return new ActionError("unknown-outcome", `No answer from ${story} The request may have been carried out, so it was not sent again.`);
}
function answerError(connection, answer, repeatable) {
	const { status } = answer;
	const parsed = parseJson(answer.body.toString("utf8"));
	const json = isObject(parsed) ? isObject(parsed["error"]) ? parsed["error"] : parsed : {};
	const code = numberOrNull(json, "code");
	const waitMs = retryAfterMs(answer.headers["retry-after"] ?? null, Date.now());
	const moreInfo = textOf$1(json, "more_info");
	const facts = {
		status,
		...code === null ? {} : { code },
		...moreInfo === "" ? {} : { moreInfo },
		...waitMs === null ? {} : { retryAfterSeconds: Math.ceil(waitMs / 1e3) }
	};
	const given = textOf$1(json, "message") || textOf$1(json, "detail") || textOf$1(json, "title");
	const said = given === "" ? `it answered with ${kindOfBody(answer)}` : given;
	const name = code === null ? connection.serverName : `${connection.serverName} ${code}`;
	const kind = kindOf$1(status, repeatable);
	const parts = [
		`${name} (HTTP ${status}): ${said}`,
		adviceFor(kind, facts.retryAfterSeconds),
		moreInfo
	];
	return new ActionError(kind, connection.redact(parts.filter((part) => part !== "").join(" ")), facts);
}
function kindOf$1(status, repeatable) {
	if (status === 401 || status === 403) return "credentials";
	if (status === 404) return "not-found";
	if (status === 429) return "rate-limited";
	if (status >= 300 && status < 400) return "unexpected-answer";
	if (status < 500 && status !== 408) return "refused";
	return repeatable ? "unavailable" : "unknown-outcome";
}
function adviceFor(kind, retryAfterSeconds) {
	switch (kind) {
		case "credentials": return "Check the connection's credentials and what they may do.";
		case "rate-limited": return retryAfterSeconds === void 0 ? "Try again later." : `Try again in ${retryAfterSeconds} s.`;
		case "unknown-outcome": return "It may have been carried out, so it was not sent again.";
		case "unexpected-answer": return "Redirects are not followed. Is the API base URL right?";
		default: return "";
	}
}
function kindOfBody({ headers, body }) {
	if (body.length === 0) return "nothing";
	const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
	if (type.includes("html")) return "an HTML page";
	return /^[\w.+-]+\/[\w.+-]+$/.test(type) ? `a body of type ${type}` : "a body of no known type";
}
// gateway/actions/paging.ts
async function* pagesOf(connection, request) {
	const seen = new Set();
	let query = request.query;
	for (;;) {
		const { json, headers } = await call(connection, {
			...request,
			method: "GET",
			query
		});
		const items = json[request.key];
		if (!Array.isArray(items) || !items.every(isObject)) throw new ActionError("unexpected-answer", `The list has no ${request.key}. Is the API base URL right?`);
		const next = nextQuery(json);
		const token = next?.get("PageToken") ?? null;
		yield {
			items,
			nextPageToken: token,
			serverTimeMs: Date.parse(headers.date ?? "") || Date.now()
		};
		if (next === null || token === null) return;
		if (seen.has(token)) throw new ActionError("unexpected-answer", "The list leads in a circle.");
		seen.add(token);
		query = [...next];
	}
}
function nextQuery(json) {
	const meta = json["meta"];
	const link = isObject(meta) ? meta["next_page_url"] : json["next_page_uri"];
	if (typeof link !== "string" || !link.includes("?")) return null;
	return new URLSearchParams(link.slice(link.indexOf("?") + 1).split("#", 1)[0]);
}
// gateway/actions/find-message.ts
const MOST_PAGES$2 = 5;
const GRAIN_MS = 1e3;
async function findSent(connection, { to, from, messagingServiceSid, body, mediaUrls, sendAt }, windowMs) {
	const query = [
		["To", to],
		...from === null ? [] : [["From", from]],
		["PageSize", "100"]
	];
	let pages = 0;
	for await (const page of pagesOf(connection, {
		path: messagesPath(connection),
		key: "messages",
		query
	})) {
		const sinceMs = page.serverTimeMs - windowMs() - GRAIN_MS;
		const messages = page.items.map(readMessage);
		const found = messages.find((message) => message.body === body && Number(message.numMedia) === mediaUrls.length && message.direction.startsWith("outbound") && (messagingServiceSid === null || message.messagingServiceSid === messagingServiceSid) && sendAt === null === (message.status !== "scheduled") && createdMs(message) >= sinceMs);
		if (found !== void 0) return found;
		pages += 1;
		if (pages === MOST_PAGES$2 || messages.some((message) => createdMs(message) < sinceMs)) return null;
	}
	return null;
}
function messagesPath(connection) {
	return `/2010-04-01/Accounts/${connection.accountSid}/Messages.json`;
}
function messagePath(connection, sid) {
	return `/2010-04-01/Accounts/${connection.accountSid}/Messages/${sid}.json`;
}
function createdMs({ dateCreated }) {
	return dateCreated === null ? NaN : Date.parse(dateCreated);
}
// gateway/actions/account.ts
const PERMISSION_MISSING = 70051;
async function verifyConnection(connection) {
	const { accountSid } = connection;
	if (connection.isApiKey) {
		await tryApiKey(connection);
		return {
			accountSid,
			friendlyName: null,
			status: null,
			type: null
		};
	}
	const { json } = await call(connection, {
		method: "GET",
		path: `/2010-04-01/Accounts/${accountSid}.json`
	});
	if (textOrNull(json, "sid")?.toLowerCase() !== accountSid.toLowerCase()) throw new ActionError("unexpected-answer", "The answer is not the account. Is the API base URL right?");
	return {
		accountSid,
		friendlyName: textOrNull(json, "friendly_name"),
		status: textOrNull(json, "status"),
		type: textOrNull(json, "type")
	};
}
async function tryApiKey(connection) {
	try {
		await call(connection, {
			method: "GET",
			path: messagesPath(connection),
			query: [["PageSize", "1"]]
		});
	} catch (thrown) {
		if (!(thrown instanceof ActionError) || thrown.facts.code !== PERMISSION_MISSING) throw thrown;
	}
}
// gateway/src/core/keywords/keyword.ts
function foldWord(text) {
	return text.normalize("NFKC").toLowerCase().toUpperCase().normalize("NFKC");
}
function onlyWordOf(body) {
	const word = body.trim();
	if (word === "" || word.length > 80 || /\s/.test(word)) return null;
	return foldWord(word);
}
// gateway/src/core/keywords/languages.ts
const english = {
	words: {
		STOP: [
			"STOP",
			"STOPALL",
			"UNSUBSCRIBE",
			"CANCEL",
			"END",
			"QUIT",
			"REVOKE",
			"OPTOUT"
		],
		START: [
			"START",
			"YES",
			"UNSTOP"
		],
		HELP: ["HELP", "INFO"]
	},
	replies: {
		STOP: "You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.",
		START: "You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
		HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
	}
};
// gateway/src/core/addresses/sender-id.ts
const SHORT_CODE = /^\d{3,8}$/;
const ALPHANUMERIC = /^(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}$/;
function isShortCode(text) {
	return SHORT_CODE.test(text);
}
function isAlphanumericId(text) {
	return ALPHANUMERIC.test(text);
}
// gateway/src/core/ids.ts
const SID = /^[A-Z]{2}[0-9a-fA-F]{32}$/;
function isSid(text, ...prefixes) {
	return SID.test(text) && prefixes.includes(text.slice(0, 2));
}
function canonicalSid(sid) {
	return sid.slice(0, 2) + sid.slice(2).toLowerCase();
}
// gateway/actions/sids.ts
function readSid(given, ...prefixes) {
	const text = given.trim();
	const sid = canonicalSid(text.slice(0, 2).toUpperCase() + text.slice(2));
	return isSid(sid, ...prefixes) ? sid : null;
}
function readMessageSid(given) {
	const sid = readSid(given, "SM", "MM");
	if (sid !== null) return sid;
	throw invalidInput("The message SID must be SM or MM and 32 hexadecimal digits.");
}
function readServiceSid(given) {
	const sid = readSid(given, "MG");
	if (sid !== null) return sid;
	throw invalidInput("The messaging service SID must be MG and 32 hexadecimal digits.");
}
// gateway/actions/addresses.ts
const CHANNEL = /^(whatsapp|messenger|rcs|client|apple):(.{1,256})$/i;
function readRecipient(given, defaultRegion, name = "To") {
	const text = given.trim();
	if (text === "") throw invalidInput(`${name} is empty: give a phone number.`);
	const address = channelAddress(text) ?? phoneNumber(text, defaultRegion);
	if (address !== null) return address;
	throw invalidInput(`${name} is not a phone number: give it in international form (+12025550142), or as a number of ${defaultRegion}.`);
}
function readSender(given, defaultRegion) {
	const text = given.trim();
	const service = readSid(text, "MG");
	if (service !== null) return {
		kind: "service",
		messagingServiceSid: service
	};
	const address = isShortCode(text) ? text : channelAddress(text) ?? phoneNumber(text, defaultRegion) ?? (isAlphanumericId(text) ? text : null);
	if (address !== null) return {
		kind: "address",
		address
	};
	throw invalidInput("From is none of: a phone number, a short code, an alphanumeric sender id (1 to 11 letters and digits), a messaging service (MG…), a channel address (whatsapp:+…).");
}
function readRegion(given) {
	const region = given?.trim().toUpperCase() || "US";
	if (isSupportedCountry(region)) return region;
	throw invalidInput("The default region must be a country's two letters, such as US or DE.");
}
function channelAddress(text) {
	const match = CHANNEL.exec(text);
	if (match === null) return null;
	const [, channel = "", name = ""] = match;
	if (name.trim() === "") return null;
	if (channel.toLowerCase() !== "whatsapp") return `${channel.toLowerCase()}:${name.trim()}`;
	const number = phoneNumber(name, "US");
	return number === null ? null : `whatsapp:${number}`;
}
function phoneNumber(text, region) {
	if (/[a-z]/i.test(text)) return null;
	const compact = text.trim();
	const number = parsePhoneNumberFromString(compact, region);
	if (number === void 0 || number.ext !== void 0) return null;
	return (compact.startsWith("+") ? number.isPossible() : number.isValid()) ? number.number : null;
}
// gateway/actions/consent-record.ts
const MOST_PAGES$1 = 20;
async function consentsOnGateway(connection, contact, sender) {
	if (connection.isTwilio || contact.includes(":")) return null;
	try {
		const stored = await storedConsents(connection, contact);
		const signs = [];
		for (const sign of stored) if (await concerns(connection, sign, sender)) signs.push(sign);
		return signs;
	} catch (thrown) {
		if (!(thrown instanceof ActionError)) throw thrown;
		if (/^(not-found|credentials|refused|unexpected-answer)$/.test(thrown.kind)) return null;
		throw thrown;
	}
}
async function storedConsents(connection, contact) {
	const signs = [];
	let after = null;
	for (let page = 0; page < MOST_PAGES$1; page++) {
		const { json } = await call(connection, {
			method: "GET",
			path: "/trunkline/v1/consents",
			query: [
				["account", connection.accountSid],
				["contact", contact],
				...after === null ? [] : [["after", after]]
			]
		});
		const { consents } = json;
		if (!Array.isArray(consents)) throw new ActionError("unexpected-answer", "The answer has no consents.");
		signs.push(...consents.filter(isObject).flatMap(signOf));
		after = textOrNull(json, "next");
		if (after === null) break;
	}
	return signs;
}
function signOf(consent) {
	const atMs = Date.parse(textOf$1(consent, "consentedAt"));
	const status = {
		"opt-in": "opted-in",
		"opt-out": "opted-out"
	}[textOf$1(consent, "status")];
	if (status === void 0 || Number.isNaN(atMs)) return [];
	return [{
		sender: textOf$1(consent, "sender"),
		status,
		evidence: "stored-consent",
		messageSid: null,
		atMs
	}];
}
async function concerns(connection, { sender: towards }, sender) {
	if (sender === null || towards.toLowerCase() === sender.toLowerCase()) return true;
	if (!/^MG/i.test(towards) || /^MG/i.test(sender)) return false;
	const isNumber = sender.startsWith("+");
	const path = `/v1/Services/${towards}/${isNumber ? "PhoneNumbers" : "ShortCodes"}`;
	const [key, field] = isNumber ? ["phone_numbers", "phone_number"] : ["short_codes", "short_code"];
	for await (const { items } of pagesOf(connection, {
		product: "messaging",
		path,
		key,
		query: [["PageSize", "1000"]]
	})) if (items.some((item) => item[field] === sender)) return true;
	return false;
}
// gateway/actions/list-messages.ts
const MOST_LOOKED_THROUGH = 1e5;
async function listMessages(connection, input = {}) {
	const limit = readLimit(input.limit);
	const query = readQuery(input, Boolean(input.status || input.direction) ? 1e3 : Math.min(limit, 1e3));
	const matches = matcherOf(input);
	const messages = [];
	let looked = 0;
	for await (const page of pagesOf(connection, {
		path: messagesPath(connection),
		key: "messages",
		query
	})) {
		const matching = page.items.map(readMessage).filter(matches);
		const taken = matching.slice(0, limit - messages.length);
		messages.push(...taken);
		looked += page.items.length;
		const isMore = taken.length < matching.length || page.nextPageToken !== null;
		if (messages.length === limit || looked >= MOST_LOOKED_THROUGH && limit !== Number.POSITIVE_INFINITY) return {
			messages,
			truncated: isMore
		};
	}
	return {
		messages,
		truncated: false
	};
}
async function listMessagePage(connection, input = {}) {
	const token = input.pageToken?.trim();
	const paging = token ? [["Page", "1"], ["PageToken", token]] : [];
	const query = [...readQuery(input, 50), ...paging];
	const matches = matcherOf(input);
	for await (const page of pagesOf(connection, {
		path: messagesPath(connection),
		key: "messages",
		query
	})) return {
		messages: page.items.map(readMessage).filter(matches),
		nextPageToken: page.nextPageToken
	};
	return {
		messages: [],
		nextPageToken: null
	};
}
function readLimit(limit) {
	if (limit === "all") return Number.POSITIVE_INFINITY;
	if (limit === void 0) return 100;
	if (Number.isInteger(limit) && limit >= 1) return limit;
	throw invalidInput("The limit must be a whole number of at least 1, or all.");
}
function readQuery(input, defaultSize) {
	const size = input.pageSize ?? defaultSize;
	if (!(Number.isInteger(size) && size >= 1 && size <= 1e3)) throw invalidInput("The page size must be a whole number from 1 to 1000.");
	return [
		["To", input.to],
		["From", input.from],
		["DateSent", readDate(input.dateSent)],
		["DateSent<", readDate(input.dateSentBefore)],
		["DateSent>", readDate(input.dateSentAfter)],
		["PageSize", String(size)]
	].flatMap(([name, value]) => value?.trim() ? [[name, value.trim()]] : []);
}
function readDate(given) {
	const text = given?.trim();
	if (!text || /^\d{4}-\d{2}-\d{2}$/.test(text)) return text;
	const ms = Date.parse(text);
	if (Number.isNaN(ms)) throw invalidInput("A date must be given as 2026-01-31 or 2026-01-31T09:30:00Z.");
	return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
function matcherOf({ status, direction }) {
	const wantedStatus = status?.trim().toLowerCase();
	const wanted = direction?.trim().toLowerCase();
	return (message) => (!wantedStatus || message.status === wantedStatus) && (!wanted || message.direction === wanted || wanted === "outbound" && message.direction.startsWith("outbound-"));
}
// gateway/actions/check-consent.ts
const UNSUBSCRIBED = 21610;
const MOST_MESSAGES = 1e3;
async function checkConsent(connection, input) {
	const region = readRegion(input.defaultRegion);
	const contact = readRecipient(input.contact, region, "The contact");
	const given = input.sender?.trim() ? readSender(input.sender, region) : null;
	const sender = given === null ? null : given.kind === "service" ? given.messagingServiceSid : given.address;
	const stored = await consentsOnGateway(connection, contact, sender);
	const sign = decisive(stored ?? await signsOfMessages(connection, contact, sender));
	return {
		contact,
		sender,
		status: sign?.status ?? "unknown",
		source: stored === null ? "messages" : "consents",
		evidence: sign?.evidence ?? null,
		messageSid: sign?.messageSid ?? null,
		at: sign === void 0 ? null : new Date(sign.atMs).toISOString()
	};
}
function decisive(signs) {
	const newest = new Map();
	for (const sign of signs.toSorted((a, b) => b.atMs - a.atMs)) if (!newest.has(sign.sender)) newest.set(sign.sender, sign);
	const standing = [...newest.values()];
	return standing.find(({ status }) => status === "opted-out") ?? standing[0];
}
async function signsOfMessages(connection, contact, sender) {
	const isService = sender?.startsWith("MG") === true;
	const address = isService ? void 0 : sender ?? void 0;
	const [received, sent] = await Promise.all([listMessages(connection, {
		from: contact,
		to: address,
		direction: "inbound",
		limit: MOST_MESSAGES
	}), listMessages(connection, {
		to: contact,
		from: address,
		direction: "outbound",
		limit: MOST_MESSAGES
	})]);
	const concerns = (message) => !isService || message.messagingServiceSid === sender;
	return [...received.messages.filter(concerns).flatMap((message) => signOfKeyword(message)), ...sent.messages.filter(concerns).flatMap((message) => signOfRefusal(message))];
}
function signOfKeyword({ sid, to, body, dateCreated, messagingServiceSid }) {
	const word = onlyWordOf(body) ?? "";
	const { STOP, START } = english.words;
	const status = STOP.includes(word) ? "opted-out" : START.includes(word) ? "opted-in" : null;
	if (status === null || dateCreated === null) return [];
	return [{
		sender: messagingServiceSid ?? to,
		status,
		evidence: "keyword",
		messageSid: sid,
		atMs: Date.parse(dateCreated)
	}];
}
function signOfRefusal(message) {
	const { sid, from, errorCode, messagingServiceSid } = message;
	const at = message.dateUpdated ?? message.dateCreated;
	if (errorCode !== UNSUBSCRIBED || at === null) return [];
	return [{
		sender: messagingServiceSid ?? from ?? "",
		status: "opted-out",
		evidence: "refused-message",
		messageSid: sid,
		atMs: Date.parse(at)
	}];
}
// gateway/src/core/parse-url.ts
function parseUrl(text, base) {
	return URL.canParse(text, base) ? new URL(text, base) : null;
}
// gateway/actions/connection.ts
const TWILIO = "https://api.twilio.com";
const DEFAULT_TIMEOUT_MS = 3e4;
const IDLE_SOCKET_MS = 4e3;
function connect(settings) {
	const accountSid = readSid(settings.accountSid, "AC");
	if (accountSid === null) throw invalidInput("The account SID must be AC and 32 hexadecimal digits.");
	const base = readBaseUrl(settings.baseUrl?.trim() || TWILIO);
	const isTwilio = isTwilioHost(base.hostname);
	const { isApiKey, scheme, value, secret } = readCredentials(accountSid, isTwilio, settings);
	const secrets = [secret, value].filter((each) => each.length >= 4);
	const options = {
		keepAlive: true,
		timeout: IDLE_SOCKET_MS,
		maxSockets: 50
	};
	return {
		accountSid,
		isTwilio,
		isApiKey,
		serverName: isTwilio ? "Twilio" : base.host,
		urlOf: (product, path) => isTwilio ? onTwilio(base, product, path) : new URL(joined(base, path)),
		owns: (url) => isTwilio ? isTwilioUrl(url) : url.origin === base.origin && isBelow(url.pathname, base.pathname),
		authorization: () => `${scheme} ${value}`,
		redact: (text) => secrets.reduce((clean, secret) => clean.replaceAll(secret, "[secret]"), text),
		timeoutMs: settings.timeoutMs ?? DEFAULT_TIMEOUT_MS,
		retry: {
			retries: 3,
			baseDelayMs: 500,
			longestWaitMs: 6e4,
			...settings.retry
		},
		agents: {
			http: new Agent(options),
			https: new Agent$1(options)
		},
		onExchange: settings.onExchange,
		signal: settings.signal
	};
}
function readCredentials(accountSid, isTwilio, settings) {
	const accessKey = settings.accessKey?.trim() ?? "";
	if (accessKey !== "") {
		if (isTwilio) throw invalidInput("Twilio has no access keys: give the auth token, or an API key and its secret.");
		if (!/^[!-~]+$/.test(accessKey)) throw invalidInput("The access key has characters that no access key has.");
		return {
			isApiKey: true,
			scheme: "Bearer",
			value: accessKey,
			secret: accessKey
		};
	}
	const [user, secret] = readUser(accountSid, settings);
	const value = Buffer.from(`${user}:${secret}`).toString("base64");
	return {
		isApiKey: user !== accountSid,
		scheme: "Basic",
		value,
		secret
	};
}
function readUser(accountSid, settings) {
	const givenKeySid = settings.apiKeySid?.trim() ?? "";
	const keySecret = settings.apiKeySecret?.trim() ?? "";
	const token = settings.authToken?.trim() ?? "";
	if (givenKeySid === "" && keySecret === "") {
		if (token === "") throw invalidInput("The auth token is missing.");
		return [accountSid, token];
	}
	const keySid = readSid(givenKeySid, "SK");
	if (keySid === null) throw invalidInput("The API key SID must be SK and 32 hexadecimal digits.");
	if (keySecret === "") throw invalidInput("The API key's secret is missing.");
	return [keySid, keySecret];
}
function readBaseUrl(text) {
	const url = parseUrl(text);
	if (url === null || !/^https?:$/.test(url.protocol)) throw invalidInput("The API base URL must be an http or https URL, such as https://sms.example.com.");
	if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") throw invalidInput("The API base URL must have no credentials, no query and no fragment.");
	const isTwilio = isTwilioHost(url.hostname);
	if (isTwilio && url.protocol !== "https:") throw invalidInput("Twilio is reached over https only.");
	url.pathname = url.pathname.replace(/\/+$/, "").replace(/\/2010-04-01$/, "");
	if (isTwilio && url.pathname !== "/") throw invalidInput("The API base URL of Twilio must have no path.");
	return url;
}
function isTwilioHost(hostname) {
	return hostname === "twilio.com" || hostname.endsWith(".twilio.com");
}
function isTwilioUrl(url) {
	return url.protocol === "https:" && url.port === "" && url.hostname.endsWith(".twilio.com");
}
function onTwilio(base, product, path) {
	const [, ...rest] = base.hostname === "twilio.com" ? [
		"",
		"twilio",
		"com"
	] : base.hostname.split(".");
	return new URL(`https://${product}.${rest.join(".")}${path}`);
}
function joined(base, path) {
	return base.origin + base.pathname.replace(/\/+$/, "") + path;
}
function isBelow(path, prefix) {
	const folder = prefix.replace(/\/+$/, "");
	return path === folder || path.startsWith(`${folder}/`);
}
// gateway/actions/messages.ts
const NOT_CANCELABLE = 30409;
async function getMessage(connection, given) {
	const { json } = await call(connection, {
		method: "GET",
		path: messagePath(connection, readMessageSid(given))
	});
	return readMessage(json);
}
async function cancelMessage(connection, given) {
	const sid = readMessageSid(given);
	try {
		return await change(connection, sid, ["Status", "canceled"]);
	} catch (thrown) {
		if (!(thrown instanceof ActionError) || thrown.facts.code !== NOT_CANCELABLE) throw thrown;
		const message = await getMessage(connection, sid);
		if (message.status === "canceled") return message;
		throw new ActionError("refused", `The message is ${message.status}: only a scheduled one can be cancelled.`, { ...thrown.facts });
	}
}
async function redactMessage(connection, given) {
	return change(connection, readMessageSid(given), ["Body", ""]);
}
async function deleteMessage(connection, given) {
	const sid = readMessageSid(given);
	try {
		await call(connection, {
			method: "DELETE",
			path: messagePath(connection, sid)
		});
		return true;
	} catch (thrown) {
		if (thrown instanceof ActionError && thrown.facts.code === 20404) return false;
		throw thrown;
	}
}
async function change(connection, sid, field) {
	const { json } = await call(connection, {
		method: "POST",
		path: messagePath(connection, sid),
		form: [field],
		repeatable: true
	});
	return readMessage(json);
}
// gateway/actions/poll-messages.ts
const MOST_PAGES = 500;
const SHORTEST_LOOK_BACK_MS = 12e4;
async function pollMessages(connection, input, state) {
	const { lookBackMinutes = 60, maxMessages = 1e3, showCreated = true, showUpdated = true } = input;
	if (!(lookBackMinutes >= 2 && lookBackMinutes <= 1440)) throw invalidInput("The look-back must be 2 to 1440 minutes.");
	if (!(Number.isInteger(maxMessages) && maxMessages >= 1 && maxMessages <= 1e4)) throw invalidInput("The most messages must be a whole number from 1 to 10000.");
	const lookBackMs = lookBackMinutes * 6e4;
	const before = readState(state);
	const { messages, serverTimeMs } = await look(connection, input, before, lookBackMs);
	const horizonMs = serverTimeMs - lookBackMs;
	if (before === null) return begin(messages, Math.floor(horizonMs / 1e3) * 1e3);
	const wanted = messages.flatMap((message) => newsOf(message, before)).filter(({ kind }) => kind === "created" ? showCreated : showUpdated);
	const telling = wanted.slice(0, maxMessages);
	const untold = wanted.slice(maxMessages);
	const after = moveOn(messages, before, {
		untold,
		horizonMs,
		serverTimeMs
	});
	return {
		created: telling.flatMap(({ kind, message }) => kind === "created" ? [message] : []),
		updated: telling.flatMap(({ kind, message }) => kind === "updated" ? [message] : []),
		truncated: untold.length > 0,
		state: after
	};
}
async function look(connection, input, before, lookBackMs) {
	const found = new Map();
	let serverTimeMs = 0;
	let pages = 0;
	const query = [["To", input.to], ["From", input.from]].flatMap(([name, value]) => value?.trim() ? [[name, value.trim()]] : []);
	const sinceOf = (nowMs) => before?.sinceMs ?? nowMs - lookBackMs;
	const walk = async (extra, isPast) => {
		const request = {
			path: messagesPath(connection),
			key: "messages",
			query: [
				...query,
				...extra,
				["PageSize", "1000"]
			]
		};
		for await (const page of pagesOf(connection, request)) {
			serverTimeMs ||= page.serverTimeMs;
			const sinceMs = sinceOf(serverTimeMs);
			const messages = page.items.map(readMessage);
			for (const message of messages) if (matches(message, input) && atMsOf(message) >= sinceMs) found.set(message.sid, message);
			if (messages.length > 0 && messages.every((message) => isPast(message, sinceMs))) return;
			pages += 1;
			if (pages > MOST_PAGES) throw tooMany();
		}
	};
	await walk([], (message, sinceMs) => createdMsOf(message) < sinceMs);
	await walk([["DateSent>", new Date(sinceOf(serverTimeMs)).toISOString().replace(/\.\d{3}Z$/, "Z")]], () => false);
	return {
		messages: [...found.values()].sort((a, b) => atMsOf(a) - atMsOf(b) || (a.sid < b.sid ? -1 : 1)),
		serverTimeMs
	};
}
function tooMany() {
	return new ActionError("refused", `More than ${MOST_PAGES * 1e3} messages would have to be looked through. Look more often, shorten the look-back, or filter by To or From. Nothing was skipped.`);
}
function newsOf(message, before) {
	const told = before.told.get(message.sid);
	if (told !== void 0) return told[0] === message.status ? [] : [{
		kind: "updated",
		message
	}];
	return [{
		kind: createdMsOf(message) >= before.sinceMs ? "created" : "updated",
		message
	}];
}
function moveOn(messages, before, { untold, horizonMs, serverTimeMs }) {
	const limits = untold.map(({ kind, message }) => kind === "created" ? createdMsOf(message) : atMsOf(message));
	const crowded = messages.at(-2e4);
	const crowdedMs = Math.min(crowded === void 0 ? 0 : atMsOf(crowded), serverTimeMs - SHORTEST_LOOK_BACK_MS);
	const wantedMs = limits.reduce((least, ms) => Math.min(least, ms), Math.max(horizonMs, crowdedMs));
	const sinceMs = Math.max(before.sinceMs, Math.floor(wantedMs / 1e3) * 1e3);
	const untoldSids = new Set(untold.map(({ message }) => message.sid));
	const told = new Map();
	for (const message of messages) {
		const known = before.told.get(message.sid);
		const entry = untoldSids.has(message.sid) ? known : [message.status, atMsOf(message)];
		if (entry !== void 0 && atMsOf(message) >= sinceMs) told.set(message.sid, entry);
	}
	return {
		version: 1,
		since: new Date(sinceMs).toISOString(),
		told: Object.fromEntries(told)
	};
}
function begin(messages, sinceMs) {
	const told = Object.fromEntries(messages.map((message) => [message.sid, [message.status, atMsOf(message)]]));
	return {
		created: [],
		updated: [],
		truncated: false,
		state: {
			version: 1,
			since: new Date(sinceMs).toISOString(),
			told
		}
	};
}
function readState(state) {
	if (!isObject(state)) return null;
	const { since, told, lastPolledAt } = state;
	const moment = since ?? lastPolledAt;
	const sinceMs = typeof moment === "string" && /^\d{4}-\d\d-\d\dT/.test(moment) ? Date.parse(moment) : NaN;
	if (Number.isNaN(sinceMs)) return null;
	const entries = Object.entries(isObject(told) ? told : {}).flatMap(([sid, entry]) => {
		const [status, atMs] = Array.isArray(entry) ? entry : [];
		return typeof status === "string" && typeof atMs === "number" ? [[sid, [status, atMs]]] : [];
	});
	return {
		sinceMs,
		told: new Map(entries)
	};
}
function matches({ direction }, input) {
	if (input.direction === void 0) return true;
	return input.direction === "inbound" ? direction === "inbound" : direction !== "inbound";
}
function createdMsOf({ dateCreated }) {
	return dateCreated === null ? 0 : Date.parse(dateCreated);
}
function atMsOf(message) {
	return Math.max(createdMsOf(message), message.dateSent === null ? 0 : Date.parse(message.dateSent));
}
// gateway/actions/raw/multipart.ts
const TYPES = {
	".csv": "text/csv",
	".gif": "image/gif",
	".html": "text/html",
	".jpeg": "image/jpeg",
	".jpg": "image/jpeg",
	".json": "application/json",
	".mp3": "audio/mpeg",
	".mp4": "video/mp4",
	".pdf": "application/pdf",
	".png": "image/png",
	".txt": "text/plain",
	".vcf": "text/vcard",
	".wav": "audio/wav",
	".webp": "image/webp",
	".xml": "application/xml",
	".zip": "application/zip"
};
function encodeMultipart(parts) {
	const boundary = `trunkline-${randomBytes(18).toString("hex")}`;
	const pieces = parts.flatMap((part) => [
		Buffer.from(`--${boundary}\r\n${headersOf(part)}\r\n`),
		part.data,
		CRLF
	]);
	return {
		body: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
		contentType: `multipart/form-data; boundary=${boundary}`
	};
}
const CRLF = Buffer.from("\r\n");
function headersOf({ name, fileName, contentType }) {
	const disposition = `Content-Disposition: form-data; name="${quoted(name)}"`;
	if (fileName === void 0) return `${disposition}\r\n`;
	const known = TYPES[extname(fileName).toLowerCase()];
	const type = (contentType !== void 0 && /^[\w.+-]+\/[\w.+-]+(;[ -~]*)?$/.test(contentType) ? contentType : void 0) ?? known ?? "application/octet-stream";
	return `${disposition}; filename="${quoted(fileName)}"\r\nContent-Type: ${type}\r\n`;
}
function quoted(text) {
	return text.replaceAll("\"", "%22").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
// gateway/actions/raw/body.ts
const FORM = "application/x-www-form-urlencoded";
function rawBody({ data, formData = [], fileData = [], fileNames = {} }, { isClassic, declared }) {
	const hasData = data !== void 0 && data !== null && data !== "";
	if (formData.length > 0 || fileData.length > 0) {
		if (hasData) throw invalidInput("Cannot specify both Data and File/Form Data.");
		return encodeMultipart([...formData.flatMap(formPart), ...fileData.map((entry) => filePart(entry, fileNames))]);
	}
	if (!hasData) return {
		body: null,
		contentType: null
	};
	const bytes = bytesOf$1(data);
	if (bytes !== null) return {
		body: bytes.data,
		contentType: declared ?? bytes.contentType
	};
	if (declared !== void 0) return {
		body: Buffer.from(textOf(data)),
		contentType: declared
	};
	const parsed = typeof data === "string" ? parseJson(data) : data;
	if (isObject(parsed) && isClassic) return {
		body: Buffer.from(encodePairs(formOf(parsed))),
		contentType: FORM
	};
	if (typeof parsed === "object" && parsed !== null) return {
		body: Buffer.from(textOf(data)),
		contentType: "application/json"
	};
	return {
		body: Buffer.from(textOf(data)),
		contentType: FORM
	};
}
function formOf(object) {
	return Object.entries(object).flatMap(([name, value]) => [value].flat().flatMap((each) => each === null || each === void 0 ? [] : [[name, textOf(each)]]));
}
function formPart([name, value]) {
	return (Array.isArray(value) ? value : [value]).map((each) => ({
		name,
		data: bytesOf$1(each)?.data ?? Buffer.from(textOf(each))
	}));
}
function filePart([name, value], fileNames) {
	const bytes = bytesOf$1(value);
	const fileName = Object.hasOwn(fileNames, name) ? fileNames[name] || name : name;
	const contentType = bytes?.contentType;
	return {
		name,
		fileName,
		data: bytes?.data ?? Buffer.from(textOf(value)),
		...contentType == null || contentType === "application/octet-stream" ? {} : { contentType }
	};
}
function bytesOf$1(value) {
	if (value instanceof Uint8Array) return {
		data: Buffer.from(value),
		contentType: "application/octet-stream"
	};
	if (!isObject(value)) return null;
	const { type, data, contentType } = value;
	if (type === "Buffer" && Array.isArray(data)) return {
		data: Buffer.from(data),
		contentType: "application/octet-stream"
	};
	if (typeof contentType !== "string" || !("data" in value)) return null;
	const inner = bytesOf$1(data);
	if (inner !== null) return {
		data: inner.data,
		contentType
	};
	return typeof data === "string" ? {
		data: Buffer.from(data),
		contentType
	} : null;
}
function textOf(value) {
	if (typeof value === "string") return value;
	if (value === null || value === void 0) return "";
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}
// gateway/actions/raw/url.ts
const VERSION = "/2010-04-01";
const OTHER_API = /^\/(v\d+|trunkline)\//;
function rawUrl(connection, given, query) {
	const text = withAccountSid(given.trim(), connection.accountSid);
	if (/[\p{Cc}\\]/u.test(text)) throw invalidInput("The URL has a backslash or a control character in it.");
	const isWhole = /^[a-z][a-z\d+.-]*:/i.test(text);
	if (text.startsWith("//")) throw invalidInput("The URL begins with two slashes: give a path, or a whole https URL.");
	const url = isWhole ? parseUrl(text) : pathUrl(connection, text);
	if (url === null) throw invalidInput("The URL is none: give a path such as /Accounts/$TWILIO_ACCOUNT_SID/Messages.json.");
	refuseDotSegments(isWhole ? text.replace(/^[a-z][a-z\d+.-]*:\/*[^/?#]*/i, "") : text);
	if (url.username !== "" || url.password !== "") throw invalidInput("The URL must have no credentials in it.");
	if (!connection.owns(url)) throw invalidInput(foreign(connection));
	for (const [name, value] of query) url.searchParams.append(name.toWellFormed(), value.toWellFormed());
	url.hash = "";
	return url;
}
function pathUrl(connection, text) {
	const path = text.startsWith("/") ? text : `/${text}`;
	const isComplete = path.startsWith(`${VERSION}/`) || !connection.isTwilio && OTHER_API.test(path);
	try {
		return connection.urlOf("api", isComplete ? path : VERSION + (path === "/" ? "" : path));
	} catch {
		return null;
	}
}
function withAccountSid(text, accountSid) {
	return text.replace(/\$\{TWILIO_ACCOUNT_SID\}|\$TWILIO_ACCOUNT_SID\b|\{AccountSid\}/g, accountSid);
}
function refuseDotSegments(text) {
	let path = text.split(/[?#]/, 1)[0] ?? "";
	for (let round = 0; round < 4; round++) {
		if (path.split(/[/\\]/).some((segment) => segment === ".." || segment === ".")) throw invalidInput("The URL must not have . or .. as a part of its path.");
		const decoded = path.replace(/%(2e|2f|5c|25)/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
		if (decoded === path) return;
		path = decoded;
	}
}
function foreign({ isTwilio, serverName }) {
	return `The URL is on another server than the connection: the credentials go to ${isTwilio ? "https://….twilio.com" : `the connection's own server (${serverName})`} only. Nothing was sent.`;
}
// gateway/actions/raw/request.ts
const rawMethods = [
	"DELETE",
	"GET",
	"HEAD",
	"LINK",
	"OPTIONS",
	"PATCH",
	"POST",
	"PURGE",
	"PUT",
	"UNLINK"
];
const IDEMPOTENT = /^(GET|HEAD|OPTIONS|PUT|DELETE)$/;
const BACKOFF_BASE_MS = 500;
const LONGEST_WAIT_MS = 3e5;
const MOST_RETRIES = 20;
const MOST_REDIRECTS = 3;
const OWN_HEADERS = /^(authorization|host|connection|content-length|transfer-encoding|accept-encoding|expect|upgrade|te|trailer|proxy-.*)$/;
async function rawRequest(connection, input) {
	const request = build(connection, input);
	const repeatable = isRepeatable(connection, request);
	const { maxRetries = 0, retryDelayMs = 0, retryAllErrors = false, useExponentialBackoff = false } = input;
	if (!(maxRetries >= 0 && retryDelayMs >= 0)) throw invalidInput("Retry count and delay must not be negative.");
	let result = await withRetries((attempt) => observedExchange(connection, request, attempt), {
		retries: Math.min(Math.floor(maxRetries), MOST_RETRIES),
		delayMs: (retry) => useExponentialBackoff ? backoffMs(BACKOFF_BASE_MS, retry) : retryDelayMs,
		longestWaitMs: LONGEST_WAIT_MS,
		mayRepeat: (exchange) => retryAllErrors ? isError(exchange) : mayRepeat(exchange, repeatable),
		signal: connection.signal
	});
	result = await followRedirects(connection, request, result);
	return readResult(connection, result, {
		repeatable,
		responseType: input.responseType ?? "json"
	});
}
function build(connection, input) {
	const method = input.method.trim().toUpperCase();
	if (!rawMethods.includes(method)) throw invalidInput(`The method must be one of ${rawMethods.join(", ")}.`);
	const timeoutMs = input.timeoutMs ?? connection.timeoutMs;
	if (!(timeoutMs >= 0)) throw invalidInput("The timeout must not be negative.");
	const url = rawUrl(connection, input.url, input.query ?? []);
	const { "content-type": declared, ...others } = readHeaders(input.headers ?? []);
	const { body, contentType } = rawBody(input, {
		isClassic: url.pathname.includes("/2010-04-01/"),
		declared
	});
	const type = contentType ?? declared;
	return {
		method,
		url,
		headers: {
			accept: "application/json, text/plain, */*",
			"user-agent": "trunkline-actions",
			...others,
			...type === void 0 ? {} : { "content-type": type },
			authorization: connection.authorization()
		},
		body,
		timeoutMs,
		signal: connection.signal
	};
}
function readHeaders(pairs) {
	const headers = {};
	for (const [given, value] of pairs) {
		const name = given.trim().toLowerCase();
		if (name === "" || OWN_HEADERS.test(name)) continue;
		if (!/^[!#$%&'*+.^_`|~\da-z-]+$/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) throw invalidInput(`The header ${JSON.stringify(given)} has characters that no header can have.`);
		headers[name] = headers[name] === void 0 ? value : `${headers[name]}, ${value}`;
	}
	return headers;
}
function isRepeatable(connection, { method, headers }) {
	return IDEMPOTENT.test(method) || !connection.isTwilio && headers["idempotency-key"] !== void 0;
}
function isError(result) {
	if (result.kind === "failed") return result.code !== "ABORTED" && result.code !== "TOO_LARGE";
	return result.status >= 400;
}
async function followRedirects(connection, request, first) {
	let result = first;
	let url = request.url;
	for (let hops = 0; hops < MOST_REDIRECTS && /^(GET|HEAD)$/.test(request.method); hops++) {
		const target = redirectTarget(result, url);
		if (target === null) return result;
		if (url.protocol === "https:" && target.protocol !== "https:") return result;
		const headers = connection.owns(target) && target.origin === url.origin ? request.headers : { accept: "*/*" };
		url = target;
		result = await observedExchange(connection, {
			...request,
			url,
			headers,
			body: null
		}, 1);
	}
	return result;
}
function redirectTarget(result, from) {
	if (result.kind === "failed" || ![
		301,
		302,
		303,
		307,
		308
	].includes(result.status)) return null;
	const target = parseUrl(result.headers.location ?? "", from.href);
	return target !== null && /^https?:$/.test(target.protocol) ? target : null;
}
function readResult(connection, result, { repeatable, responseType }) {
	if (result.kind === "failed") throw failureError(connection, result, repeatable);
	const { status, headers } = result;
	if (status >= 200 && status <= 299) return {
		data: readData(result, responseType),
		status,
		headers: shownHeaders(headers)
	};
	const error = answerError(connection, result, repeatable);
	const body = connection.redact(result.body.toString("utf8").slice(0, 1e4));
	throw new ActionError(error.kind, error.message, {
		...error.facts,
		body: parseJson(body) ?? body
	});
}
function readData({ body }, responseType) {
	if (responseType === "arraybuffer") return body;
	const text = body.toString("utf8");
	const json = responseType === "json" ? parseJson(text) : void 0;
	return json === void 0 ? text : json;
}
function shownHeaders(headers) {
	return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => typeof value === "string" && name !== "set-cookie" ? [[name, value]] : []));
}
// gateway/actions/rotate-credential.ts
const SECONDARY = "/v1/AuthTokens/Secondary";
const PROMOTE = "/v1/AuthTokens/Promote";
const TOKEN_EXISTS = 70002;
const NOT_FOUND = 20404;
async function createSecondaryToken(connection, { replace = false } = {}) {
	requireAuthToken(connection);
	if (replace) await deleteSecondaryToken(connection);
	try {
		const { json } = await call(connection, {
			method: "POST",
			product: "accounts",
			path: SECONDARY
		});
		const secondaryAuthToken = textOf$1(json, "secondary_auth_token");
		if (secondaryAuthToken === "") throw new ActionError("unexpected-answer", "The answer has no secondary token.");
		return {
			secondaryAuthToken,
			dateCreated: textOf$1(json, "date_created") || null
		};
	} catch (thrown) {
		if (!(thrown instanceof ActionError) || thrown.facts.code !== TOKEN_EXISTS) throw thrown;
		throw new ActionError("refused", "There is a secondary token already. Promote it, or replace it if nobody needs it.", thrown.facts);
	}
}
async function promoteToken(connection, given) {
	requireAuthToken(connection);
	const newToken = given.trim();
	if (!/^[!-~]{8,256}$/.test(newToken)) throw invalidInput("The new auth token is missing or malformed.");
	const authorization = `Basic ${Buffer.from(`${connection.accountSid}:${newToken}`).toString("base64")}`;
	if (await primaryToken(connection, authorization) === newToken) return { promoted: true };
	try {
		await call(connection, {
			method: "POST",
			product: "accounts",
			path: PROMOTE,
			authorization
		});
	} catch (thrown) {
		if (!(thrown instanceof ActionError) || !/^(unknown-outcome|not-found)$/.test(thrown.kind)) throw thrown;
		if (await primaryToken(connection, authorization) !== newToken) throw thrown;
	}
	return { promoted: true };
}
async function deleteSecondaryToken(connection) {
	requireAuthToken(connection);
	try {
		await call(connection, {
			method: "DELETE",
			product: "accounts",
			path: SECONDARY
		});
		return true;
	} catch (thrown) {
		if (thrown instanceof ActionError && thrown.facts.code === NOT_FOUND) return false;
		throw thrown;
	}
}
async function primaryToken(connection, authorization) {
	const path = `/2010-04-01/Accounts/${connection.accountSid}.json`;
	try {
		const { json } = await call(connection, {
			method: "GET",
			path,
			authorization
		});
		return textOf$1(json, "auth_token");
	} catch (thrown) {
		if (!(thrown instanceof ActionError) || thrown.kind !== "credentials") throw thrown;
		throw new ActionError("refused", "The new token does not work, so it was not promoted. Give the secondary token as it was created.", thrown.facts);
	}
}
async function rotateProvider(connection, given) {
	if (connection.isTwilio) throw invalidInput("Providers are on a Trunkline gateway: give its address as the connection's API Base URL.");
	const id = given.trim();
	if (!/^[\w-]{1,64}$/.test(id)) throw invalidInput("The provider ID is missing or malformed.");
	const rotation = {
		path: `/trunkline/v1/providers/${id}/rotate`,
		query: [["account", connection.accountSid]]
	};
	try {
		return (await call(connection, {
			method: "POST",
			...rotation
		})).json;
	} catch (thrown) {
		if (!(thrown instanceof ActionError && thrown.facts.status === 409)) throw thrown;
		return (await call(connection, {
			method: "GET",
			...rotation
		})).json;
	}
}
function requireAuthToken({ isApiKey }) {
	if (isApiKey) throw invalidInput("An API key cannot rotate auth tokens, nor can an access key: use a connection with the auth token.");
}
// gateway/src/core/messages/limits.ts
const validityPeriodSecondsMax = 36e3;
const bodyCharactersMax = 1600;
function isBodyTooLong(body) {
	return body.length > 1600 && [...body].length > 1600;
}
// gateway/actions/send-form.ts
function checkMessage(input) {
	const region = readRegion(input.defaultRegion);
	const to = readRecipient(input.to, region);
	const { from, messagingServiceSid } = readSenders(input, region);
	if (from === to) throw invalidInput("To and From are the same number.");
	const body = input.message ?? "";
	const mediaUrls = readMediaUrls(input.mediaUrls ?? []);
	const content = readContent(input);
	if (body === "" && mediaUrls.length === 0 && content.length === 0) throw invalidInput("The message is empty: give a text, media or a content template.");
	if (isBodyTooLong(body)) throw invalidInput(`The message has ${[...body].length} characters; at most ${bodyCharactersMax} can be sent.`);
	const sendAt = readSendAt(input.sendAt, messagingServiceSid);
	const form = [["To", to]];
	if (from !== null) form.push(["From", from]);
	if (messagingServiceSid !== null) form.push(["MessagingServiceSid", messagingServiceSid]);
	if (body !== "") form.push(["Body", body]);
	for (const url of mediaUrls) form.push(["MediaUrl", url]);
	if (sendAt !== null) form.push(["SendAt", sendAt], ["ScheduleType", "fixed"]);
	return {
		to,
		from,
		messagingServiceSid,
		body,
		mediaUrls,
		sendAt,
		form: [
			...form,
			...content,
			...readOptions(input)
		]
	};
}
function readSenders(input, region) {
	const from = input.from?.trim() ? readSender(input.from, region) : null;
	const service = input.messagingServiceSid?.trim() ? readServiceSid(input.messagingServiceSid) : null;
	if (from?.kind === "service") {
		if (service !== null && service.toLowerCase() !== from.messagingServiceSid.toLowerCase()) throw invalidInput("From and the messaging service name two different services.");
		return {
			from: null,
			messagingServiceSid: from.messagingServiceSid
		};
	}
	if (from === null && service === null) throw invalidInput("The sender is missing: give From or a messaging service.");
	return {
		from: from?.address ?? null,
		messagingServiceSid: service
	};
}
function readMediaUrls(given) {
	const urls = given.map((url) => url.trim()).filter((url) => url !== "");
	if (urls.length > 10) throw invalidInput(`At most 10 media can be sent; these are ${urls.length}.`);
	if (!urls.every(isHttpUrl)) throw invalidInput("Each media URL must be an http or https URL.");
	return urls;
}
function readContent({ contentSid, contentVariables }) {
	const sid = contentSid?.trim() ?? "";
	const variables = typeof contentVariables === "object" ? JSON.stringify(contentVariables) : contentVariables?.trim();
	if (sid === "") {
		if (variables) throw invalidInput("Content variables need the SID of a content template.");
		return [];
	}
	if (!/^HX[0-9a-f]{32}$/i.test(sid)) throw invalidInput("The content SID must be HX and 32 hexadecimal digits.");
	return variables ? [["ContentSid", sid], ["ContentVariables", variables]] : [["ContentSid", sid]];
}
function readSendAt(given, messagingServiceSid) {
	if (given === void 0 || given === "") return null;
	const ms = given instanceof Date ? given.getTime() : Date.parse(given);
	if (Number.isNaN(ms)) throw invalidInput("Send At is not a time: give it as 2026-01-31T09:30:00Z.");
	if (messagingServiceSid === null) throw invalidInput("A scheduled message needs a messaging service.");
	return new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");
}
function readOptions(input) {
	const { statusCallback, validityPeriod } = input;
	if (statusCallback && !isHttpUrl(statusCallback)) throw invalidInput("The status callback must be an http or https URL.");
	if (!(validityPeriod === void 0 || Number.isInteger(validityPeriod) && inPeriod(validityPeriod))) throw invalidInput(`The validity period must be 1 to ${validityPeriodSecondsMax} seconds.`);
	return [
		["StatusCallback", statusCallback],
		["ValidityPeriod", validityPeriod],
		["SmartEncoded", input.smartEncoded],
		["ShortenUrls", input.shortenUrls],
		["SendAsMms", input.sendAsMms],
		["ProvideFeedback", input.provideFeedback],
		["RiskCheck", input.riskCheck],
		["MessageIntent", input.messageIntent],
		["ContentRetention", input.contentRetention],
		["AddressRetention", input.addressRetention]
	].flatMap(([name, value]) => value === void 0 || value === "" ? [] : [[name, String(value)]]);
}
function inPeriod(seconds) {
	return seconds >= 1 && seconds <= 36e3;
}
function isHttpUrl(text) {
	return /^https?:$/.test(parseUrl(text)?.protocol ?? "");
}
// gateway/src/core/segments/substitutions.ts
const targets = [
	["\"", "00AB 00BB 201C 201D 201E 201F 02BA 02EE 275D 275E 301D 301E FF02"],
	["'", "2018 2019 201B 02BB 02C8 02BC 02BD 02B9 02CA 02CB 00B4 0060 275B 275C 0313 0314 FE10 FE11 FF07 2017"],
	["-", "2010 2013 2014 2015 2022 2043 23BC 23BD FE63 FF0D"],
	["...", "2026"],
	["!!", "203C"],
	["/", "00F7 29F8 0337 0338 2044 2215 FF0F"],
	["1/4", "00BC"],
	["1/2", "00BD"],
	["3/4", "00BE"],
	["\\", "29F9 29F5 20E5 FE68 FF3C"],
	["_", "0332 FF3F"],
	["|", "20D2 20D3 2223 FF5C 23B8 23B9 23D0 239C 239F"],
	["@", "FE6B FF20"],
	["$", "FE69 FF04"],
	["!", "01C3 FE15 FE57 FF01"],
	["#", "FE5F FF03"],
	["%", "FE6A FF05"],
	["&", "FE60 FF06"],
	[",", "201A 0326 3001 FE50 FE51 FF0C FF64"],
	[".", "3002 FE52 FF0E FF61"],
	["(", "2768 276A FE59 FF08 27EE 2985"],
	[")", "2769 276B FE5A FF09 27EF 2986"],
	["*", "204E 2217 229B 2722 2723 2724 2725 2731 2732 2733 273A 273B 273C 273D 2743 2749 274A 274B 29C6 FE61 FF0A"],
	["+", "02D6 FE62 FF0B"],
	[":", "02D0 02F8 2982 A789 FE13 FF1A"],
	[";", "204F FE14 FE54 FF1B"],
	["<", "FE64 FF1C 203A"],
	["=", "0347 A78A FE66 FF1D"],
	[">", "FE65 FF1E 2039"],
	["?", "FE16 FE56 FF1F"],
	["^", "02C6 0302 FF3E 1DCD"],
	["~", "02DC 02F7 0303 0330 0334 223C FF5E"],
	["{", "2774 FE5B FF5B"],
	["}", "2775 FE5C FF5D"],
	["[", "FF3B"],
	["]", "FF3D"],
	[" ", "2001 2028 2029 00A0 2000 2002 2003 2004 2005 2006 2007 2008 2009 200A 202F 205F 3000 0080 008D 0090 009B 009F"],
	["       ", "0009"],
	["", "0000 0003 0004 0010 0011 0012 0013 0014 0017 0019 200B 200C 2060 FEFF"]
];
const smallCapitals = "A1D00 B0299 C1D04 D1D05 E1D07 FA730 G0262 H029C I026A J1D0A K1D0B L029F M1D0D N0274 O1D0F P1D18 R0280 SA731 T1D1B U1D1C V1D20 W1D21 Y028F Z1D22";
const substitutions = new Map([
	...targets.flatMap(([replacement, points]) => points.split(" ").filter(Boolean).map((point) => [String.fromCharCode(Number.parseInt(point, 16)), replacement])),
	...smallCapitals.split(" ").map((entry) => [String.fromCharCode(Number.parseInt(entry.slice(1), 16)), entry.charAt(0)]),
	...fullWidth("0", "9"),
	...fullWidth("A", "Z")
]);
function fullWidth(first, last) {
	const entries = [];
	for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) entries.push([String.fromCharCode(code + 65248), String.fromCharCode(code)]);
	return entries;
}
// gateway/src/core/segments/smart-encode.ts
const replaceable = new RegExp(`[${[...substitutions.keys()].map((character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}]`, "g");
function smartEncode(text) {
	return text.replace(replaceable, (character) => substitutions.get(character) ?? character);
}
// gateway/actions/is-gateway.ts
const NOBODYS_MESSAGE = "/trunkline/v1/messages/SM00000000000000000000000000000000";
async function isGateway(connection) {
	if (connection.isTwilio) return false;
	const result = await observedExchange(connection, {
		method: "GET",
		url: connection.urlOf("api", NOBODYS_MESSAGE),
		headers: {
			accept: "application/json",
			authorization: connection.authorization()
		},
		body: null,
		timeoutMs: connection.timeoutMs,
		signal: connection.signal
	}, 1);
	if (result.kind === "failed") return false;
	const json = parseJson(result.body.toString("utf8"));
	const error = isObject(json) ? json["error"] : void 0;
	return isObject(error) && typeof error["code"] === "string" && /^(not-found|forbidden)$/.test(error["code"]);
}
// gateway/actions/send-message.ts
function previewMessage(input) {
	const { to, from, messagingServiceSid, body: given, mediaUrls, sendAt } = checkMessage(input);
	const body = input.smartEncoded === true ? smartEncode(given) : given;
	return {
		to,
		from,
		messagingServiceSid,
		body,
		numMedia: mediaUrls.length,
		sendAt,
		...countSegments(body)
	};
}
async function sendMessage(connection, input) {
	const checked = checkMessage(input);
	const key = readKey(input.idempotencyKey);
	const windowMinutes = input.duplicateWindowMinutes ?? 0;
	if (windowMinutes > 0) {
		const found = await findSent(connection, checked, () => windowMinutes * 6e4);
		if (found !== null) return {
			message: found,
			replayed: true,
			reconciled: false
		};
	}
	const startedMs = performance.now();
	const keyed = !connection.isTwilio;
	try {
		return await post(connection, checked.form, {
			key,
			repeatable: false,
			keyed
		});
	} catch (thrown) {
		if (!(thrown instanceof ActionError) || thrown.kind !== "unknown-outcome") throw thrown;
		return settle(connection, {
			checked,
			key,
			startedMs,
			lost: thrown
		});
	}
}
async function settle(connection, { checked, key, startedMs, lost }) {
	try {
		if (!connection.isTwilio && await isGateway(connection)) return {
			...await post(connection, checked.form, {
				key,
				repeatable: true,
				keyed: true
			}),
			reconciled: true
		};
		const message = await findSent(connection, checked, () => performance.now() - startedMs + 2e3);
		if (message !== null) return {
			message,
			replayed: false,
			reconciled: true
		};
	} catch (thrown) {
		if (!(thrown instanceof ActionError) || isFinal(thrown)) throw thrown;
	}
	throw new ActionError("unknown-outcome", `${lost.message} It was not found among the messages either. Look for it again before sending it once more.`, lost.facts);
}
function isFinal({ kind }) {
	return kind === "refused" || kind === "aborted";
}
async function post(connection, form, { key, repeatable, keyed }) {
	const headers = keyed ? { "idempotency-key": key } : {};
	const { json, headers: answered } = await call(connection, {
		method: "POST",
		path: messagesPath(connection),
		form,
		headers,
		repeatable
	});
	return {
		message: readMessage(json),
		replayed: answered["idempotent-replayed"] === "true",
		reconciled: false
	};
}
function readKey(given) {
	const key = given?.trim() ?? "";
	if (key === "") return randomUUID();
	if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
	throw invalidInput("The idempotency key must be 1 to 255 visible ASCII characters, without spaces.");
}
// gateway/actions/template.ts
const PLACEHOLDER = /\{\{\s*([^{}\s][^{}]*?)\s*\}\}/g;
function fillTemplate(template, variables) {
	return template.replace(PLACEHOLDER, (_, name) => {
		const value = Object.hasOwn(variables, name) ? variables[name] : void 0;
		if (typeof value === "string") return value;
		if (typeof value === "number" || typeof value === "boolean") return String(value);
		throw invalidInput(`The recipient has no value for {{${name}}}.`);
	});
}
// gateway/actions/send-bulk.ts
const MOST_RECIPIENTS = 1e5;
async function sendBulk(connection, input) {
	const { recipients, concurrency = 5, ratePerSecond, timeLimitSeconds = 600 } = input;
	if (recipients.length === 0) throw invalidInput("There are no recipients.");
	if (recipients.length > MOST_RECIPIENTS) throw invalidInput(`At most ${MOST_RECIPIENTS} recipients at a time.`);
	if (!(Number.isInteger(concurrency) && concurrency >= 1 && concurrency <= 50)) throw invalidInput("The concurrency must be a whole number from 1 to 50.");
	if (ratePerSecond !== void 0 && !(ratePerSecond > 0)) throw invalidInput("The rate must be more than 0 per second.");
	const results = [];
	const jobs = prepare(input, results);
	const endsMs = performance.now() + timeLimitSeconds * 1e3;
	const turn = createTurns(ratePerSecond);
	let stopped = null;
	const worker = async () => {
		for (let job = jobs.shift(); job !== void 0; job = jobs.shift()) {
			await turn(connection.signal);
			stopped ??= performance.now() > endsMs ? "the time limit was reached" : null;
			stopped ??= connection.signal?.aborted === true ? "stopped by the caller" : null;
			const result = stopped === null ? await sendOne(connection, job) : skipped(job, stopped);
			results[job.index] = result.outcome;
			stopped ??= result.stop ?? (input.stopOnError && result.outcome.outcome !== "accepted" ? afterFailure : null);
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, jobs.length) }, worker));
	return tally(results.filter((result) => result !== void 0));
}
const afterFailure = "another message failed, and the mailing stops at the first failure";
function prepare(input, results) {
	const { recipients, template, batchKey, ...common } = input;
	const seen = new Set();
	const jobs = [];
	recipients.forEach((recipient, index) => {
		try {
			const message = fillTemplate(template, recipient.variables ?? {});
			const checked = checkMessage({
				...common,
				to: recipient.to,
				message
			});
			const same = `${checked.to}\n${message}`;
			if (seen.has(same)) {
				results[index] = resultOf(index, checked.to, "skipped", { reason: "the same text to the same recipient again" });
				return;
			}
			seen.add(same);
			const key = batchKey?.trim() ? keyOf(batchKey.trim(), same) : void 0;
			jobs.push({
				index,
				input: {
					...common,
					to: checked.to,
					message
				},
				idempotencyKey: key
			});
		} catch (thrown) {
			if (!(thrown instanceof ActionError)) throw thrown;
			results[index] = resultOf(index, String(recipient.to), "refused", { reason: thrown.message });
		}
	});
	return jobs;
}
function keyOf(batchKey, same) {
	return `bulk-${createHash("sha256").update(`${batchKey}\n${same}`).digest("hex")}`;
}
async function sendOne(connection, { index, input, idempotencyKey }) {
	try {
		const { message } = await sendMessage(connection, {
			...input,
			idempotencyKey
		});
		return { outcome: resultOf(index, input.to, "accepted", {
			sid: message.sid,
			status: message.status
		}) };
	} catch (thrown) {
		if (!(thrown instanceof ActionError)) throw thrown;
		const outcome = outcomeOf$1(thrown);
		const facts = {
			reason: thrown.message,
			errorCode: thrown.facts.code ?? null
		};
		const stop = /^(credentials|unexpected-answer|unavailable|aborted)$/.test(thrown.kind) ? { stop: `the server does not take messages: ${thrown.message}` } : {};
		return {
			outcome: resultOf(index, input.to, outcome, facts),
			...stop
		};
	}
}
function outcomeOf$1({ kind }) {
	if (kind === "unknown-outcome") return "unknown";
	return /^(rate-limited|unavailable|aborted)$/.test(kind) ? "skipped" : "refused";
}
function skipped({ index, input }, reason) {
	return { outcome: resultOf(index, input.to, "skipped", { reason }) };
}
function resultOf(index, to, outcome, facts) {
	return {
		index,
		to,
		outcome,
		sid: null,
		status: null,
		errorCode: null,
		reason: null,
		...facts
	};
}
function tally(results) {
	const count = (outcome) => results.filter((result) => result.outcome === outcome).length;
	return {
		accepted: count("accepted"),
		refused: count("refused"),
		unknown: count("unknown"),
		skipped: count("skipped"),
		results
	};
}
function createTurns(ratePerSecond) {
	if (ratePerSecond === void 0) return async () => void 0;
	const gapMs = 1e3 / ratePerSecond;
	let nextMs = performance.now();
	return async (signal) => {
		const nowMs = performance.now();
		const mineMs = Math.max(nextMs, nowMs);
		nextMs = mineMs + gapMs;
		if (mineMs <= nowMs || signal?.aborted === true) return;
		await pause(mineMs - nowMs, signal).catch((thrown) => {
			if (signal?.aborted !== true) throw thrown;
		});
	};
}
// gateway/actions/senders.ts
const MOST = 1e3;
async function listPhoneNumbers(connection) {
	const numbers = [];
	const request = {
		path: `/2010-04-01/Accounts/${connection.accountSid}/IncomingPhoneNumbers.json`,
		key: "incoming_phone_numbers",
		query: [["PageSize", "1000"]]
	};
	for await (const { items } of pagesOf(connection, request)) {
		for (const item of items) {
			const capabilities = isObject(item["capabilities"]) ? item["capabilities"] : {};
			numbers.push({
				sid: textOf$1(item, "sid"),
				phoneNumber: textOf$1(item, "phone_number"),
				friendlyName: textOf$1(item, "friendly_name"),
				sms: capabilities["sms"] === true,
				mms: capabilities["mms"] === true
			});
		}
		if (numbers.length >= MOST) break;
	}
	return numbers.slice(0, MOST);
}
async function listMessagingServices(connection) {
	const services = [];
	for await (const { items } of pagesOf(connection, {
		product: "messaging",
		path: "/v1/Services",
		key: "services",
		query: [["PageSize", "1000"]]
	})) {
		services.push(...items.map((item) => ({
			sid: textOf$1(item, "sid"),
			friendlyName: textOf$1(item, "friendly_name")
		})));
		if (services.length >= MOST) break;
	}
	return services.slice(0, MOST);
}
// gateway/actions/wait-for-delivery.ts
const LONGEST_TIMEOUT_SECONDS = 840;
const LONGEST_INTERVAL_MS = 15e3;
async function waitForDelivery(connection, input) {
	const { sid, timeoutSeconds = 60, intervalSeconds = 2, until = "delivered" } = input;
	if (!(timeoutSeconds >= 1 && timeoutSeconds <= LONGEST_TIMEOUT_SECONDS)) throw invalidInput(`The timeout must be 1 to ${LONGEST_TIMEOUT_SECONDS} seconds.`);
	if (!(intervalSeconds > 0)) throw invalidInput("The interval must be more than 0 seconds.");
	const startedMs = performance.now();
	const endsMs = startedMs + timeoutSeconds * 1e3;
	let intervalMs = Math.min(intervalSeconds * 1e3, LONGEST_INTERVAL_MS);
	for (;;) {
		const message = await getMessage(connection, sid);
		const outcome = outcomeOf(message, until);
		const nowMs = performance.now();
		const waitedSeconds = Math.round((nowMs - startedMs) / 100) / 10;
		if (outcome !== null) return {
			outcome,
			message,
			waitedSeconds
		};
		if (nowMs >= endsMs) return {
			outcome: "timed-out",
			message,
			waitedSeconds
		};
		await pause(Math.min(intervalMs, endsMs - nowMs), connection.signal);
		intervalMs = Math.min(intervalMs * 1.5, LONGEST_INTERVAL_MS);
	}
}
function outcomeOf({ status, direction }, until) {
	if (direction === "inbound") throw invalidInput("The message came in: there is no delivery to wait for.");
	if (status === "delivered" || status === "read") return "delivered";
	if (status === "failed" || status === "undelivered" || status === "canceled") return "failed";
	return status === "sent" && until === "sent" ? "delivered" : null;
}
// gateway/actions/webhook/twiml.ts
const emptyTwiml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";
const LARGEST_REPLY = 65536;
function replyTwiml(text) {
	return checkTwiml(`<?xml version="1.0" encoding="UTF-8"?><Response><Message>${text.toWellFormed().replace(/[^\t\n\r\x20-\ufffd\u{10000}-\u{10ffff}]/gu, "").replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)}</Message></Response>`);
}
function checkTwiml(xml) {
	if (!/<Response[\s/>]/.test(xml)) throw invalidInput("The TwiML has no <Response> element.");
	if (Buffer.byteLength(xml) <= LARGEST_REPLY) return xml;
	throw invalidInput("The TwiML is larger than 64 kB, which no server takes.");
}
// gateway/src/core/signature/signed-url.ts
const ORIGIN$1 = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/?#\\]*)/;
function signedUrl(url) {
	const parsed = parseUrl(url);
	if (parsed === null) return url.split("#", 1)[0] ?? "";
	return `${parsed.protocol}//${parsed.hostname}${writtenPort(url)}${parsed.pathname}${parsed.search}`;
}
function portVariants(url) {
	const whole = signedUrl(url);
	const match = ORIGIN$1.exec(whole);
	if (match === null) return [whole];
	const [origin, scheme = "", authority = ""] = match;
	const rest = whole.slice(origin.length);
	const host = authority.replace(/:\d+$/, "");
	if (host !== authority) return [whole, scheme + host + rest];
	return [whole, `${scheme}${host}:${scheme === "https://" ? 443 : 80}${rest}`];
}
function writtenPort(url) {
	return /:\d+$/.exec(ORIGIN$1.exec(url)?.[2] ?? "")?.[0] ?? "";
}
// gateway/src/core/signature/signature.ts
function findSignedUrl({ tokens, urls, signatures, params, body }) {
	const fields = joinFields(params);
	const given = signatures.map(digest);
	let signed = null;
	for (const url of new Set(urls)) {
		const isBodySigned = body === void 0 || sameHash(url, body);
		for (const token of tokens) {
			if (token === "") continue;
			const expected = digest(sign(token, url + fields));
			if (given.reduce((found, each) => timingSafeEqual(each, expected) || found, false) && isBodySigned) signed ??= url;
		}
	}
	return signed;
}
function sign(token, data) {
	return createHmac("sha1", token).update(data, "utf8").digest("base64");
}
function joinFields(params) {
	if (params === void 0) return "";
	const pairs = [...params];
	pairs.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
	let joined = "";
	let previous;
	for (const pair of pairs) {
		if (previous !== void 0 && previous[0] === pair[0] && previous[1] === pair[1]) continue;
		joined += pair[0] + pair[1];
		previous = pair;
	}
	return joined;
}
function compare(a, b) {
	return a < b ? -1 : a > b ? 1 : 0;
}
function bodyHash(body) {
	return createHash("sha256").update(body).digest("hex");
}
function sameHash(url, body) {
	const query = url.indexOf("?");
	const claimed = query < 0 ? null : new URLSearchParams(url.slice(query + 1)).get("bodySHA256");
	return timingSafeEqual(digest((claimed ?? "").toLowerCase()), digest(bodyHash(body)));
}
function digest(text) {
	return createHash("sha256").update(text, "utf8").digest();
}
// gateway/actions/webhook/body.ts
function readBody(given, contentType) {
	const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
	const bytes = given.map(bytesOf).find((each) => each !== null) ?? null;
	if (bytes === null) return readParsed(given, type);
	if (bytes.length === 0) return {
		bytes,
		kind: "none",
		fields: [],
		data: {}
	};
	const text = bytes.toString("utf8");
	if (type === "application/x-www-form-urlencoded") {
		const fields = [...new URLSearchParams(text)];
		return {
			bytes,
			kind: "form",
			fields,
			data: objectOf(fields)
		};
	}
	return {
		bytes,
		kind: "other",
		fields: [],
		data: parseJson(text) ?? text
	};
}
function readParsed(given, type) {
	const parsed = given.find(isObject);
	if (parsed === void 0 || Object.keys(parsed).length === 0) return {
		bytes: null,
		kind: "none",
		fields: [],
		data: {}
	};
	if (type !== "application/x-www-form-urlencoded") return {
		bytes: null,
		kind: "other",
		fields: [],
		data: parsed
	};
	const fields = Object.entries(parsed).flatMap(([name, value]) => [value].flat().map((each) => [name, typeof each === "string" ? each : String(each)]));
	return {
		bytes: null,
		kind: "form",
		fields,
		data: objectOf(fields)
	};
}
function objectOf(fields) {
	const values = new Map();
	for (const [name, value] of fields) {
		const known = values.get(name);
		if (known === void 0) values.set(name, [value]);
		else known.push(value);
	}
	return Object.fromEntries([...values].map(([name, list]) => [name, list.length === 1 ? list[0] ?? "" : list]));
}
function bytesOf(value) {
	if (typeof value === "string") return Buffer.from(value);
	if (value instanceof Uint8Array) return Buffer.from(value);
	if (isObject(value) && value["type"] === "Buffer" && Array.isArray(value["data"])) return Buffer.from(value["data"]);
	return null;
}
// gateway/actions/webhook/event.ts
const MOST_MEDIA = 10;
function readEvent(data, idempotencyToken) {
	const object = isObject(data) ? data : {};
	const field = (name) => {
		const value = Object.hasOwn(object, name) ? object[name] : void 0;
		const first = Array.isArray(value) ? value[0] : value;
		return typeof first === "string" && first !== "" ? first : null;
	};
	const messageSid = field("MessageSid") ?? field("SmsSid") ?? field("SmsMessageSid");
	const messageStatus = field("MessageStatus");
	const status = messageStatus ?? field("SmsStatus");
	const kind = kindOf(messageSid, status, messageStatus !== null);
	const from = field("From");
	return {
		kind,
		messageSid,
		accountSid: field("AccountSid"),
		messagingServiceSid: field("MessagingServiceSid"),
		from,
		to: field("To"),
		body: kind === "inbound" ? field("Body") ?? "" : field("Body"),
		numSegments: numberOf(field("NumSegments")),
		media: mediaOf(field),
		status,
		errorCode: numberOf(field("ErrorCode")),
		optOutType: field("OptOutType"),
		channel: /^([a-z]+):/i.exec(from ?? "")?.[1]?.toLowerCase() ?? "sms",
		idempotencyToken,
		deduplicationKey: idempotencyToken ?? (messageSid === null ? null : `${messageSid}:${status ?? ""}`)
	};
}
function kindOf(messageSid, status, isUpdate) {
	if (messageSid === null) return "other";
	if (!isUpdate && (status === null || status === "received" || status === "receiving")) return "inbound";
	return status === null ? "other" : "status";
}
function mediaOf(field) {
	const count = Math.min(numberOf(field("NumMedia")) ?? 0, MOST_MEDIA);
	return Array.from({ length: Math.max(0, count) }, (_, index) => ({
		url: field(`MediaUrl${index}`) ?? "",
		contentType: field(`MediaContentType${index}`) ?? ""
	})).filter(({ url }) => url !== "");
}
function numberOf(text) {
	return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null;
}
// gateway/actions/webhook/signable-urls.ts
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;
function signableUrls(given) {
	const bare = given.split("#", 1)[0] ?? "";
	if (!/^https?:$/.test(parseUrl(bare)?.protocol ?? "")) return [];
	const written = bare.replace(ORIGIN, "");
	return portVariants(bare).flatMap((url) => [url, (ORIGIN.exec(url)?.[0] ?? "") + written]);
}
// gateway/actions/webhook/webhook.ts
const LARGEST_BODY = 1048576;
const MOST_FIELDS = 2e3;
const MOST_URLS = 24;
function checkWebhook(request, { keys, urls }) {
	const headers = lowerCased(request.headers);
	const signatures = ["x-twilio-signature", "x-trunkline-signature-secondary"].flatMap((name) => headers[name] || []);
	if (signatures.length === 0) return refused("the request has no X-Twilio-Signature header");
	const body = readBody(request.body, headers["content-type"] ?? "");
	if ((body.bytes?.length ?? 0) > LARGEST_BODY || body.fields.length > MOST_FIELDS) return refused("the body is larger than any that is signed");
	if (body.kind === "other" && body.bytes === null) return refused("the body came parsed, so that its hash cannot be checked: hand on the raw body");
	const signedUrl = findSignedUrl({
		tokens: keys,
		urls: candidatesOf(urls, request.query).flatMap(signableUrls),
		signatures,
		params: body.fields,
		...body.kind === "other" && body.bytes !== null ? { body: body.bytes } : {}
	});
	if (signedUrl === null) return refused("the signature does not fit any of the URLs and keys: check the signing key, and the URL as it is configured at the sender");
	return {
		valid: true,
		webhook: read(dataOf(body, signedUrl), headers)
	};
}
function readUncheckedWebhook(request) {
	const headers = lowerCased(request.headers);
	const body = readBody(request.body, headers["content-type"] ?? "");
	return read(body.kind === "none" ? objectOf(pairsOf(request.query)) : body.data, headers);
}
function read(data, headers) {
	return {
		data,
		event: readEvent(data, headers["i-twilio-idempotency-token"] || null)
	};
}
function dataOf(body, signedUrl) {
	if (body.kind !== "none") return body.data;
	const start = signedUrl.indexOf("?");
	return start < 0 ? {} : objectOf([...new URLSearchParams(signedUrl.slice(start + 1))]);
}
function refused(reason) {
	return {
		valid: false,
		reason
	};
}
function candidatesOf(urls, query) {
	const pairs = pairsOf(query);
	const hash = pairs.find(([name]) => name === "bodySHA256")?.[1];
	const spellings = pairs.length === 0 ? [] : spellingsOf(pairs);
	const all = urls.flatMap((url) => {
		const bare = url.trim().split("#", 1)[0] ?? "";
		if (bare === "") return [];
		const base = bare.split("?", 1)[0] ?? "";
		return [
			bare,
			...hash === void 0 || base === bare ? [] : [`${bare}&bodySHA256=${hash}`],
			...spellings.map((spelling) => `${base}?${spelling}`)
		];
	});
	return [...new Set(all)].slice(0, MOST_URLS);
}
function spellingsOf(pairs) {
	return [
		pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&"),
		new URLSearchParams([...pairs]).toString(),
		pairs.map(([name, value]) => `${name}=${value}`).join("&")
	];
}
function pairsOf(query) {
	return Object.entries(query).slice(0, MOST_FIELDS).flatMap(([name, value]) => [value].flat().flatMap((each) => typeof each === "string" ? [[name.toWellFormed(), each.toWellFormed()]] : []));
}
function lowerCased(headers) {
	return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => {
		const text = Array.isArray(value) ? value[0] : value;
		return typeof text === "string" ? [[name.toLowerCase(), text]] : [];
	}));
}
export { ActionError, cancelMessage, checkConsent, checkTwiml, checkWebhook, connect, countSegments, createSecondaryToken, deleteMessage, deleteSecondaryToken, emptyTwiml, getMessage, listMessagePage, listMessages, listMessagingServices, listPhoneNumbers, pollMessages, previewMessage, promoteToken, rawMethods, rawRequest, readUncheckedWebhook, redactMessage, replyTwiml, rotateProvider, sendBulk, sendMessage, verifyConnection, waitForDelivery };
