import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseXml, type XmlElement } from "../twiml/xml-tree.ts";
import { checkTemplate, type RequestTemplate, renderRequest } from "./template.ts";

/** A placeholder, written so that no tool takes it for a template literal's. */
const hole = (name: string) => `$\{${name}}`;
const to = hole("to");
const message = hole("message");

function post(parts: Partial<RequestTemplate>): RequestTemplate {
  return { deliveryMethod: "SMS", method: "POST", url: "https://sms.example/send", ...parts };
}

const form = { "Content-Type": "application/x-www-form-urlencoded" };
const json = { "content-type": "application/json; charset=utf-8" };
const xml = { "content-type": "text/xml" };

/** Any text, and more of what has a meaning somewhere. */
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(..."/\\.?#&=%+;:@\"'<>{}[]()$ \r\n\t\0é🎉😀‮".split("")), maxLength: 12 }),
  fc.constantFrom("", ".", "..", "%2e", "/../..", hole("message"), "\ud83d", "]]>", "-->", '","admin":true,"x":"'),
);

function rendered(template: RequestTemplate, values: Record<string, string>) {
  const result = renderRequest(template, values);
  if (result.kind === "problem") throw new Error(`${result.field} ${result.reason}`);
  return result;
}

describe("renderRequest", () => {
  it("puts values into path, query, headers and body, and nothing where a value is not known", () => {
    const request = rendered(
      post({
        url: `https://sms.example/${to}/send?from=${hole("from")}&l=${hole("locale")}`,
        headers: { ...json, "X-Code": `code ${hole("otp")}` },
        body: `{"text": "${message}", "name": "${hole("user.name.given")}"}`,
      }),
      { to: "+12025550123", from: "Acme & Co", message: 'say "hé"\n', otp: "1234" },
    );
    expect(request).toEqual({
      kind: "request",
      method: "POST",
      url: "https://sms.example/%2B12025550123/send?from=Acme%20%26%20Co&l=",
      headers: { ...json, "X-Code": "code 1234" },
      body: '{"text": "say \\"hé\\"\\n", "name": ""}',
    });
  });

  it("a form value comes back as it was, whatever it is, and adds no field", () => {
    const template = post({ headers: form, body: `To=${to}&Body=a${message}b&x=1` });
    fc.assert(
      fc.property(value, value, (first, second) => {
        const { body } = rendered(template, { to: first, message: second });
        expect([...new URLSearchParams(body ?? "")]).toEqual([
          ["To", first.toWellFormed()],
          ["Body", `a${second.toWellFormed()}b`],
          ["x", "1"],
        ]);
      }),
    );
  });

  it("a JSON string comes back as it was, whatever it is, and adds no member", () => {
    const template = post({ body: `{"to": ["${to}"], "text": "x ${message}", "n": 1}` });
    fc.assert(
      fc.property(value, value, (first, second) => {
        const request = rendered(template, { to: first, message: second });
        expect(request.headers).toEqual({ "content-type": "application/json" });
        expect(JSON.parse(request.body ?? "")).toEqual({
          to: [first.toWellFormed()],
          text: `x ${second.toWellFormed()}`,
          n: 1,
        });
      }),
    );
  });

  it("XML keeps its elements and attributes, and text comes back as it was but for what XML cannot write", () => {
    const template = post({ headers: xml, body: `<sms to='${to}' kind="x"><text>a${message}b</text></sms>` });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant
    const writable = (text: string) => text.toWellFormed().replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "");
    fc.assert(
      fc.property(value, value, (first, second) => {
        const parsed = parseXml(rendered(template, { to: first, message: second }).body ?? "");
        const expected: XmlElement = {
          name: "sms",
          attributes: { to: writable(first), kind: "x" },
          children: [{ name: "text", attributes: {}, children: [`a${writable(second)}b`] }],
        };
        expect(parsed).toEqual({ ok: true, root: expected });
      }),
    );
  });

  it("no value changes the origin, the segments or the parameters of a URL; a value that would is refused", () => {
    const template = post({ url: `https://sms.example:8443/v1/${to}/x${message}/end?a=1&m=${message}&b=2` });
    fc.assert(
      fc.property(value, value, (first, second) => {
        const result = renderRequest(template, { to: first, message: second });
        if (result.kind === "problem") {
          expect(first).toMatch(/^\.{1,2}$/);
          return;
        }
        const url = new URL(result.url);
        expect([url.origin, url.username, url.hash]).toEqual(["https://sms.example:8443", "", ""]);
        expect(url.pathname.split("/").map(decodeURIComponent)).toEqual([
          "",
          "v1",
          first.toWellFormed(),
          `x${second.toWellFormed()}`,
          "end",
        ]);
        expect([...url.searchParams]).toEqual([
          ["a", "1"],
          ["m", second.toWellFormed()],
          ["b", "2"],
        ]);
      }),
    );
  });

  it("a header value stays on its line: line breaks and control characters are refused, other text goes as UTF-8", () => {
    const template = post({ url: `https://sms.example/?to=${to}&m=${message}`, headers: { "X-Text": `<${message}>` } });
    expect(rendered(template, { message: "né" }).headers["X-Text"]).toBe("<n\u00c3\u00a9>");
    fc.assert(
      fc.property(value, (text) => {
        const result = renderRequest(template, { message: text });
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant
        const refused = /[\0-\x08\x0a-\x1f\x7f]/.test(text);
        expect(result.kind).toBe(refused ? "problem" : "request");
        if (result.kind === "request") expect(result.headers["X-Text"]).toMatch(/^<[\t\x20-\x7e\x80-\xff]*>$/);
        else expect(result.reason).not.toContain(text);
      }),
    );
  });

  it("a value is not looked through for placeholders, and names of JavaScript's own are unknown names", () => {
    const template = post({ headers: form, body: `t=${to}&m=${message}&c=${hole("constructor")}${hole("__proto__")}` });
    expect(rendered(template, { to: message, message: to }).body).toBe(
      `t=${encodeURIComponent(message)}&m=${encodeURIComponent(to)}&c=`,
    );
  });

  it("GET has no body", () => {
    const template = post({ method: "GET", url: `https://sms.example/?t=${to}&m=${message}`, body: `x=${to}` });
    expect(rendered(template, { to: "1", message: "2" })).toMatchObject({ method: "GET", body: null, headers: {} });
  });
});

