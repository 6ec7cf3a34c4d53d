import { LOGICAL_TYPES, type LogicalType, STRING_FORMATS, type ValueSpec } from '@santokit/contract';
import { RE2JS } from 're2js';
import { isMap, isScalar, type Node } from 'yaml';
import type { Member, YamlFile } from '../yaml-file.ts';
import { compareDecimals, readDecimalText } from './decimal-text.ts';
import { readLiteral } from './literal.ts';

/** The keys that say what a value must satisfy, for which types each makes sense. */
const TYPES_OF_KEY: Readonly<Record<string, readonly LogicalType[]>> = {
  enum: ['string', 'int', 'bigint', 'float', 'decimal'],
  minLength: ['string', 'file'],
  maxLength: ['string', 'file'],
  pattern: ['string'],
  format: ['string'],
  min: ['int', 'bigint', 'float', 'decimal'],
  max: ['int', 'bigint', 'float', 'decimal'],
  precision: ['decimal'],
  scale: ['decimal'],
  items: ['array'],
};

export const VALUE_SPEC_KEYS: readonly string[] = ['type', ...Object.keys(TYPES_OF_KEY)];

/** Reads what a value of a column, or of an element of an array, must satisfy. */
export function readValueSpec(
  file: YamlFile,
  members: ReadonlyMap<string, Member>,
  owner: Node | null,
): ValueSpec | undefined {
  const typeMember = members.get('type');
  if (typeMember === undefined)
    return file.report(owner, `A column needs "type"; allowed: ${LOGICAL_TYPES.join(', ')}`);
  const type = file.readChoice(typeMember.value, '"type"', LOGICAL_TYPES);
  if (type === undefined) return undefined;
  for (const [key, types] of Object.entries(TYPES_OF_KEY)) {
    const member = members.get(key);
    if (member !== undefined && !types.includes(type))
      file.report(member.key, `"${key}" is for ${types.join(', ')}, not for ${type}`);
  }
  const reader = new ValueSpecReader(file, members, type);
  const bounds = reader.readBounds();
  const shape: ValueSpec = {
    type,
    ...bounds,
    ...reader.readLengths(),
    ...reader.readDigits(),
    ...reader.readPattern(),
    ...reader.readItems(owner),
  };
  const values = reader.readEnum(shape);
  return values === undefined ? shape : { ...shape, enum: values };
}

class ValueSpecReader {
  readonly #file: YamlFile;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #type: LogicalType;

  constructor(file: YamlFile, members: ReadonlyMap<string, Member>, type: LogicalType) {
    this.#file = file;
    this.#members = members;
    this.#type = type;
  }

  /** The member's value where the key is there and makes sense for the type. */
  #value(key: string): Node | null | undefined {
    return TYPES_OF_KEY[key]?.includes(this.#type) ? this.#members.get(key)?.value : undefined;
  }

  readLengths(): Pick<ValueSpec, 'minLength' | 'maxLength'> {
    const minLength = this.#count('minLength');
    const maxLength = this.#count('maxLength');
    if (minLength !== undefined && maxLength !== undefined && minLength > maxLength) {
      this.#file.report(this.#value('minLength'), '"minLength" is greater than "maxLength"');
    }
    return { ...(minLength === undefined ? {} : { minLength }), ...(maxLength === undefined ? {} : { maxLength }) };
  }

  readDigits(): Pick<ValueSpec, 'precision' | 'scale'> {
    const precision = this.#count('precision', { least: 1, most: 1_000 });
    const scale = this.#count('scale', { most: 1_000 });
    if (scale !== undefined && precision === undefined)
      this.#file.report(this.#value('scale'), '"scale" needs "precision" beside it');
    if (scale !== undefined && precision !== undefined && scale > precision)
      this.#file.report(this.#value('scale'), '"scale" is greater than "precision"');
    return { ...(precision === undefined ? {} : { precision }), ...(scale === undefined ? {} : { scale }) };
  }

  readBounds(): Pick<ValueSpec, 'min' | 'max'> {
    const min = this.#bound('min');
    const max = this.#bound('max');
    if (min !== undefined && max !== undefined && compareDecimals(min, max) > 0)
      this.#file.report(this.#value('min'), '"min" is greater than "max"');
    return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
  }

  readPattern(): Pick<ValueSpec, 'pattern' | 'format'> {
    const pattern = this.#value('pattern');
    const format = this.#value('format');
    const text = pattern === undefined ? undefined : this.#file.readText(pattern, '"pattern"');
    if (text !== undefined) this.#checkPattern(text.value, pattern);
    const choice = format === undefined ? undefined : this.#file.readChoice(format, '"format"', STRING_FORMATS);
    return {
      ...(text === undefined ? {} : { pattern: text.value }),
      ...(choice === undefined ? {} : { format: choice }),
    };
  }

  readItems(owner: Node | null): Pick<ValueSpec, 'items'> {
    if (this.#type !== 'array') return {};
    const node = this.#value('items');
    if (node === undefined) {
      this.#file.report(owner, 'An array needs "items": the type of its elements, such as string');
      return {};
    }
    if (isScalar(node)) {
      const type = this.#file.readChoice(
        node,
        '"items"',
        LOGICAL_TYPES.filter((name) => name !== 'array'),
      );
      return type === undefined ? {} : { items: { type } };
    }
    if (!isMap(node))
      return this.#file.report(node, '"items" must be the name of a type or a mapping with "type"') ?? {};
    const members = this.#file.readMapping(node, '"items"', VALUE_SPEC_KEYS);
    const items = members === undefined ? undefined : readValueSpec(this.#file, members, node);
    return items === undefined ? {} : { items };
  }

  readEnum(spec: ValueSpec): ValueSpec['enum'] {
    const node = this.#value('enum');
    if (node === undefined) return undefined;
    const items = this.#file.readItems(node, '"enum"');
    if (items?.length === 0) return this.#file.report(node, '"enum" is empty: no value would be allowed');
    return items?.flatMap((item) => readLiteral(this.#file, item, spec, 'An entry of "enum"') ?? []);
  }

  #count(key: string, range: { least?: number; most?: number } = {}): number | undefined {
    const node = this.#value(key);
    return node === undefined ? undefined : this.#file.readCount(node, `"${key}"`, range);
  }

  #bound(key: 'min' | 'max'): string | undefined {
    const node = this.#value(key);
    if (node === undefined) return undefined;
    return readDecimalText(node) ?? this.#file.report(node, `"${key}" must be a number such as 0.01 or "0.01"`);
  }

  #checkPattern(pattern: string, node: Node | null | undefined): void {
    try {
      RE2JS.compile(pattern);
    } catch (error) {
      this.#file.report(
        node,
        `"pattern" is not a regular expression in RE2 syntax: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
