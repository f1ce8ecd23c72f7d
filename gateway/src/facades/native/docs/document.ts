// The parts of an OpenAPI 3.1 document that the docs page reads. Whatever else stands in the document is ignored.

export interface ApiSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly items?: ApiSchema;
  readonly properties?: Readonly<Record<string, ApiSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly ApiSchema[];
  readonly oneOf?: readonly ApiSchema[];
}

export interface ApiParameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: ApiSchema;
}

export interface ApiContent {
  readonly content?: Readonly<Record<string, { readonly schema?: ApiSchema }>>;
  readonly description?: string;
}

export interface ApiOperation {
  readonly tags?: readonly string[];
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly ApiParameter[];
  readonly requestBody?: ApiContent;
  readonly responses?: Readonly<Record<string, ApiContent>>;
}

export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
  readonly paths?: Readonly<Record<string, Readonly<Record<string, ApiOperation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, ApiSchema>> };
}

/** One field of a schema, at any depth: `attempts[].outcome`. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly about: string;
}

const depthMax = 3;

/** The fields of a schema, flattened; alternatives contribute the fields of each. */
export function fieldsOf(document: ApiDocument, schema: ApiSchema | undefined): Field[] {
  return collect(document, schema, { prefix: "", depth: 0 });
}

interface Place {
  readonly prefix: string;
  readonly depth: number;
}

function collect(document: ApiDocument, given: ApiSchema | undefined, { prefix, depth }: Place): Field[] {
  const schema = resolve(document, given);
  if (schema === undefined || depth >= depthMax) return [];
  if (schema.items !== undefined) return collect(document, schema.items, { prefix: `${prefix}[]`, depth });
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) {
    const fields = alternatives.flatMap((one) => collect(document, one, { prefix, depth }));
    return [...new Map(fields.map((field) => [`${field.name} ${field.type}`, field])).values()];
  }
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    const resolved = resolve(document, property);
    const required = schema.required?.includes(key) === true;
    const field = { name, type: typeOf(document, property), required, about: aboutOf(property, resolved) };
    return [field, ...collect(document, property, { prefix: name, depth: depth + 1 })];
  });
}

/** What is said about a value, with its default. `resolved`: the schema behind a reference. */
export function aboutOf(property: ApiSchema, resolved?: ApiSchema): string {
  const about = property.description ?? resolved?.description ?? "";
  return property.default === undefined ? about : `${about} Default: ${JSON.stringify(property.default)}.`.trim();
}

/** A type as people write it: `string | null`, `Attempt[]`, `"GET" | "POST"`. */
export function typeOf(document: ApiDocument, schema: ApiSchema | undefined): string {
  if (schema === undefined) return "any";
  if (schema.$ref !== undefined) return schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map((one) => typeOf(document, one)))].join(" | ");
  if (schema.items !== undefined) return `${typeOf(document, schema.items)}[]`;
  return [schema.type ?? "any"].flat().join(" | ");
}

function resolve(document: ApiDocument, schema: ApiSchema | undefined): ApiSchema | undefined {
  const name = schema?.$ref?.slice(schema.$ref.lastIndexOf("/") + 1);
  return name === undefined ? schema : document.components?.schemas?.[name];
}