describe("checkTemplate", () => {
  const body = `to=${to}&text=${message}`;

  it.each<[string, Partial<RequestTemplate>]>([
    ["a form", { headers: form, body }],
    ["a form without a content type", { body }],
    ["JSON", { headers: { "Content-Type": "application/vnd.acme+json" }, body: `{"a":"${to}","b":"[X] ${message}"}` }],
    ["XML", { headers: xml, body: `<a b="${to}"><![CDATA[x]]>${message}</a>` }],
    ["plain text", { headers: { "content-type": "text/plain" }, body: `${to}: ${message}` }],
    ["GET", { method: "GET", url: `https://sms.example/${to}?m=${message}` }],
    ["POST with everything in the URL", { url: `https://sms.example/${to}?m=${message}` }],
    ["one part in the URL, the other in the body", { url: `https://sms.example/${to}`, body: `m=${message}` }],
  ])("takes %s", (_, parts) => {
    expect(checkTemplate([post(parts)])).toEqual([]);
    expect(renderRequest(post(parts), { to: "+12025550123", message: "hi" }).kind).toBe("request");
  });

  it.each<[string, Partial<RequestTemplate>]>([
    ["url", { url: `https://${to}/`, body }],
    ["url", { url: `https:///${to}/`, body }],
    ["url", { url: `https://sms.example:${to}/`, body }],
    ["url", { url: `https://sms.example${to}/`, body }],
    ["url", { url: `${to}://sms.example/`, body }],
    ["url", { url: `https://${to}@sms.example/`, body }],
    ["url", { url: `https:\\\\sms.example\\@${to}/`, body }],
    ["url", { url: "https://user:pass@sms.example/", body }],
    ["url", { url: `https://sms.example/#${to}`, body }],
    ["url", { url: "ftp://sms.example/", body }],
    ["url", { url: "/send", body }],
    ["url", { url: "https://sms.example/a b", body }],
    ["url", { url: "https://sms.example/\r\nX: y", body }],
    ["url", { url: `https://sms.example/%${to}`, body }],
    ["url", { url: `https://sms.example/?x=%2${to}`, body }],
    ["url", { url: `https://sms.example/?x={"a":"${to}"}`, body }],
    ["url", { url: `https://sms.example/$\{to`, body }],
    ["url", { url: "https://sms.example/zqplaceholder0zq", body }],
    ["headers.Host", { headers: { Host: "other.example" }, body }],
    ["headers.content-length", { headers: { "content-length": "3" }, body }],
    ["headers.Transfer-Encoding", { headers: { "Transfer-Encoding": "chunked" }, body }],
    ["headers.X Y", { headers: { "X Y": "1" }, body }],
    [`headers.X-${to}`, { headers: { [`X-${to}`]: "1" }, body }],
    ["headers.X-A", { headers: { "X-A": "1\r\nX-B: 2" }, body }],
    ["headers.X-A", { headers: { "X-A": `$\{ to }` }, body }],
    ["headers.Content-Type", { headers: { "Content-Type": hole("type") } }],
    ["body", { headers: json, body: `{"to": ${to}, "text": "${message}"}` }],
    ["body", { headers: json, body: `{"to": "${to}", "text": "${message}"` }],
    ["body", { headers: json, body: `{"${to}": "${message}"}` }],
    ["body", { headers: json, body: `{"to": "\\${to}", "text": "${message}"}` }],
    ["body", { headers: json, body: `{"to": "\\u00${to}", "text": "${message}"}` }],
    ["body", { headers: json, body: `{"payload": "{\\"to\\": \\"${to}\\", \\"m\\": \\"${message}\\"}"}` }],
    ["body", { headers: form, body: `payload={"to":"${to}","m":"${message}"}` }],
    ["body", { headers: form, body: `xml=%3Cto%3E${to}%3C/to%3E&m=${message}` }],
    ["body", { headers: form, body: `to=%2${to}&m=${message}` }],
    ["body", { headers: xml, body: `<${to}>${message}</${to}>` }],
    ["body", { headers: xml, body: `<a ${to}="1">${message}</a>` }],
    ["body", { headers: xml, body: `<a><!-- ${to} -->${message}</a>` }],
    ["body", { headers: xml, body: `<a to="${to}"><![CDATA[${message}]]></a>` }],
    ["body", { headers: xml, body: `<a>${to} ${message}` }],
    ["body", { headers: { "content-type": "multipart/form-data; boundary=x" }, body }],
    ["body", { headers: { "content-type": "text/plain; charset=iso-8859-1" }, body }],
  ])("refuses at %s: %j, and such a template is never sent either", (field, parts) => {
    const problems = checkTemplate([post(parts)]);
    expect(problems.map((problem) => problem.field)).toContain(`requests[0].${field}`);
    expect(renderRequest(post(parts), { to: "+12025550123", message: "hi" }).kind).toBe("problem");
  });

  it("wants the recipient and the text: of GET in the URL, of POST in the URL or the body", () => {
    expect(checkTemplate([post({ method: "GET", body }), post({ deliveryMethod: "VOICE", body: `x=${to}` })])).toEqual([
      { field: "requests[0].url", reason: `must contain ${to}` },
      { field: "requests[0].url", reason: `must contain ${message}` },
      { field: "requests[1].body", reason: `must contain ${message}` },
    ]);
    expect(checkTemplate([])).toEqual([{ field: "requests", reason: "must hold a request" }]);
    expect(checkTemplate([post({ body }), post({ body })]).map(({ field }) => field)).toEqual([
      "requests[1].deliveryMethod",
    ]);
  });

  it("never throws, and whatever it takes can be rendered with any value but dots in the path", () => {
    const texts = fc.array(fc.oneof(value, fc.constantFrom(to, message, "<a>", "</a>", '{"a":"', '"}', "https://h/")), {
      maxLength: 8,
    });
    const types = fc.constantFrom("application/json", "text/xml", "text/plain", "application/x-www-form-urlencoded");
    fc.assert(
      fc.property(texts, texts, types, value, (url, body, type, text) => {
        const template = post({
          url: `https://h/${url.join("")}`,
          headers: { "content-type": type },
          body: body.join(""),
        });
        const problems = checkTemplate([template]);
        const result = renderRequest(template, { to: text, message: text });
        if (problems.length === 0 && !/^(\.|%2e)*$/i.test(text)) expect(result.kind).toBe("request");
        if (result.kind === "request") expect(new URL(result.url).host).toBe("h");
      }),
      { numRuns: 500 },
    );
  });
});
