import { type Problem, type ProjectFile, TABLE_DEFAULT_CONNECTION, TABLE_DEFAULT_SCHEMA } from '@santokit/contract';
import { type Document, parseDocument } from 'yaml';

export interface PlacedFiles {
  /** What is to be written, as whole files. */
  readonly files: readonly ProjectFile[];
  /** Why nothing can be written without a table's being declared twice. */
  readonly problems: readonly Problem[];
}

/**
 * Puts pulled tables, one a file, to where a project declares them already: there the table alone is replaced, and what else stands in the
 * file stays. What is declared nowhere gets the file that it came in, under another name where that file holds other tables.
 */
export function placePulled(pulled: readonly ProjectFile[], present: readonly ProjectFile[]): PlacedFiles {
  const problems: Problem[] = [];
  const replaced = new Set(pulled.map(({ path }) => path));
  const standing = new Map<string, Standing>();
  for (const file of present.filter(({ path }) => path.startsWith('schema/'))) {
    const document = parseDocument(file.content);
    if (document.errors.length === 0) standing.set(file.path, { file, document, tables: tablesIn(document) });
    else if (!replaced.has(file.path)) problems.push(problemIn(file, 'This is no YAML: mend it or take it away first'));
  }
  const written = new Map<string, ProjectFile>();
  for (const file of pulled) {
    const document = parseDocument(file.content);
    const tables = tablesIn(document);
    if (tables.length === 0) written.set(file.path, file);
    for (const table of tables) {
      const { home, clash } = findHome(table, standing);
      if (clash !== undefined) problems.push(clash);
      else if (home === undefined) {
        const path = freePath(file.path, (taken) => written.has(taken) || holdsTables(standing.get(taken)));
        written.set(path, { path, content: file.content });
      } else {
        const { path, content } = written.get(home.file.path) ?? home.file;
        written.set(path, { path, content: replaceIn(home, { file, document, tables: [table] }) ?? content });
      }
    }
  }
  return { files: [...written.values()], problems };
}

interface Standing {
  readonly file: ProjectFile;
  readonly document: Document;
  readonly tables: readonly DeclaredTable[];
}

interface DeclaredTable {
  readonly name: string;
  /** Which table of which database it is. */
  readonly place: string;
  readonly entry: unknown;
}

function tablesIn(document: Document): DeclaredTable[] {
  const tables = asMapping(asMapping(document.toJS())?.tables) ?? {};
  return Object.entries(tables).map(([name, entry]) => {
    const { connection, schema, nativeName } = asMapping(entry) ?? {};
    const place = [connection ?? TABLE_DEFAULT_CONNECTION, schema ?? TABLE_DEFAULT_SCHEMA, nativeName ?? name];
    return { name, place: place.join('.'), entry };
  });
}

function asMapping(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** Where a pulled table is declared already; `clash` where its name is another table's there, or it has another name. */
function findHome(
  { name, place }: DeclaredTable,
  standing: ReadonlyMap<string, Standing>,
): { home?: Standing; clash?: Problem } {
  for (const home of standing.values())
    for (const table of home.tables) {
      if (table.name === name && table.place === place) return { home };
      if (table.name !== name && table.place !== place) continue;
      const what = `Table "${table.name}" is ${table.place} here, and a pull declares ${place} as "${name}"`;
      return { clash: problemIn(home.file, `${what}: rename it or take it away first`) };
    }
  return {};
}

/** The content of a file with the pulled table in place of the one that it declares; undefined where both say the same. */
function replaceIn({ document, tables }: Standing, pulled: Standing): string | undefined {
  const [table] = pulled.tables;
  const earlier = tables.find(({ name }) => name === table?.name);
  if (table === undefined || JSON.stringify(earlier?.entry) === JSON.stringify(table.entry)) return undefined;
  if (tables.length === 1) return pulled.file.content;
  document.setIn(['tables', table.name], pulled.document.getIn(['tables', table.name], true));
  if (pulled.document.get('adopted') === true) document.set('adopted', true);
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

function holdsTables(standing: Standing | undefined): boolean {
  return standing !== undefined && standing.tables.length > 0;
}

function freePath(path: string, isTaken: (path: string) => boolean): string {
  const stem = path.replace(/\.yaml$/, '');
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? path : `${stem}_${count}.yaml`;
    if (!isTaken(candidate)) return candidate;
  }
}

function problemIn(file: ProjectFile, message: string): Problem {
  return { file: file.path, line: 1, column: 1, message };
}
