// XML from a stranger into a small tree. Strict about well-formedness; no document type, no entities but the five of
// XML and character references, no deep nesting: work and memory are bounded by the length of the text.

import { XMLParser, XMLValidator } from "fast-xml-parser";

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements and text in document order. Comments and processing instructions are gone, CDATA is text. */
  readonly children: readonly (XmlElement | string)[];
}

export type XmlResult =
  | { readonly ok: true; readonly root: XmlElement }
  /** What is wrong, with line and column where known. */
  | { readonly ok: false; readonly reason: string };

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // Decoded here instead, so that nothing a document declares can ever be expanded.
  processEntities: false,
  cdataPropName: "#cdata",
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: 32,
});

// XML 1.0, section 2.2. What decodes a body from bytes leaves no half surrogate pair.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones meant
const forbidden = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** Parses one document. The caller limits its length. */
export function parseXml(text: string): XmlResult {
  const xml = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (forbidden.test(xml)) return { ok: false, reason: "a character that XML does not allow" };
  const checked = XMLValidator.validate(xml);
  if (checked !== true) {
    return { ok: false, reason: `line ${checked.err.line}, column ${checked.err.col}: ${checked.err.msg}` };
  }
  if (hasDoctype(xml)) return { ok: false, reason: "a document type declaration is not allowed" };
  try {
    return { ok: true, root: rootOf(parser.parse(xml)) };
  } catch (thrown) {
    return { ok: false, reason: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

/** Looks for `<!DOCTYPE` outside comments and CDATA; one pass. */
function hasDoctype(xml: string): boolean {
  let at = xml.indexOf("<!");
  while (at >= 0) {
    const close = xml.startsWith("<!--", at) ? "-->" : xml.startsWith("<![CDATA[", at) ? "]]>" : null;
    if (close === null) return true;
    const end = xml.indexOf(close, at);
    if (end < 0) return true;
    at = xml.indexOf("<!", end);
  }
  return false;
}

/** What the parser gives in `preserveOrder` mode: one key for the name, `:@` for the attributes. */
type ParsedNode = Readonly<Record<string, unknown>>;

function rootOf(nodes: unknown): XmlElement {
  const roots = childrenOf(nodes).filter((node) => typeof node !== "string");
  const [root, second] = roots;
  if (root === undefined) throw new Error("there is no element");
  if (second !== undefined) throw new Error(`<${second.name}> comes after the end of the document`);
  return root;
}

function childrenOf(nodes: unknown): (XmlElement | string)[] {
  return Array.isArray(nodes) ? nodes.map((node: ParsedNode) => convert(node)) : [];
}

function convert(node: ParsedNode): XmlElement | string {
  const name = Object.keys(node).find((key) => key !== ":@") ?? "";
  const value = node[name];
  if (name === "#text") return decodeEntities(String(value));
  if (name === "#cdata")
    return Array.isArray(value) ? value.map((part: ParsedNode) => String(part["#text"] ?? "")).join("") : "";
  const attributes: Record<string, string> = {};
  for (const [key, text] of Object.entries((node[":@"] ?? {}) as ParsedNode))
    attributes[key] = decodeEntities(String(text));
  return { name, attributes, children: childrenOf(value) };
}

const namedEntities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&]{0,32});?/g, (entity, name: string) => {
    const decoded = entity.endsWith(";") ? (namedEntities[name] ?? characterOf(name)) : undefined;
    if (decoded === undefined) throw new Error(`unknown entity ${entity}`);
    return decoded;
  });
}

/** `#65` or `#x41`: only characters that XML allows (XML 1.0, section 2.2). */
function characterOf(reference: string): string | undefined {
  const match = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(reference);
  if (match === null) return undefined;
  const code = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  const allowed =
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd);
  return allowed || (code >= 0x10000 && code <= 0x10ffff) ? String.fromCodePoint(code) : undefined;
}
