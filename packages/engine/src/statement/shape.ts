import { type CallOperation, type Json, type Limits, StkError } from '@santokit/contract';
import { decodeCursor, malformedCursor } from './cursor.ts';

/**
 * Params taken apart: `key` is JSON text of the params in which every value is replaced by its index in `values`.
 * The parser is given the key and nothing else, so a statement can only depend on what the key says.
 */
export interface Shape {
  readonly key: string;
  readonly values: readonly Json[];
}

/**
 * Separates what a statement is made of (names, operators, nulls) from the values that are bound to it.
 * @throws StkError `BAD_REQUEST` where the params are not of the form that the operation asks for
 */
export function shapeOf(operation: CallOperation, params: Json, limits: Limits): Shape {
  const writer = new ShapeWriter(limits);
  const entries = objectEntries(params, 'params');
  writer.members(entries, (name, value) => {
    if (operation === 'select') writer.readParam(name, value, 0);
    else if (operation === 'count' || operation === 'aggregate') writer.totalParam(name, value);
    else writer.writeParam(operation, name, value);
  });
  return writer;
}

/** Deeper than any limit that the parser names, so that its messages come first; bounds the recursion. */
const MOST_DEPTH = 32;
const MOST_NAMES = 1_000;
/** Params of writes that hold names and flags, no values. */
const STRUCTURES: ReadonlySet<string> = new Set(['returning', 'all', 'conflict', 'update']);

/** Where a condition stands: in which param, and below which name. */
interface Place {
  readonly param: string;
  readonly column: string;
}

class ShapeWriter implements Shape {
  key = '';
  readonly values: Json[] = [];
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** A param of a select, or of an expanded relation at `depth`. A name that is not known is left to the parser. */
  readParam(name: string, value: Json, depth: number): void {
    switch (name) {
      case 'where':
        this.#filter(value, 0, name);
        break;
      case 'limit':
      case 'offset':
        this.#slot(value);
        break;
      case 'expand':
        this.#expand(value, depth);
        break;
      case 'select':
      case 'orderBy':
      case 'count':
      case 'distinct':
        this.#structure(value, name, 0);
        break;
      case 'after':
        this.#after(value);
        break;
      default:
        this.key += 'true';
    }
  }

  /** A param of a count or an aggregation. */
  totalParam(name: string, value: Json): void {
    switch (name) {
      case 'where':
      case 'having':
        this.#filter(value, 0, name);
        break;
      case 'limit':
        this.#slot(value);
        break;
      case 'groupBy':
      case 'aggregate':
      case 'orderBy':
        this.#structure(value, name, 0);
        break;
      default:
        this.key += 'true';
    }
  }

  /** A param of a write. */
  writeParam(operation: CallOperation, name: string, value: Json): void {
    if (name === 'data' && (operation === 'insert' || operation === 'upsert')) this.#insertData(value);
    else if (name === 'data' && operation === 'update') this.#assignments(objectEntries(value, 'data'));
    else if (name === 'where' && (operation === 'update' || operation === 'delete')) this.#filter(value, 0, name);
    else if (STRUCTURES.has(name)) this.#structure(value, name, 0);
    else this.key += 'true';
  }

  members<T>(entries: readonly (readonly [string, T])[], member: (name: string, value: T) => void): void {
    let separator = '';
    this.key += '{';
    for (const [name, value] of entries) {
      this.key += `${separator}${JSON.stringify(name)}:`;
      member(name, value);
      separator = ',';
    }
    this.key += '}';
  }

