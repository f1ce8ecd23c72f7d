// What a facade adds to /openapi.json: the description of its own routes. Shared, because facades do not know each other;
// the native facade serves the document, the composition root brings the parts together.

export interface OpenapiSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, OpenapiSchema>>;
  readonly items?: OpenapiSchema;
  readonly required?: readonly string[];
}

interface OpenapiContent {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema: OpenapiSchema }>>;
}

export interface OpenapiOperation {
  readonly tags: readonly string[];
  readonly summary: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: "path" | "query";
    readonly required: boolean;
    readonly description?: string;
    readonly schema: OpenapiSchema;
  }[];
  readonly requestBody?: OpenapiContent;
  readonly responses: Readonly<Record<string, OpenapiContent>>;
}

export interface OpenapiPart {
  readonly tags: readonly { readonly name: string; readonly description: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenapiOperation>>>>;
  readonly schemas: Readonly<Record<string, OpenapiSchema>>;
}

/** The parts of several facades as one; their paths and the names of their schemas differ. */
export function joinOpenapi(...parts: readonly OpenapiPart[]): OpenapiPart {
  return {
    tags: parts.flatMap(({ tags }) => tags),
    paths: Object.assign({}, ...parts.map(({ paths }) => paths)) as OpenapiPart["paths"],
    schemas: Object.assign({}, ...parts.map(({ schemas }) => schemas)) as OpenapiPart["schemas"],
  };
}
