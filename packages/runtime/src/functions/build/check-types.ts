import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Problem, ProjectFile } from '@santokit/contract';
import ts from 'typescript-compiler';
import { importRefusal } from './listed-packages.ts';
import { importedPath } from './project-modules.ts';

/** Where an export is declared. */
export interface ExportPlace {
  readonly name: string;
  readonly line: number;
  readonly column: number;
}

export interface CheckedTypes {
  readonly problems: readonly Problem[];
  /** By file, what it exports. */
  readonly exports: Readonly<Record<string, readonly ExportPlace[]>>;
}

/** Checks the types of functions and of what they import, with the compiler's own library and the listed packages beside them. */
export function checkTypes(modules: ReadonlyMap<string, ProjectFile>): CheckedTypes {
  const program = ts.createProgram({
    rootNames: [...modules.keys()].map((path) => ROOT + path),
    options: OPTIONS,
    host: hostOf(modules),
    ...(previous === undefined ? {} : { oldProgram: previous }),
  });
  previous = program;
  const checker = program.getTypeChecker();
  const problems: Problem[] = [];
  const exports: Record<string, ExportPlace[]> = {};
  for (const path of modules.keys()) {
    const file = program.getSourceFile(ROOT + path);
    if (file === undefined) continue;
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    problems.push(...found.map((diagnostic) => problemOf(path, file, diagnostic)), ...forbiddenIn(path, file));
    const symbol = checker.getSymbolAtLocation(file);
    exports[path] = (symbol === undefined ? [] : checker.getExportsOfModule(symbol)).map(({ name, declarations }) => ({
      name,
      ...placeOf(file, declarations?.find((each) => each.getSourceFile() === file)?.getStart() ?? 0),
    }));
  }
  return { problems, exports };
}

const ROOT = '/project/';
const FUNCTIONS = fileURLToPath(import.meta.resolve('@santokit/functions'));
const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  lib: ['lib.es2024.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  strict: true,
  isolatedModules: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/** The compiler's library and the listed packages are read once, and what did not change is not checked again. */
let previous: ts.Program | undefined;
const libraries = new Map<string, ts.SourceFile | undefined>();

function hostOf(modules: ReadonlyMap<string, ProjectFile>): ts.CompilerHost {
  const contentOf = (name: string) => modules.get(name.slice(ROOT.length))?.content;
  const isOfProject = (name: string) => name.startsWith(ROOT);
  return {
    getSourceFile(name, language) {
      if (isOfProject(name)) {
        const content = contentOf(name);
        if (content === undefined) return undefined;
        const before = previous?.getSourceFile(name);
        return before?.text === content ? before : ts.createSourceFile(name, content, language, true);
      }
      if (!libraries.has(name)) {
        const text = ts.sys.readFile(name);
        libraries.set(name, text === undefined ? undefined : ts.createSourceFile(name, text, language, true));
      }
      return libraries.get(name);
    },
    fileExists: (name) => (isOfProject(name) ? contentOf(name) !== undefined : ts.sys.fileExists(name)),
    readFile: (name) => (isOfProject(name) ? contentOf(name) : ts.sys.readFile(name)),
    resolveModuleNameLiterals: (literals, containing) =>
      literals.map(({ text }) => ({ resolvedModule: resolve(modules, text, containing) })),
    getDefaultLibFileName: () => `${LIBRARY}/lib.es2024.d.ts`,
    getDefaultLibLocation: () => LIBRARY,
    getCurrentDirectory: () => ROOT,
    getCanonicalFileName: (name) => name,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => {},
  };
}

const LIBRARY = dirname(ts.getDefaultLibFilePath(OPTIONS));

function resolve(
  modules: ReadonlyMap<string, ProjectFile>,
  specifier: string,
  containing: string,
): ts.ResolvedModuleFull | undefined {
  if (!containing.startsWith(ROOT)) return ts.resolveModuleName(specifier, containing, OPTIONS, ts.sys).resolvedModule;
  if (specifier === '@santokit/functions') return { resolvedFileName: FUNCTIONS, extension: ts.Extension.Ts };
  if (specifier === 'zod') return ts.resolveModuleName(specifier, FUNCTIONS, OPTIONS, ts.sys).resolvedModule;
  const path = importedPath(modules, containing.slice(ROOT.length), specifier);
  return path === undefined ? undefined : { resolvedFileName: ROOT + path, extension: ts.Extension.Ts };
}

function problemOf(path: string, file: ts.SourceFile, { messageText, start = 0, length = 0 }: ts.Diagnostic): Problem {
  const text = file.text.slice(start, start + length);
  const [, specifier] = /^Cannot find (?:module|name) /.test(String(messageText)) ? (QUOTED.exec(text) ?? []) : [];
  const message = ts.flattenDiagnosticMessageText(messageText, ' ').replace(ADVICE, '').slice(0, 1_000);
  return { file: path, ...placeOf(file, start), message: specifier === undefined ? message : importRefusal(specifier) };
}

const QUOTED = /^['"](.*)['"]$/;
/** It is about packages that are nowhere to be installed. */
const ADVICE = / (?:Do you need to (?:install|change)|Try changing) .*$/s;

function placeOf(file: ts.SourceFile, position: number): { readonly line: number; readonly column: number } {
  const { line, character } = file.getLineAndCharacterOfPosition(position);
  return { line: line + 1, column: character + 1 };
}

/** What a bundle cannot hold, and what would switch the check off. */
function forbiddenIn(path: string, file: ts.SourceFile): Problem[] {
  const problems: Problem[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier === undefined || !ts.isStringLiteralLike(specifier))
        problems.push({
          file: path,
          ...placeOf(file, node.getStart(file)),
          message: 'What is imported must be written as a text',
        });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return problems;
}