  #items<T>(items: readonly T[], item: (value: T) => void): void {
    let separator = '';
    this.key += '[';
    for (const value of items) {
      this.key += separator;
      item(value);
      separator = ',';
    }
    this.key += ']';
  }

  #slot(value: Json): void {
    this.key += this.values.length;
    this.values.push(value);
  }

  /** A cursor as `[slot of its fingerprint, [slot or null for each of its values]]`: which are null changes the statement. */
  #after(value: Json): void {
    const { fingerprint, position } = decodeCursor(value);
    if (position.length > MOST_NAMES) throw malformedCursor();
    this.key += '[';
    this.#slot(fingerprint);
    this.key += ',';
    this.#items(position, (part) => {
      if (part === null) this.key += 'null';
      else this.#slot(part);
    });
    this.key += ']';
  }

  /** Of `where` or `having`, which is the param's name. */
  #filter(value: Json, depth: number, param: string): void {
    if (depth > this.#limits.whereDepth) throw tooDeep(param, this.#limits);
    this.#conditions(objectEntries(value, param), depth, { param, column: param });
  }

  /** Of columns and relations by name; below a name, its operators, or what is asked of related rows. */
  #conditions(entries: readonly (readonly [string, Json])[], depth: number, { param, column }: Place): void {
    this.members(entries, (name, entry) => {
      if (name === '$and' || name === '$or') this.#filters(entry, depth + 1, { param, column: name });
      else if (name === '$not') this.#filter(entry, depth + 1, param);
      else if (entry === null) this.key += 'null';
      else if (name.startsWith('$')) this.#operand(name, entry, column);
      else if (isObject(entry)) this.#below(entry, depth, { param, column: name });
      else this.#slot(entry);
    });
  }

  /** Operators nest no deeper; related rows count as one level each, which only the parser can tell. */
  #below(entry: { readonly [key: string]: Json }, depth: number, place: Place): void {
    const entries = Object.entries(entry);
    const isNested = entries.some(([key]) => !key.startsWith('$') || key === '$and' || key === '$or' || key === '$not');
    if (isNested && depth >= this.#limits.whereDepth) throw tooDeep(place.param, this.#limits);
    this.#conditions(entries, isNested ? depth + 1 : depth, place);
  }

  #filters(value: Json, depth: number, { param, column }: Place): void {
    if (!isList(value)) throw badRequest(`${column} must be a list of conditions`);
    this.#items(value, (entry) => this.#filter(entry, depth, param));
  }

  #operand(operator: string, value: Json, column: string): void {
    if (operator === '$isNull' || operator === '$isNotNull') this.#structure(value, operator, 0);
    else {
      if ((operator === '$in' || operator === '$notIn') && isList(value)) this.#requireFew(value, operator, column);
      this.#slot(value);
    }
  }

  #requireFew(items: readonly Json[], operator: string, column: string): void {
    const most = this.#limits.inItems;
    if (items.length < 1 || items.length > most)
      throw new StkError('BAD_REQUEST', `${operator} takes a list of 1 to ${most} values`, {
        column: column.slice(0, 80),
      });
  }

  #expand(value: Json, depth: number): void {
    if (depth >= MOST_DEPTH) throw badRequest(`expand goes at most ${this.#limits.expandDepth} levels deep`);
    if (!isObject(value)) {
      this.#structure(value, 'expand', 0);
      return;
    }
    this.members(Object.entries(value), (name, options) => {
      if (!isObject(options)) this.#structure(options, `expand.${name}`, 0);
      else this.members(Object.entries(options), (option, entry) => this.readParam(option, entry, depth + 1));
    });
  }

  /** One row as its cells; a list as `[slot of the number of rows, columns]`, each column one slot that holds a list. */
  #insertData(data: Json): void {
    if (!isList(data)) {
      this.#cells(objectEntries(data, 'data'));
      return;
    }
    const most = this.#limits.insertRows;
    if (data.length < 1 || data.length > most) throw badRequest(`data must list 1 to ${most} rows`);
    const rows = data.map((row, index) => {
      if (!isObject(row)) throw badRequest(`data[${index}] must be an object`);
      return row;
    });
    this.key += '[';
    this.#slot(rows.length);
    this.key += ',';
    this.members([...sentCounts(rows)], (name, sent) => this.#column(name, rows, sent));
    this.key += ']';
  }

  /** The values of one column over all rows; beside them, where some rows leave it out, which ones sent it. */
  #column(name: string, rows: readonly { readonly [key: string]: Json }[], sent: number): void {
    const cells = rows.map((row) => (Object.hasOwn(row, name) ? (row[name] ?? null) : null));
    if (sent === rows.length) this.#slot(cells);
    else this.#items([cells, rows.map((row) => Object.hasOwn(row, name))], (slot) => this.#slot(slot));
  }

  #cells(entries: readonly (readonly [string, Json])[]): void {
    if (entries.length > MOST_NAMES) throw badRequest(`data has more than ${MOST_NAMES} columns`);
    this.members(entries, (_, value) => this.#slot(value));
  }

  /** Cells, and changes as `{"$inc": [slot of the amount, slot of the whole]}`: in a column of type json the whole is the value. */
  #assignments(entries: readonly (readonly [string, Json])[]): void {
    if (entries.length > MOST_NAMES) throw badRequest(`data has more than ${MOST_NAMES} columns`);
    this.members(entries, (_, value) => {
      const [change, ...others] = isObject(value) ? Object.entries(value) : [];
      if (change === undefined || others.length > 0 || !change[0].startsWith('$')) this.#slot(value);
      else this.members([change], (_name, amount) => this.#items([amount, value], (slot) => this.#slot(slot)));
    });
  }

  /** Names, flags and lists of them, as they are. */
  #structure(value: Json, name: string, depth: number): void {
    if (value === null || typeof value !== 'object') {
      this.key += JSON.stringify(value);
      return;
    }
    const entries = Object.entries(value);
    if (depth > 2 || entries.length > MOST_NAMES) throw badRequest(`${name} is not of a form that is understood`);
    if (isList(value)) this.#items(value, (entry) => this.#structure(entry, name, depth + 1));
    else this.members(entries, (_, entry) => this.#structure(entry, name, depth + 1));
  }
}

/** How many rows send each column, in the order in which columns first appear. */
function sentCounts(rows: readonly { readonly [key: string]: Json }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) for (const name of Object.keys(row)) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size > MOST_NAMES) throw badRequest(`data has more than ${MOST_NAMES} columns`);
  return counts;
}

function objectEntries(value: Json, name: string): [string, Json][] {
  if (!isObject(value)) throw badRequest(`${name} must be an object`);
  return Object.entries(value);
}

function tooDeep(param: string, { whereDepth }: Limits): StkError {
  return badRequest(`${param} is nested more than ${whereDepth} deep`);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function badRequest(message: string): StkError {
  return new StkError('BAD_REQUEST', message);
}
