import { storableParts } from '@santokit/policy';
import { type SQL, sql } from 'drizzle-orm/sql/sql';
import { arrayLiteral } from '../statement/text-form.ts';
import { textOf, textParameter } from './comparable-pair.ts';
import { type Comparable, ERROR_SQL, isComparable, isStorable, type Operand, type ValueOperand } from './operand.ts';

type TextTest = 'startsWith' | 'endsWith' | 'contains';

/** Tests of texts by code points, under whatever collation; null where one of the two is no text. */
export function textTestToSql(test: TextTest, subject: Operand, part: Operand): SQL {
  if (!isText(subject) || !isText(part)) return ERROR_SQL;
  if (part.kind === 'value' && !isStorable(part)) return neverIn(subject);
  const wanted = textOf(part) ?? ERROR_SQL;
  if (subject.kind === 'value' && !isStorable(subject)) return testUnstorable(test, subject, wanted);
  return testText(test, textOf(subject) ?? ERROR_SQL, wanted);
}

function testText(test: TextTest, subject: SQL, part: SQL): SQL {
  switch (test) {
    case 'startsWith':
      return sql`starts_with(${subject} collate "C", ${part})`;
    case 'endsWith':
      return sql`(right(${subject}, char_length(${part})) collate "C" = ${part})`;
    case 'contains':
      return sql`(strpos(${subject} collate "C", ${part}) > 0)`;
  }
}

/** No text that is stored has a part that cannot be. */
function neverIn(subject: Comparable): SQL {
  return subject.kind === 'value' ? sql`false` : sql`(case when ${subject.sql} is not null then false end)`;
}

/** What is stored can only be found between the characters that cannot be. */
function testUnstorable(test: TextTest, subject: ValueOperand, part: SQL): SQL {
  switch (test) {
    case 'startsWith':
      return testText(
        test,
        textParameter(subject, (text) => storableParts(text).at(0) ?? ''),
        part,
      );
    case 'endsWith':
      return testText(
        test,
        textParameter(subject, (text) => storableParts(text).at(-1) ?? ''),
        part,
      );
    case 'contains': {
      const parts = subject.bind(
        (value) => (value.type === 'string' ? arrayLiteral(storableParts(value.value)) : null),
        'text[]',
      );
      return sql`(select bool_or(${testText(test, sql`p`, part)}) from unnest(${parts}) as p)`;
    }
  }
}

/** Code points of a text, elements of an array column. */
export function sizeToSql(subject: Operand): Operand {
  if (subject.kind === 'column' && subject.column.type === 'array')
    return { kind: 'computed', type: 'int', sql: arraySize(subject.name, subject.column.native === undefined) };
  if (!isText(subject)) return { kind: 'error' };
  const text = textOf(subject);
  return text === undefined ? { kind: 'error' } : { kind: 'computed', type: 'int', sql: sql`char_length(${text})` };
}

function arraySize(name: SQL, isJson: boolean): SQL {
  return isJson
    ? sql`(case when jsonb_typeof(${name}) = 'array' then jsonb_array_length(${name}) end)`
    : sql`(case when ${name} is not null then coalesce(array_length(${name}, 1), 0) end)`;
}

function isText(operand: Operand): operand is Comparable {
  return isComparable(operand) && operand.type === 'string';
}
