import { calledFunction, isHarmless, mayChange } from './called-function.ts';
import type { ParseNode } from './sql-parser.ts';
import { typedNode, type VisitedNode, walkTree } from './walk-tree.ts';

/** What is to be known of a statement before it may run. */
export interface StatementClass {
  /** Why it cannot stand in a logic file. */
  readonly refusal: string | undefined;
  /** Whether it cannot run in a transaction. */
  readonly needsNoTransaction: boolean;
  readonly readOnly: boolean;
  /** Whether it can be known to change nothing, in whatever transaction it runs. */
  readonly harmless: boolean;
}

/** Judges a statement by its parse tree; those that begin and end transactions are left to `transactionBounds`. */
export function classifyStatement(tree: ParseNode): StatementClass {
  const { type, node } = typedNode(tree);
  const nodes = [...walkTree(tree)];
  const calls = nodes.filter((visited) => visited.type === 'FuncCall');
  const readOnly = READING.has(type) && !nodes.some(writes) && !calls.some(mayChange);
  return {
    refusal: refusalOf(type, node) ?? nodes.map(refusalWithin).find((refusal) => refusal !== undefined),
    needsNoTransaction: needsNoTransaction(type, node),
    readOnly,
    harmless: readOnly && type === 'SelectStmt' && calls.every(isHarmless),
  };
}

const READING = new Set(['SelectStmt', 'ExplainStmt', 'VariableShowStmt']);
const WRITING = new Set(['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'CreateTableAsStmt', 'LockingClause']);

function writes({ type, member }: VisitedNode): boolean {
  return WRITING.has(type) || member === 'intoClause';
}

const REFUSED: Readonly<Record<string, string>> = {
  CopyStmt: 'COPY has no place in a logic file: it reads from and writes to files or the connection itself',
  ListenStmt: 'LISTEN has no place in a logic file: the connection goes back to the pool behind it',
  UnlistenStmt: 'UNLISTEN has no place in a logic file: the connection belongs to nobody',
  PrepareStmt: 'PREPARE has no place in a logic file: every statement is prepared anyway',
  ExecuteStmt: 'EXECUTE has no place in a logic file: write the statement itself',
  DeallocateStmt: 'DEALLOCATE has no place in a logic file: what is prepared belongs to the pool',
  DiscardStmt: 'DISCARD has no place in a logic file: the connection is shared with other calls',
  LoadStmt: 'LOAD has no place in a logic file: the connection is shared with other calls',
  AlterSystemStmt: 'ALTER SYSTEM has no place in a logic file: it is about the whole server',
};

const HOLD = 0x20;

function refusalOf(type: string, node: ParseNode): string | undefined {
  if (type === 'VariableSetStmt' && node.name === 'TRANSACTION')
    return 'SET TRANSACTION has no place in a logic file: write "transaction" in its front matter, or options behind BEGIN';
  if (type === 'VariableSetStmt' && node.is_local !== true)
    return 'SET would last beyond the call, for whoever has the connection next: write SET LOCAL';
  if (type === 'DeclareCursorStmt' && (Number(node.options) & HOLD) !== 0)
    return 'A cursor WITH HOLD would last beyond the call, for whoever has the connection next';
  return REFUSED[type];
}

/** What lasts as long as the session, which is shared. */
function refusalWithin(visited: VisitedNode): string | undefined {
  const { type, node, member } = visited;
  if (type === 'CreateStmt' && isTemporary(node.relation) && node.oncommit !== 'ONCOMMIT_DROP') return LASTING_TABLE;
  if (member === 'intoClause' || member === 'into') {
    if (isTemporary(node.rel) && node.onCommit !== 'ONCOMMIT_DROP') return LASTING_TABLE;
  }
  if (type !== 'FuncCall') return undefined;
  const name = calledFunction(visited) ?? '';
  if (/^pg_(?:try_)?advisory_(?:un)?lock(?!.*xact)/.test(name))
    return `${name}() locks beyond the call: take a lock of the transaction, pg_advisory_xact_lock()`;
  if (name === 'set_config' && !isTrue((node.args as readonly unknown[] | undefined)?.[2]))
    return 'set_config() would last beyond the call: its third argument must be true';
  return undefined;
}

const LASTING_TABLE =
  'A temporary table would last beyond the call, for whoever has the connection next: write ON COMMIT DROP';

function isTemporary(relation: unknown): boolean {
  return (relation as { relpersistence?: string } | undefined)?.relpersistence === 't';
}

function isTrue(argument: unknown): boolean {
  return (
    (argument as { A_Const?: { boolval?: { boolval?: boolean } } } | undefined)?.A_Const?.boolval?.boolval === true
  );
}

const ALONE = new Set([
  'VacuumStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'ClusterStmt',
  'AlterDatabaseStmt',
  'CreateSubscriptionStmt',
]);

function needsNoTransaction(type: string, node: ParseNode): boolean {
  if (ALONE.has(type)) return true;
  if (type === 'ReindexStmt') return JSON.stringify(node.params ?? '').includes('concurrently');
  return (type === 'IndexStmt' || type === 'DropStmt') && node.concurrent === true;
}
