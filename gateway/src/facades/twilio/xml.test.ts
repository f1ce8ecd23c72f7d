import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { xmlDocument, xmlElement, xmlList, xmlResource } from "./xml.ts";

const parser = new XMLParser({ parseTagValue: false, trimValues: false, ignoreDeclaration: true });

describe("xmlResource", () => {
  it("names elements in CamelCase and leaves nulls empty", () => {
    expect(xmlResource("Message", { account_sid: "AC1", price: null, subresource_uris: { media: "/m" } })).toBe(
      "<Message><AccountSid>AC1</AccountSid><Price/><SubresourceUris><Media>/m</Media></SubresourceUris></Message>",
    );
  });

  it("is well-formed for any text, which comes back unchanged where XML can hold it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const document = xmlDocument(xmlResource("Message", { body: text }));
        expect(XMLValidator.validate(document)).toBe(true);
      }),
    );
    const body = '<a href="x">Tom & Jerry\'s</a> \u{1f61c}';
    expect(parser.parse(xmlElement("Body", body))).toEqual({ Body: body });
  });
});

describe("xmlList", () => {
  it("carries the envelope as attributes without underscores", () => {
    expect(xmlList("Messages", "Message", { page_size: 1, next_page_uri: null }, [{ sid: "SM1" }])).toBe(
      '<Messages pagesize="1" nextpageuri=""><Message><Sid>SM1</Sid></Message></Messages>',
    );
  });
});
