// `trunkline/actions` for whoever installs the package: Node strips no types below node_modules, so the sources there
// would not run. One module of plain JavaScript, and one file of types.

import { join, resolve } from "node:path";
import { rolldown } from "rolldown";
import ts from "typescript-6";

const root = resolve(import.meta.dirname, "..");
const entry = join(root, "gateway/actions/index.ts");
const banner = "// Made from gateway/actions by `npm run generate`: change it there.\n";

export async function bundleActions(): Promise<string> {
  const build = await rolldown({ input: entry, cwd: root, platform: "node", external: /^(node:|libphonenumber-js)/ });
  const { output } = await build.generate({ format: "esm", comments: false });
  await build.close();
  return banner + output[0].code;
}

/** The declarations that the entry's names are made of, in one file; only the entry's names are exported. */
export function describeActions(): string {
  const program = ts.createProgram([entry], {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ["node"],
    strict: true,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  });
  const imports = new Map<string, Set<string>>();
  const declared = new Map<string, string>();
  const exported: string[] = [];
  program.emit(undefined, (fileName, text) => {
    const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.ES2024);
    const isEntry = fileName.endsWith("gateway/actions/index.d.ts");
    for (const statement of file.statements) readStatement(statement, file, { imports, declared, exported, isEntry });
  });
  if (exported.length === 0) throw new Error("gateway/actions/index.ts exports nothing.");
  const exportLine = `export { ${exported.sort().join(", ")} };`;
  const needed = neededFor(exportLine, declared);
  const words = wordsIn(needed.join("\n"));
  const importLines = [...imports].flatMap(([from, names]) => {
    const used = [...names].filter((name) => words.has(name.split(" ").at(-1) ?? name));
    return used.length === 0 ? [] : [`import type { ${used.join(", ")} } from ${from};`];
  });
  return [banner, ...importLines.sort(), ...needed, exportLine, ""].join("\n");
}

/** What a text names, and what that names, in the order of the files. */
function neededFor(text: string, declared: ReadonlyMap<string, string>): string[] {
  const found = new Set<string>();
  const texts = [text];
  for (let next = texts.pop(); next !== undefined; next = texts.pop()) {
    for (const word of wordsIn(next)) {
      const declaration = declared.get(word);
      if (declaration === undefined || found.has(word)) continue;
      found.add(word);
      texts.push(declaration);
    }
  }
  return [...declared].filter(([name]) => found.has(name)).map(([, declaration]) => declaration);
}

/** Not those of comments. */
function wordsIn(text: string): Set<string> {
  return new Set(text.replace(/\/\*.*?\*\//gs, "").match(/\w+/g));
}

interface Reading {
  /** Module, quoted → the names from it. */
  readonly imports: Map<string, Set<string>>;
  /** Name → its declaration. */
  readonly declared: Map<string, string>;
  readonly exported: string[];
  readonly isEntry: boolean;
}

function readStatement(statement: ts.Statement, file: ts.SourceFile, reading: Reading): void {
  const text = statement.getText(file);
  if (ts.isImportDeclaration(statement)) {
    readImport(statement, file, reading);
    return;
  }
  if (ts.isExportDeclaration(statement)) {
    if (reading.isEntry) reading.exported.push(...namesOf(statement, file));
    return;
  }
  const name = /(?:interface|type|class|function|const)\s+(\w+)/.exec(text)?.[1] ?? "";
  const comments = ts.getLeadingCommentRanges(file.text, statement.pos) ?? [];
  const comment = comments.filter(({ kind }) => kind === ts.SyntaxKind.MultiLineCommentTrivia).at(-1);
  const doc = comment === undefined ? "" : `${file.text.slice(comment.pos, comment.end)}\n`;
  if (reading.declared.has(name)) throw new Error(`gateway/actions declares ${name} in two files: rename one.`);
  reading.declared.set(name, doc + text.replace(/^export /, "").replace(/^(?=class|function|const)/, "declare "));
}

/** Only types are left in declarations; what comes from a file of ours is declared here itself. */
function readImport(statement: ts.ImportDeclaration, file: ts.SourceFile, { imports }: Reading): void {
  const from = statement.moduleSpecifier.getText(file);
  const bindings = statement.importClause?.namedBindings;
  if (/^["']\./.test(from) || bindings === undefined || !ts.isNamedImports(bindings)) return;
  const names = imports.get(from) ?? new Set();
  imports.set(from, names);
  for (const element of bindings.elements) names.add(element.getText(file).replace(/^type /, ""));
}

function namesOf({ exportClause, isTypeOnly }: ts.ExportDeclaration, file: ts.SourceFile): string[] {
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
  return exportClause.elements.map((element) => {
    const name = element.getText(file).replace(/^type /, "");
    return isTypeOnly || element.isTypeOnly ? `type ${name}` : name;
  });
}
