import { type Json, objectKeyFault, StkError, type ValueSpec } from '@santokit/contract';
import { compareDecimals, decimalShape } from './decimal.ts';
import { formatCheck } from './formats.ts';
import { isCalendarDate, normalisedTimestamp } from './instants.ts';
import { jsonText } from './json-text.ts';
import { compilePattern } from './pattern.ts';
import { isWellFormedText } from './storable-json.ts';

/** Checks a JSON value and gives its text: numbers in decimal, booleans `true`/`false`, bytes base64, json and arrays JSON. */
export type ValueCheck = (value: Json, label: string) => string;

/**
 * Compiles what a column (or an element of an array) asks of a value that is not null: its type, and `enum`, lengths, `pattern`,
 * `format`, `min` and `max`. The check throws `BAD_REQUEST` with the label, never with the value.
 */
export function compileValueCheck(spec: ValueSpec): ValueCheck {
  const typed = compileTypeCheck(spec);
  const constraints = compileConstraints(spec);
  if (constraints.length === 0) return typed;
  return (value, label) => {
    const text = typed(value, label);
    for (const constraint of constraints) {
      const broken = constraint(text);
      if (broken !== undefined) throw invalid(label, broken);
    }
    return text;
  };
}

/**
 * Like `compileValueCheck`, for values that are compared with and never stored: only the type is asked for. Lists of tables that were made
 * elsewhere hold nulls, and lists of their elements (in PostgreSQL the same type).
 */
export function compileComparisonCheck({ type, items }: ValueSpec): ValueCheck {
  if (type !== 'array' || items === undefined) return compileTypeCheck({ type });
  const checkElement = compileComparisonCheck(items);
  const written = writtenForm(items);
  const holdsLists = items.type === 'array' || items.type === 'json';
  const list = (value: readonly Json[], label: string): Json[] =>
    value.map((item, index) => {
      const place = `${label}[${index}]`;
      if (item === null) return null;
      if (Array.isArray(item) && !holdsLists) return list(item, place);
      const text = checkElement(item, place);
      return written === undefined ? item : written(text);
    });
  return (value, label) => {
    if (!Array.isArray(value)) throw invalid(label, 'must be a list');
    return jsonText(list(value, label), label);
  };
}

/** Checks the type of a value that is not null. */
export function compileTypeCheck(spec: ValueSpec): ValueCheck {
  switch (spec.type) {
    case 'string':
    case 'file':
      return checkString;
    case 'int':
      return integerCheck(-(2n ** 31n), 2n ** 31n - 1n);
    case 'bigint':
      return checkBigint;
    case 'float':
      return checkFloat;
    case 'decimal':
      return decimalCheck(spec.precision, spec.scale);
    case 'boolean':
      return (value, label) => (typeof value === 'boolean' ? String(value) : refuse(label, 'must be true or false'));
    case 'json':
      return jsonText;
    case 'timestamp':
      return (value, label) => normalisedTimestamp(text(value, label, TIMESTAMP_FORM)) ?? refuse(label, TIMESTAMP_FORM);
    case 'date':
      return (value, label) =>
        isCalendarDate(text(value, label, DATE_FORM)) ? String(value) : refuse(label, DATE_FORM);
    case 'uuid':
      return (value, label) =>
        UUID.test(text(value, label, 'must be a UUID')) ? String(value).toLowerCase() : refuse(label, 'must be a UUID');
    case 'bytes':
      return checkBytes;
    case 'array':
      return arrayCheck(spec);
  }
}

const TIMESTAMP_FORM =
  'must be an RFC 3339 timestamp with an offset and whole microseconds, such as 2024-01-31T12:00:00Z';
const DATE_FORM = 'must be a date, such as 2024-01-31';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const BIGINT = /^-?(?:0|[1-9][0-9]{0,18})$/;

export function invalid(label: string, reason: string): StkError {
  return new StkError('BAD_REQUEST', `${label} ${reason}`, { column: label.replace(/\[.*$/s, '') });
}

function refuse(label: string, reason: string): never {
  throw invalid(label, reason);
}

function text(value: Json, label: string, reason: string): string {
  if (typeof value !== 'string') throw invalid(label, reason);
  return value;
}

function checkString(value: Json, label: string): string {
  const string = text(value, label, 'must be a string');
  if (!isWellFormedText(string)) throw invalid(label, 'must be Unicode text without NUL');
  return string;
}

function integerCheck(least: bigint, most: bigint): ValueCheck {
  return (value, label) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw invalid(label, 'must be an integer');
    if (value < least || value > most) throw invalid(label, `must be between ${least} and ${most}`);
    return String(value === 0 ? 0 : value);
  };
}

function checkBigint(value: Json, label: string): string {
  const string = text(value, label, 'must be an integer as a string');
  if (!BIGINT.test(string)) throw invalid(label, 'must be an integer of 64 bits as a string');
  if (BigInt.asIntN(64, BigInt(string)) !== BigInt(string)) throw invalid(label, 'must fit into 64 bits');
  return string;
}

