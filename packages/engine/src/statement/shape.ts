import { type CallOperation, type Json, type Limits, StkError } from '@santokit/contract';
import { decodeCursor, malformedCursor } from './cursor.ts';
import { changeIn, isList, isObject, type JsonObject, objectOf } from './json-object.ts';

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
  writer.params(operation, objectOf(params, 'params'));
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

/** Goes over members and items by plain loops: a closure for each object of each request would cost more than it reads better. */
class ShapeWriter implements Shape {
  key = '';
  readonly values: Json[] = [];
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  params(operation: CallOperation, params: JsonObject): void {
    let separator = '{';
    for (const name of Object.keys(params)) {
      const value = this.#member(separator, params, name);
      if (operation === 'select') this.readParam(name, value, 0);
      else if (operation === 'count' || operation === 'aggregate') this.totalParam(name, value);
      else this.writeParam(operation, name, value);
      separator = ',';
    }
    this.#endObject(separator);
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
    else if (name === 'data' && operation === 'update') this.#assignments(objectOf(value, 'data'));
    else if (name === 'where' && (operation === 'update' || operation === 'delete')) this.#filter(value, 0, name);
    else if (STRUCTURES.has(name)) this.#structure(value, name, 0);
    else this.key += 'true';
  }

  /** Writes what comes before a member's value, which is what it gives. `separator` is `{` for the first one. */
  #member(separator: string, object: JsonObject, name: string): Json {
    this.key += `${separator}${JSON.stringify(name)}:`;
    return object[name] ?? null;
  }

  /** @param separator what would have come before one more member */
  #endObject(separator: string): void {
    this.key += separator === '{' ? '{}' : '}';
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
    this.key += ',[';
    for (let i = 0; i < position.length; i++) {
      const part = position[i] ?? null;
      if (i > 0) this.key += ',';
      if (part === null) this.key += 'null';
      else this.#slot(part);
    }
    this.key += ']]';
  }

  /** Of `where` or `having`, which is the param's name. */
  #filter(value: Json, depth: number, param: string): void {
    if (depth > this.#limits.whereDepth) throw tooDeep(param, this.#limits);
    this.#conditions(objectOf(value, param), depth, { param, column: param });
  }

  /** Of columns and relations by name; below a name, its operators, or what is asked of related rows. */
  #conditions(conditions: JsonObject, depth: number, { param, column }: Place): void {
    let separator = '{';
    for (const name of Object.keys(conditions)) {
      const entry = this.#member(separator, conditions, name);
      separator = ',';
      if (name === '$and' || name === '$or') this.#filters(entry, depth + 1, { param, column: name });
      else if (name === '$not') this.#filter(entry, depth + 1, param);
      else if (entry === null) this.key += 'null';
      else if (name.startsWith('$')) this.#operand(name, entry, column);
      else if (isObject(entry)) this.#below(entry, depth, { param, column: name });
      else this.#slot(entry);
    }
    this.#endObject(separator);
  }

  /** Operators nest no deeper; related rows count as one level each, which only the parser can tell. */
  #below(entry: JsonObject, depth: number, place: Place): void {
    const isNested = Object.keys(entry).some(nests);
    if (isNested && depth >= this.#limits.whereDepth) throw tooDeep(place.param, this.#limits);
    this.#conditions(entry, isNested ? depth + 1 : depth, place);
  }

  #filters(value: Json, depth: number, { param, column }: Place): void {
    if (!isList(value)) throw badRequest(`${column} must be a list of conditions`);
    this.key += '[';
    for (let i = 0; i < value.length; i++) {
      if (i > 0) this.key += ',';
      this.#filter(value[i] ?? null, depth, param);
    }
    this.key += ']';
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
    let separator = '{';
    for (const name of Object.keys(value)) {
      const options = this.#member(separator, value, name);
      if (isObject(options)) this.#expandOptions(options, depth + 1);
      else this.#structure(options, `expand.${name}`, 0);
      separator = ',';
    }
    this.#endObject(separator);
  }

  #expandOptions(options: JsonObject, depth: number): void {
    let separator = '{';
    for (const option of Object.keys(options)) {
      this.readParam(option, this.#member(separator, options, option), depth);
      separator = ',';
    }
    this.#endObject(separator);
  }

  /** One row as its cells; a list as `[slot of the number of rows, columns]`, each column one slot that holds a list. */
  #insertData(data: Json): void {
    if (!isList(data)) {
      this.#cells(objectOf(data, 'data'));
      return;
    }
    const most = this.#limits.insertRows;
    if (data.length < 1 || data.length > most) throw badRequest(`data must list 1 to ${most} rows`);
    for (let i = 0; i < data.length; i++)
      if (!isObject(data[i] ?? null)) throw badRequest(`data[${i}] must be an object`);
    const rows = data as readonly JsonObject[];
    this.key += '[';
    this.#slot(rows.length);
    this.key += ',';
    let separator = '{';
    for (const [name, sent] of sentCounts(rows)) {
      this.key += `${separator}${JSON.stringify(name)}:`;
      this.#column(name, rows, sent);
      separator = ',';
    }
    this.#endObject(separator);
    this.key += ']';
  }

  /** The values of one column over all rows; beside them, where some rows leave it out, which ones sent it. */
  #column(name: string, rows: readonly JsonObject[], sent: number): void {
    const cells: Json[] = [];
    const isSent: boolean[] = [];
    for (const row of rows) {
      const has = Object.hasOwn(row, name);
      cells.push(has ? (row[name] ?? null) : null);
      isSent.push(has);
    }
    if (sent === rows.length) this.#slot(cells);
    else this.#pair(cells, isSent);
  }

  /** Two slots that belong together. */
  #pair(first: Json, second: Json): void {
    this.key += '[';
    this.#slot(first);
    this.key += ',';
    this.#slot(second);
    this.key += ']';
  }

  #cells(row: JsonObject): void {
    const names = Object.keys(row);
    if (names.length > MOST_NAMES) throw badRequest(`data has more than ${MOST_NAMES} columns`);
    let separator = '{';
    for (const name of names) {
      this.#slot(this.#member(separator, row, name));
      separator = ',';
    }
    this.#endObject(separator);
  }

  /** Cells, and changes as `{"$inc": [slot of the amount, slot of the whole]}`: in a column of type json the whole is the value. */
  #assignments(row: JsonObject): void {
    const names = Object.keys(row);
    if (names.length > MOST_NAMES) throw badRequest(`data has more than ${MOST_NAMES} columns`);
    let separator = '{';
    for (const name of names) {
      const value = this.#member(separator, row, name);
      const change = changeIn(value);
      if (change === undefined || !isObject(value)) this.#slot(value);
      else {
        this.#pair(this.#member('{', value, change), value);
        this.key += '}';
      }
      separator = ',';
    }
    this.#endObject(separator);
  }

  /** Names, flags and lists of them, as they are. */
  #structure(value: Json, name: string, depth: number): void {
    if (value === null || typeof value !== 'object') {
      this.key += JSON.stringify(value);
      return;
    }
    const names = Object.keys(value);
    if (depth > 2 || names.length > MOST_NAMES) throw badRequest(`${name} is not of a form that is understood`);
    let separator = isList(value) ? '[' : '{';
    if (isList(value)) {
      for (const entry of value) {
        this.key += separator;
        this.#structure(entry, name, depth + 1);
        separator = ',';
      }
      this.key += separator === '[' ? '[]' : ']';
      return;
    }
    const object = value as JsonObject;
    for (const member of names) {
      this.#structure(this.#member(separator, object, member), name, depth + 1);
      separator = ',';
    }
    this.#endObject(separator);
  }
}

function nests(key: string): boolean {
  return !key.startsWith('$') || key === '$and' || key === '$or' || key === '$not';
}

/** How many rows send each column, in the order in which columns first appear. */
function sentCounts(rows: readonly JsonObject[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) for (const name of Object.keys(row)) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (counts.size > MOST_NAMES) throw badRequest(`data has more than ${MOST_NAMES} columns`);
  return counts;
}

function tooDeep(param: string, { whereDepth }: Limits): StkError {
  return badRequest(`${param} is nested more than ${whereDepth} deep`);
}

function badRequest(message: string): StkError {
  return new StkError('BAD_REQUEST', message);
}
