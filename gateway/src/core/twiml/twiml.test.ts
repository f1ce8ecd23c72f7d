import fc from "fast-check";
import twilio from "twilio";
import { describe, expect, it } from "vitest";
import { parseTwiml } from "./twiml.ts";

const xml = (body: string) => parseTwiml(body, "text/xml; charset=utf-8");
const reply = (body: string, more: object = {}) => ({ body, mediaUrls: [], ...more });

describe("parseTwiml", () => {
  it("reads a reply, plain or in <Body>, with media and attributes", () => {
    expect(
      xml(`<?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Message>  Hi &amp; &lt;bye&gt; &#x1F600;&#65; <!-- aside --><![CDATA[<b>&amp;</b>]]> </Message>
          <Message to="+15558675310" from="12345" action="/done" method="get" statusCallback="https://e.com/s?a=1&amp;b=2">
            <Body>Two</Body><Media>https://e.com/1.png</Media><Media> https://e.com/2.png </Media>
          </Message>
          <Sms>Old</Sms>
        </Response>`),
    ).toEqual({
      kind: "replies",
      warnings: [],
      messages: [
        reply("Hi & <bye> 😀A <b>&amp;</b>"),
        {
          body: "Two",
          mediaUrls: ["https://e.com/1.png", "https://e.com/2.png"],
          to: "+15558675310",
          from: "12345",
          action: "/done",
          method: "GET",
          statusCallback: "https://e.com/s?a=1&b=2",
        },
        reply("Old"),
      ],
    });
  });

  it.each(["", "  \n", "<Response/>", "<Response></Response>", "\ufeff<Response> <!-- nothing --> </Response>"])(
    "sends nothing for %j",
    (body) => {
      expect(xml(body)).toEqual({ kind: "replies", messages: [], warnings: [] });
    },
  );

  it("sends nothing for an empty answer of any type", () => {
    expect(parseTwiml("", null)).toEqual({ kind: "replies", messages: [], warnings: [] });
    expect(parseTwiml(" ", "application/json")).toEqual({ kind: "replies", messages: [], warnings: [] });
  });

  it.each(["text/xml", "application/xml", "text/html; charset=UTF-8", "TEXT/XML"])("reads %s as TwiML", (type) => {
    expect(parseTwiml("<Response><Message>x</Message></Response>", type)).toMatchObject({ messages: [reply("x")] });
  });

  it("takes the whole of text/plain for the reply", () => {
    expect(parseTwiml("<Response/> & more\n", "text/plain")).toMatchObject({
      messages: [reply("<Response/> & more\n")],
    });
  });

  it.each(["application/json", "", "image/png"])("refuses content type %j with 12300", (type) => {
    expect(parseTwiml("<Response/>", type)).toMatchObject({ kind: "invalid", errorCode: 12300 });
  });

  it.each([
    ["text beside <Body>", "<Message>Hello <Body>there</Body> you</Message>", "Hello there you"],
    ["blanks beside <Body>", "<Message>\n <Body> there </Body>\n</Message>", "there"],
    ["two bodies", "<Message><Body>a</Body><Body>b</Body></Message>", "a b"],
    ["text around media", "<Message>see<Media>https://e.com/1</Media></Message>", "see"],
  ])("keeps %s", (_name, verb, body) => {
    expect(xml(`<Response>${verb}</Response>`)).toMatchObject({ messages: [{ body }], warnings: [] });
  });

  it.each([
    ["an unknown verb", "<Foo/>", [12200]],
    ["a verb for calls", "<Say>hi</Say>", [14110]],
    ["stray text", "hello", [12200]],
    ["an unknown part of a message", "<Message>x<Foo/></Message>", [12200]],
    ["an empty message", "<Message> </Message>", [14103]],
    ["an impossible To", '<Message to="12">x</Message>', [14101]],
    ["an impossible From", '<Message from="!">x</Message>', [14102]],
    ["a strange method", '<Message method="PUT">x</Message>', [14104]],
  ])("warns of %s", (_name, content, warnings) => {
    expect(xml(`<Response>${content}</Response>`)).toMatchObject({ kind: "replies", warnings });
  });

  it("sends the rest when one message is unusable", () => {
    expect(xml('<Response><Message to="1">a</Message><Message>b</Message></Response>')).toMatchObject({
      messages: [reply("b")],
    });
  });

  it("sends ten messages and warns once of more", () => {
    const result = xml(`<Response>${"<Message>x</Message>".repeat(13)}</Response>`);
    expect(result.kind === "replies" && result.messages.length).toBe(10);
    expect(result).toMatchObject({ warnings: [14109] });
  });

  it("redirects, with what comes before it and not what comes after", () => {
    expect(
      xml(
        '<Response><Message>a</Message><Redirect method="get"> https://e.com/next?a=1&amp;b=2 </Redirect><Message>b</Message></Response>',
      ),
    ).toEqual({
      kind: "redirect",
      url: "https://e.com/next?a=1&b=2",
      method: "GET",
      messages: [reply("a")],
      warnings: [],
    });
    expect(xml("<Response><Redirect/></Response>")).toMatchObject({ kind: "redirect", url: "", method: "POST" });
  });

  it("reads what the npm package's builder writes, for any text", () => {
    const text = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 200 })
      .filter((body) => body.trim() === body && !/[\p{Cc}\ufffe\uffff]/u.test(body));
    fc.assert(
      fc.property(text, (body) => {
        const response = new twilio.twiml.MessagingResponse();
        response.message({ to: "+15558675310" }, body);
        expect(xml(response.toString())).toMatchObject({ messages: [{ body, to: "+15558675310" }], warnings: [] });
      }),
      { numRuns: 200 },
    );
  });
});

