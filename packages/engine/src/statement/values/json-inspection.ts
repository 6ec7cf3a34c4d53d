import type { Json } from '@santokit/contract';
import { isList, type JsonObject } from '../json-object.ts';
import { faultOfScalar, type JsonFault, MOST_DEPTH, TOO_DEEP } from './storable-json.ts';

/** What is known of a list or an object before it is asked for. */
export interface JsonFinding {
  readonly fault: JsonFault | undefined;
}

const findings = new WeakMap<object, JsonFinding>();

/** Undefined where nobody has looked. */
export function findingOf(value: Json): JsonFinding | undefined {
  return typeof value === 'object' && value !== null ? findings.get(value) : undefined;
}

/** Looked at in about a millisecond. */
const STEP = 5_000;
/** What holds less is looked at as quickly when it is asked for. */
const MOST_SMALL = 1_000;
/** Values for columns are not within more lists and objects, not even those of a batch; that what is deeper is not noted bounds the notes. */
const MOST_LEVELS = 10;
/** Of a text, looked at as quickly as one value. */
const CHARACTERS = 64;

/** A list or an object of which all members before `next` were looked at. Used again for others: there may be a million of them. */
class Open {
  value: JsonList | JsonObject = [];
  /** Undefined for a list. */
  names: readonly string[] | undefined;
  next = 0;
  /** Of what it holds, at any depth. */
  count = 0;
  height = 0;
  fault: JsonFault | undefined;

  begin(value: JsonList | JsonObject): void {
    this.value = value;
    this.names = isList(value) ? undefined : Object.keys(value);
    this.next = 0;
    this.count = 0;
    this.height = 0;
    this.fault = undefined;
  }

  get isOver(): boolean {
    const { value, names } = this;
    return this.next === (isList(value) ? value.length : names?.length);
  }

  member(): Json {
    const { value, next } = this;
    return (isList(value) ? value[next] : value[this.names?.[next] ?? '']) ?? null;
  }
}

type JsonList = readonly Json[];

/**
 * Looks step by step at all that a document holds, and notes of its larger lists and objects whether a `json` column can hold them, so that
 * nobody has to look at them all at once. They must not be changed after that.
 */
export class JsonInspection {
  /** By level; those from `#depth` on are of use again. */
  readonly #levels: Open[] = [];
  readonly #mostSmall: number;
  #depth = 0;
  #left = 0;

  constructor(document: Json, mostSmall = MOST_SMALL) {
    this.#mostSmall = mostSmall;
    if (document !== null && typeof document === 'object') this.#enter(document);
  }

  /** Goes on for a while. @returns whether there is more to look at */
  step(most = STEP): boolean {
    this.#left = most;
    while (this.#left > 0) {
      const open = this.#levels[this.#depth - 1];
      if (open === undefined) return false;
      this.#left--;
      if (open.isOver) this.#leave(open);
      else this.#look(open);
    }
    return this.#depth > 0;
  }

  #look(open: Open): void {
    const name = open.names?.[open.next];
    const member = open.member();
    open.next++;
    open.count++;
    open.height = Math.max(open.height, 1);
    if (name !== undefined) open.fault ??= this.#faultOf(name);
    if (member !== null && typeof member === 'object') this.#enter(member);
    else open.fault ??= this.#faultOf(member);
  }

  #faultOf(scalar: Json): JsonFault | undefined {
    if (typeof scalar === 'string') this.#left -= scalar.length / CHARACTERS;
    return faultOfScalar(scalar);
  }

  #enter(value: JsonList | JsonObject): void {
    const open = this.#levels[this.#depth] ?? new Open();
    this.#levels[this.#depth] = open;
    this.#depth++;
    open.begin(value);
  }

  #leave({ value, count, height, fault }: Open): void {
    this.#depth--;
    if (count > this.#mostSmall && this.#depth < MOST_LEVELS)
      findings.set(value, { fault: fault ?? (height > MOST_DEPTH ? TOO_DEEP : undefined) });
    const around = this.#levels[this.#depth - 1];
    if (around === undefined) return;
    around.count += count;
    around.height = Math.max(around.height, height + 1);
    around.fault ??= fault;
  }
}
