import { expect, it } from "vitest";
import { fillTemplate } from "./template.ts";

it("fills in variables, also those with odd names, and takes their text literally", () => {
  expect(
    fillTemplate("Hi {{ name }}, {{n}}{{first name}} $& {x}", { name: "$& {{n}}", n: 3, "first name": true }),
  ).toBe("Hi $& {{n}}, 3true $& {x}");
});

it.each(["{{name}}", "{{toString}}", "{{__proto__}}", "{{a}}"])("refuses %s without a value", (template) => {
  expect(() => fillTemplate(template, { a: { b: 1 } })).toThrow("no value for");
});
