import type { CompiledTopic, LogicalType, Table, ValueSpec } from '@santokit/contract';
import { didYouMean } from '../did-you-mean.ts';

export interface MappedColumn {
  readonly table: Table;
  readonly topic: string;
  readonly fields: CompiledTopic['schema'];
  readonly field: string;
  readonly column: string;
}

export interface MappingFault {
  readonly of: 'field' | 'column';
  readonly message: string;
}

/** Why values of a column cannot be those of a field; undefined where they can. */
export function mappingFault({
  table,
  topic,
  fields,
  field: fieldName,
  column: columnName,
}: MappedColumn): MappingFault | undefined {
  const field = Object.hasOwn(fields, fieldName) ? fields[fieldName] : undefined;
  const column = Object.hasOwn(table.columns, columnName) ? table.columns[columnName] : undefined;
  if (field === undefined) {
    const hint = didYouMean(fieldName, Object.keys(fields));
    return { of: 'field', message: `The topic "${topic}" has no field "${fieldName}"${hint}` };
  }
  if (column === undefined) {
    const hint = didYouMean(columnName, Object.keys(table.columns));
    return { of: 'column', message: `"${table.name}" has no column "${columnName}"${hint}` };
  }
  if (!fits(column, field))
    return {
      of: 'column',
      message: `"${columnName}" is of type ${column.type}, but the field "${fieldName}" is ${field.type}`,
    };
  if (column.nullable && !field.nullable)
    return { of: 'column', message: `"${columnName}" may be null, but the field "${fieldName}" may not` };
  const rule = uncheckedRule(column, field);
  if (rule !== undefined)
    return {
      of: 'column',
      message: `The field "${fieldName}" has ${rule} that "${columnName}" does not have: the database cannot hold rows to it`,
    };
  return undefined;
}

/** What a field asks for that is not checked when a row is written, unless its column asks for the same. */
function uncheckedRule(column: ValueSpec, field: ValueSpec): string | undefined {
  if (field.pattern !== undefined && field.pattern !== column.pattern) return 'a "pattern"';
  if (field.format !== undefined && field.format !== column.format) return 'a "format"';
  const { items } = field;
  if (items === undefined) return undefined;
  const { items: own } = column;
  const keys = ['enum', 'minLength', 'maxLength', 'pattern', 'format', 'min', 'max'] as const;
  const differs = keys.find(
    (key) => items[key] !== undefined && JSON.stringify(items[key]) !== JSON.stringify(own?.[key]),
  );
  return differs === undefined ? undefined : `"${differs}" of its items`;
}

/** Types whose values are strings in JSON. */
const TEXTS: readonly LogicalType[] = ['string', 'file', 'uuid', 'date', 'timestamp', 'decimal', 'bigint', 'bytes'];

function fits(column: ValueSpec, field: ValueSpec): boolean {
  if (field.type === 'json') return true;
  if (field.type === 'string' && TEXTS.includes(column.type)) return true;
  if (field.type === 'float' && column.type === 'int') return true;
  if (field.type === 'decimal' && column.type === 'bigint') return true;
  if (field.type !== column.type) return false;
  if (field.items === undefined || column.items === undefined) return true;
  return fits(column.items, field.items);
}
