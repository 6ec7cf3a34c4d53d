import type { Schema } from '@santokit/contract';
import { loadModule, parseSync, scanSync } from 'libpg-query';
import { outboxWords, statementWords } from './statement-words.ts';

await loadModule();

const WORDS = statementWords();
const CAUSING_WORDS = new Set([...WORDS, ...outboxWords()]);

/** What a statement may name. */
export interface Vocabulary {
  readonly schema: Schema;
  /** Figures that the call names. */
  readonly named?: readonly string[];
  /** Numbers of rows that the release and its rules set: they stand in the text, for they are no caller's. */
  readonly limits?: ReadonlySet<number>;
  /** Whether rows that are written cause entries of the outbox. */
  readonly causes?: boolean;
}

export interface Proof {
  /** What is wrong with the statement; none, where it is as it must be. */
  readonly faults: readonly string[];
  /** All of the text that is no name and no parameter, as `statementWords` spells it. */
  readonly words: readonly string[];
}

/** The place of a column in its table ends one of the compiler's texts. */
const OWN_COUNTER = /(?<=^stk_out_of_bounds)_\d+$/;
/** Aliases that the compiler makes up. */
const OWN_ALIAS = /^(t\d+|c\d+|rows?|list|total|count|present|written|excluded|xmax|u|n|a|b|c|p)$/;

/**
 * Looks at a generated statement with PostgreSQL's own parser. It must be one statement; every operator, function, type, literal and word
 * in it must be one of those that the compiler has; every table and column is of the schema, under its own namespace, and quoted.
 */
export function proveStatement(
  text: string,
  { schema, named = [], limits = new Set(), causes = false }: Vocabulary,
): Proof {
  const { stmts = [] } = parseSync(text);
  if (stmts.length !== 1) return { faults: [`${stmts.length} statements`], words: [] };
  const columns = Object.values(schema).flatMap((table) => Object.keys(table.columns));
  const names = [...columns, ...Object.keys(schema), ...named, ...(causes ? OUTBOX_COLUMNS : [])];
  const reader = new TreeReader({ schema, limits, causes }, new Set(names));
  reader.read(stmts);
  const words = [...reader.words, ...writtenWords(text)];
  return { words, faults: [...reader.faults, ...words.filter((word) => !(causes ? CAUSING_WORDS : WORDS).has(word))] };
}

/** Of an entry, as far as a write says anything of them. */
const OUTBOX_COLUMNS = ['scope', 'kind', 'topic', 'payload', 'depth'];

type Node = Readonly<Record<string, unknown>>;

class TreeReader {
  readonly words: string[] = [];
  readonly faults: string[] = [];
  readonly #schema: Schema;
  readonly #names: ReadonlySet<string>;
  readonly #limits: ReadonlySet<number>;
  readonly #causes: boolean;

  constructor({ schema, limits, causes }: Required<Omit<Vocabulary, 'named'>>, names: ReadonlySet<string>) {
    this.#schema = schema;
    this.#names = names;
    this.#limits = limits;
    this.#causes = causes;
  }

  read(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.read(item);
    else if (isNode(value))
      for (const [name, inner] of Object.entries(value)) {
        if (isNode(inner) && name === 'limitCount') this.#limit(inner);
        else {
          // Members of a node are in lower case, the kinds of nodes are not.
          if (isNode(inner) && /^[A-Z]/.test(name)) this.#node(name, inner);
          this.read(inner);
        }
      }
  }

  #node(kind: string, node: Node): void {
    this.words.push(`node ${kind}`);
    switch (kind) {
      case 'A_Const':
        this.words.push(constant(node));
        break;
      case 'A_Expr':
        this.words.push(`operator ${textsOf(node.name).join('.')}`);
        break;
      case 'FuncCall':
        this.words.push(`function ${textsOf(node.funcname).join('.')}`);
        break;
      case 'TypeCast':
        this.words.push(`type ${typeName(node.typeName)}`);
        break;
      case 'CollateClause':
        this.words.push(`collation ${textsOf(node.collname).join('.')}`);
        break;
      case 'RangeVar':
        this.#table(node);
        break;
      case 'ResTarget':
      case 'IndexElem':
        if (typeof node.name === 'string') this.#name(node.name);
        break;
      case 'ColumnRef':
        for (const field of textsOf(node.fields)) this.#name(field);
        break;
    }
  }

  #limit(node: Node): void {
    const literal = isNode(node.A_Const) ? node.A_Const.ival : undefined;
    if (literal === undefined) this.read(node);
    else if (!isNode(literal) || !this.#limits.has(Number(literal.ival ?? 0)))
      this.faults.push(`limit ${JSON.stringify(literal)}`);
  }

  #table({ schemaname, relname, catalogname }: Node): void {
    const name = String(relname);
    const table = Object.hasOwn(this.#schema, name) ? this.#schema[name] : undefined;
    const isOutbox = this.#causes && schemaname === 'santokit' && name === 'outbox';
    const isOwn = table === undefined && ((name === 'written' && schemaname === undefined) || isOutbox);
    const isKnown = table !== undefined && schemaname === (table.schema ?? 'public') && catalogname === undefined;
    if (!isOwn && !isKnown) this.faults.push(`table ${schemaname}.${name}`);
  }

  #name(name: string): void {
    if (!this.#names.has(name) && !OWN_ALIAS.test(name)) this.faults.push(`column ${name}`);
  }
}

function constant({ sval, fval, ival, boolval, bsval }: Node): string {
  if (isNode(sval)) return `text ${String(sval.sval ?? '').replace(OWN_COUNTER, '_')}`;
  if (isNode(fval)) return `number ${fval.fval}`;
  if (isNode(ival)) return `number ${ival.ival ?? 0}`;
  if (isNode(boolval)) return `boolean ${boolval.boolval ?? false}`;
  return bsval === undefined ? 'null' : 'bits';
}

function typeName(type: unknown): string {
  if (!isNode(type)) return 'unknown';
  const { names, typmods, arrayBounds, setof } = type;
  const suffix = `${typmods === undefined ? '' : '(…)'}${arrayBounds === undefined ? '' : '[]'}`;
  return `${setof === true ? 'setof ' : ''}${textsOf(names).join('.')}${suffix}`;
}

/** Words that stand unquoted, and all that is neither a word nor a name, a parameter or a literal. */
function writtenWords(text: string): string[] {
  return scanSync(text).tokens.flatMap(({ tokenName, text: token }) => {
    if (tokenName === 'PARAM' || token.startsWith('"')) return [];
    if (tokenName === 'ICONST' || tokenName === 'FCONST' || tokenName === 'SCONST') return [];
    return `token ${token}`;
  });
}

function isNode(value: unknown): value is Node {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function textsOf(list: unknown): string[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: { String?: { sval?: string }; A_Star?: object }) =>
    item.A_Star === undefined ? (item.String?.sval ?? '') : '*',
  );
}
