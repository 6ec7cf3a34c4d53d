import type { LogicTransaction } from '@santokit/contract';
import { type ParsedStatement, type ParseNode, SqlFault } from './sql-parser.ts';
import { typedNode } from './walk-tree.ts';

/** Statements between two bounds of transactions. */
export interface BoundedStatements {
  /** Undefined: as the front matter says. */
  readonly explicit:
    | { readonly isolation: LogicTransaction | undefined; readonly readOnly: boolean | undefined }
    | undefined;
  readonly rollsBack: boolean;
  readonly statements: readonly ParsedStatement[];
}

/** What is wrong with the bounds, at the statement `of`. */
export class BoundsFault extends SqlFault {
  readonly of: ParsedStatement;

  constructor(of: ParsedStatement, message: string) {
    super(message, 0);
    this.of = of;
  }
}

/**
 * Parts the statements of a file at its BEGIN, COMMIT and ROLLBACK.
 * @throws BoundsFault where they do not match, a savepoint is not there, or the end of a transaction is not in the file
 */
export function transactionBounds(statements: readonly ParsedStatement[]): BoundedStatements[] {
  const parts: BoundedStatements[] = [];
  let begin: ParsedStatement | undefined;
  let explicit: BoundedStatements['explicit'];
  let current: ParsedStatement[] = [];
  let savepoints: string[] = [];
  const close = (rollsBack: boolean) => {
    if (current.length > 0 || explicit !== undefined) parts.push({ explicit, rollsBack, statements: current });
    explicit = undefined;
    begin = undefined;
    current = [];
    savepoints = [];
  };
  for (const statement of statements) {
    const { type, node } = typedNode(statement.tree);
    if (type !== 'TransactionStmt') {
      current.push(statement);
      continue;
    }
    if (node.chain === true) throw new BoundsFault(statement, 'AND CHAIN has no place in a logic file: write BEGIN');
    switch (node.kind) {
      case 'TRANS_STMT_BEGIN':
      case 'TRANS_STMT_START':
        if (begin !== undefined) throw new BoundsFault(statement, 'BEGIN within a transaction that was begun already');
        close(false);
        begin = statement;
        explicit = optionsOf(node);
        break;
      case 'TRANS_STMT_COMMIT':
      case 'TRANS_STMT_ROLLBACK':
        if (begin === undefined) throw new BoundsFault(statement, `${wordOf(node)} without a BEGIN before it`);
        close(node.kind === 'TRANS_STMT_ROLLBACK');
        break;
      case 'TRANS_STMT_SAVEPOINT':
      case 'TRANS_STMT_RELEASE':
      case 'TRANS_STMT_ROLLBACK_TO':
        savepoints = savepointsAfter(savepoints, statement, node);
        current.push(statement);
        break;
      default:
        throw new BoundsFault(statement, 'Two-phase commit has no place in a logic file');
    }
  }
  if (begin !== undefined) throw new BoundsFault(begin, 'BEGIN without a COMMIT or ROLLBACK behind it');
  close(false);
  return parts;
}

function wordOf(node: ParseNode): string {
  return node.kind === 'TRANS_STMT_ROLLBACK' ? 'ROLLBACK' : 'COMMIT';
}

/** The savepoints that there are behind the statement (manual, "ROLLBACK TO SAVEPOINT"). */
function savepointsAfter(before: readonly string[], statement: ParsedStatement, node: ParseNode): string[] {
  const name = String(node.savepoint_name);
  if (node.kind === 'TRANS_STMT_SAVEPOINT') return [...before, name];
  const place = before.lastIndexOf(name);
  if (place === -1) throw new BoundsFault(statement, `There is no savepoint "${name}" here`);
  return before.slice(0, node.kind === 'TRANS_STMT_RELEASE' ? place : place + 1);
}

interface TransactionOption {
  readonly DefElem?: { readonly defname?: string; readonly arg?: { readonly A_Const?: ConstantNode } };
}
interface ConstantNode {
  readonly sval?: { readonly sval?: string };
  readonly ival?: { readonly ival?: number };
}

const ISOLATIONS: Readonly<Record<string, LogicTransaction>> = {
  'read uncommitted': 'read_committed',
  'read committed': 'read_committed',
  'repeatable read': 'repeatable_read',
  serializable: 'serializable',
};

function optionsOf(node: ParseNode): NonNullable<BoundedStatements['explicit']> {
  const options = (node.options as readonly TransactionOption[] | undefined) ?? [];
  const constant = (name: string) => options.find(({ DefElem }) => DefElem?.defname === name)?.DefElem?.arg?.A_Const;
  const isolation = constant('transaction_isolation')?.sval?.sval;
  const readOnly = constant('transaction_read_only');
  return {
    isolation: isolation === undefined ? undefined : ISOLATIONS[isolation],
    readOnly: readOnly === undefined ? undefined : readOnly.ival?.ival === 1,
  };
}