describe("parseTwiml, given what is not TwiML", () => {
  it.each([
    ["broken XML", "<Response><Message>a</Response>"],
    ["an unclosed element", "<Response>"],
    ["another root", "<html></html>"],
    ["a lower-case root", "<response/>"],
    ["two roots", "<Response/><Response/>"],
    ["text only", "hello"],
    ["a bare ampersand", "<Response><Message>a & b</Message></Response>"],
    ["an unknown entity", "<Response><Message>&nbsp;</Message></Response>"],
    ["a forbidden character", "<Response><Message>&#0;</Message></Response>"],
    ["an entity in an attribute", '<Response><Message to="&x;">a</Message></Response>'],
    ["a blank before the declaration", ' <?xml version="1.0"?><Response/>'],
    ["too deep nesting", `<Response>${"<a>".repeat(50)}${"</a>".repeat(50)}</Response>`],
    ["a prototype key", "<Response><__proto__/></Response>"],
    ["a document type", "<!DOCTYPE Response><Response/>"],
    ["a document type inside", "<Response><!DOCTYPE x></Response>"],
  ])("answers 12100 to %s", (_name, body) => {
    expect(xml(body)).toMatchObject({ kind: "invalid", errorCode: 12100 });
  });

  it("takes a control character for what it is, wherever it stands, and does not repeat it", () => {
    for (const document of [
      "<Resp\0onse/>",
      "<Response><Message>a\0b</Message></Response>",
      "<Response>\x1f</Response>",
    ]) {
      expect(xml(document)).toEqual({
        kind: "invalid",
        errorCode: 12100,
        reason: "a character that XML does not allow",
      });
    }
  });

  it("says where the XML is broken", () => {
    expect(xml("<Response>\n<Message>a</Response>")).toMatchObject({
      reason: expect.stringMatching(/^line 2, column 11: /),
    });
  });

  it("expands no entity of the document's own: neither a billion laughs nor a file", () => {
    const levels = Array.from({ length: 9 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`);
    const laughs = `<!DOCTYPE x [<!ENTITY l0 "ha">${levels.join("")}]><Response><Message>&l9;</Message></Response>`;
    const file = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Response><Message>&f;</Message></Response>';
    for (const body of [laughs, file]) expect(xml(body)).toMatchObject({ kind: "invalid", errorCode: 12100 });
  });

  it("takes a <!DOCTYPE in CDATA or in a comment for the text it is", () => {
    expect(xml("<Response><!-- <!DOCTYPE x> --><Message><![CDATA[<!DOCTYPE x>]]></Message></Response>")).toMatchObject({
      messages: [reply("<!DOCTYPE x>")],
    });
  });

  it("answers 11750 to more than 64 kB, counted in bytes", () => {
    const body = (length: number) => `<Response><Message>${"я".repeat(length)}</Message></Response>`;
    expect(xml(body(32_800))).toMatchObject({ kind: "invalid", errorCode: 11750 });
    expect(xml(body(32_700))).toMatchObject({ kind: "replies" });
    expect(parseTwiml("x".repeat(65_537), "text/plain")).toMatchObject({ errorCode: 11750 });
  });

  it("is quick with hostile documents of the full size", () => {
    const hostile = [
      "<",
      "<a",
      "<a>",
      "<!--",
      "<![CDATA[",
      "&",
      "<?",
      "<!DOCTYPE [",
      "]]>",
      "&#x",
      "<Message>",
      "a='",
      "<a b=''/>",
    ].flatMap((piece) => {
      const filling = piece.repeat(Math.floor(65_000 / piece.length));
      return [filling, `<Response>${filling}</Response>`, `<Response a="${filling}"/>`];
    });
    const started = process.cpuUsage();
    for (const body of hostile) xml(body);
    const { user } = process.cpuUsage(started);
    // About 10 ms each; a quadratic step would take minutes.
    expect(user / 1000 / hostile.length).toBeLessThan(250);
  });

  it("never throws", () => {
    const pieces = fc.constantFrom(
      "<",
      ">",
      "/",
      "Response",
      "Message",
      "<Response>",
      "</Response>",
      "<Message>",
      "</Message>",
      "&",
      ";",
      "#",
      '"',
      "=",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "<!DOCTYPE",
      "[",
      "a",
      " ",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        expect(["replies", "redirect", "invalid"]).toContain(xml(parts.join("")).kind);
      }),
      { numRuns: 1000 },
    );
  });
});
