import type { ChangeOf, NamedIndex, Place } from '../change.ts';
import { quoteIdentifier, quoteQualified } from '../identifier.ts';
import type { LiveIndexForm } from '../live-schema.ts';
import { checkPredicate } from '../predicate-text.ts';
import { alone, brief, LOCKS, type StepBody, unsupported } from './step-body.ts';

/** Steps about indexes of tables that exist: built and dropped while reads and writes go on. */
export function indexStep(change: ChangeOf<'create_index' | 'drop_index'>): StepBody {
  if (change.isPartitioned) {
    return unsupported(
      change.kind === 'create_index' ? `${described(change.index)}` : `drop index ${change.index.name}`,
      'Indexes of partitioned tables cannot be built or dropped while traffic flows: do it by SQL of your own.',
    );
  }
  return change.kind === 'create_index' ? createIndex(change) : dropIndex(change);
}

export interface CreateIndexOptions {
  readonly place: Place;
  readonly index: NamedIndex;
  readonly concurrently: boolean;
  /** Default: a tree in ascending order, with no settings. */
  readonly form?: LiveIndexForm | undefined;
}

/** @throws StkError `BAD_REQUEST` for a predicate that is not one expression */
export function createIndexSql(options: CreateIndexOptions): string {
  const { place, index, concurrently, form } = options;
  const kind = `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${concurrently ? 'CONCURRENTLY IF NOT EXISTS ' : ''}`;
  const where = index.where === undefined ? '' : ` WHERE (${checkPredicate(index.where)})`;
  const on = `${kind}${quoteIdentifier(index.name)} ON ${quoteQualified(place.schema, place.table)}`;
  if (form === undefined) return `${on} (${index.columns.map(quoteIdentifier).join(', ')})${where}`;
  const using = form.method === 'btree' ? '' : ` USING ${form.method}`;
  const columns = form.orders.map((order, at) => `${quoteIdentifier(index.columns[at] ?? '')}${order}`).join(', ');
  const carried = index.columns.slice(form.orders.length).map(quoteIdentifier).join(', ');
  return `${on}${using} (${columns})${carried === '' ? '' : ` INCLUDE (${carried})`}${form.settings}${where}`;
}

function createIndex(change: ChangeOf<'create_index'>): StepBody {
  const { index } = change;
  if (change.isNameTaken) {
    return unsupported(
      described(index),
      `Something else in the database is named ${index.name}: give the index another name.`,
    );
  }
  const name = quoteQualified(change.schema, index.name);
  const cleanUp = `DROP INDEX CONCURRENTLY IF EXISTS ${name}`;
  const build = createIndexSql({ place: change, index, concurrently: true });
  const groups = [...(change.replacesInvalid ? [alone(cleanUp)] : []), { ...alone(build), cleanUp }];
  const what = change.replacesInvalid
    ? `${described(index)}, in place of one whose building was interrupted`
    : described(index);
  if (!index.unique) return { class: 'safe', what, lock: LOCKS.shareUpdate, groups, concerns: indexed(index) };
  return {
    class: 'destructive',
    what,
    lock: LOCKS.shareUpdate,
    groups,
    concerns: { ...indexed(index), sharing: index.columns },
    advice: 'The step fails while there are duplicates: remove them first.',
  };
}

function dropIndex(change: ChangeOf<'drop_index'>): StepBody {
  const { index } = change;
  const kind = index.unique ? 'unique index' : 'index';
  const what = `drop ${kind} ${index.name} on (${index.columns.join(', ')})`;
  if (index.isConstraint) {
    const sql = `ALTER TABLE ${quoteQualified(change.schema, change.table)} DROP CONSTRAINT ${quoteIdentifier(index.name)}`;
    return { class: 'destructive', what, lock: LOCKS.exclusive, groups: [brief(sql)], rows: 0 };
  }
  const sql = `DROP INDEX CONCURRENTLY IF EXISTS ${quoteQualified(change.schema, index.name)}`;
  return { class: 'destructive', what, lock: LOCKS.shareUpdate, groups: [alone(sql)], rows: 0 };
}

/** The rows that come into the index. */
function indexed(index: NamedIndex): { where?: string } {
  return index.where === undefined ? {} : { where: checkPredicate(index.where) };
}

function described(index: NamedIndex): string {
  const where = index.where === undefined ? '' : ' where a condition holds';
  return `add ${index.unique ? 'unique index' : 'index'} on (${index.columns.join(', ')})${where}`;
}