function checkFloat(value: Json, label: string): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(label, 'must be a number');
  return String(value);
}

function decimalCheck(precision: number | undefined, scale: number | undefined): ValueCheck {
  return (value, label) => {
    const string = text(value, label, 'must be a decimal as a string');
    const shape = decimalShape(string);
    if (shape === undefined) throw invalid(label, 'must be a decimal such as "12.50", without an exponent');
    // PostgreSQL's numeric holds 131,072 digits before the point; nobody writes so many, and each costs time.
    if (shape.integerDigits > 1_000 || shape.fractionDigits > 1_000) throw invalid(label, 'has too many digits');
    if (precision !== undefined) {
      const fraction = scale ?? 0;
      if (shape.fractionDigits > fraction) throw invalid(label, `must have at most ${fraction} digits after the point`);
      if (shape.integerDigits > precision - fraction)
        throw invalid(label, `must have at most ${precision - fraction} digits before the point`);
    }
    return string;
  };
}

function checkBytes(value: Json, label: string): string {
  const string = text(value, label, 'must be base64');
  if (string.length % 4 !== 0 || Buffer.from(string, 'base64').toString('base64') !== string)
    throw invalid(label, 'must be base64 with padding');
  return string;
}

function arrayCheck({ items }: ValueSpec): ValueCheck {
  const checkItem = items === undefined ? undefined : compileValueCheck(items);
  const written = items === undefined ? undefined : writtenForm(items);
  return (value, label) => {
    if (!Array.isArray(value)) throw invalid(label, 'must be a list');
    if (checkItem === undefined) return jsonText(value, label);
    const texts = value.map((item, index) => {
      if (item === null) throw invalid(`${label}[${index}]`, 'must not be null');
      return checkItem(item, `${label}[${index}]`);
    });
    return jsonText(written === undefined ? value : texts.map(written), label);
  };
}

/**
 * From the text of an element to the element, for types that say one value in several ways: a list is kept as text, and no
 * database brings what is in it to one form. Undefined for the other types, whose elements stay as they came.
 */
function writtenForm({ type, items }: ValueSpec): ((text: string) => Json) | undefined {
  if (type === 'timestamp' || type === 'uuid') return (text) => text;
  if (type === 'array' && items !== undefined && writtenForm(items) !== undefined) return (text) => JSON.parse(text);
  return undefined;
}

type Constraint = (text: string) => string | undefined;

function compileConstraints(spec: ValueSpec): Constraint[] {
  const constraints: Constraint[] = [];
  const { minLength, maxLength, min, max } = spec;
  if (spec.type === 'file') constraints.push(keyConstraint);
  if (spec.enum !== undefined) constraints.push(enumConstraint(spec.enum));
  if (minLength !== undefined)
    constraints.push((value) =>
      lengthOf(value, spec) < minLength ? `must have at least ${minLength} ${unitOf(spec)}` : undefined,
    );
  if (maxLength !== undefined)
    constraints.push((value) =>
      lengthOf(value, spec) > maxLength ? `must have at most ${maxLength} ${unitOf(spec)}` : undefined,
    );
  if (spec.pattern !== undefined) {
    const matches = compilePattern(spec.pattern);
    constraints.push((value) => (matches(value) ? undefined : 'does not match the pattern'));
  }
  if (spec.format !== undefined) {
    const { matches, what } = formatCheck(spec.format);
    constraints.push((value) => (matches(value) ? undefined : `must be ${what}`));
  }
  const compare = orderOf(spec);
  if (min !== undefined) constraints.push((value) => (compare(value, min) < 0 ? `must be at least ${min}` : undefined));
  if (max !== undefined) constraints.push((value) => (compare(value, max) > 0 ? `must be at most ${max}` : undefined));
  return constraints;
}

/** What storage takes for no key could be neither downloaded nor deleted. */
function keyConstraint(key: string): string | undefined {
  const fault = objectKeyFault(key);
  return fault === undefined ? undefined : `must be the key of an object: it ${fault}`;
}

function enumConstraint(allowed: readonly Json[]): Constraint {
  const texts = new Set(allowed.map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value))));
  return (value) => (texts.has(value) ? undefined : `must be one of ${[...texts].slice(0, 20).join(', ')}`);
}

/** Strings are measured in code points, bytes in bytes, arrays in elements. */
function lengthOf(value: string, spec: ValueSpec): number {
  if (spec.type === 'bytes') return Buffer.byteLength(value, 'base64');
  if (spec.type === 'array') return (JSON.parse(value) as unknown[]).length;
  let length = 0;
  for (const _ of value) length++;
  return length;
}

function unitOf(spec: ValueSpec): string {
  if (spec.type === 'bytes') return 'bytes';
  return spec.type === 'array' ? 'elements' : 'characters';
}

/** Bounds of dates and timestamps compare as text: both sides are normalised to a form whose order is that of time. */
function orderOf(spec: ValueSpec): (a: string, b: string) => number {
  if (spec.type === 'timestamp' || spec.type === 'date') return (a, b) => (a < b ? -1 : Number(a > b));
  return compareDecimals;
}
