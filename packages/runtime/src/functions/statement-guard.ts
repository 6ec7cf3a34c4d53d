import { StkError } from '@santokit/contract';
import { LRUCache } from 'lru-cache';
import { loadSqlParser, SqlFault, type SqlParser } from '../sql/sql-parser.ts';
import { classifyStatement } from '../sql/statement-class.ts';
import { typedNode } from '../sql/walk-tree.ts';
import { FUNCTION_LIMITS } from './function-limits.ts';

/** Texts that are known: functions write the same ones again and again. */
const MOST_KNOWN = 2_000;
/** Longer texts are looked at anew. */
const MOST_KNOWN_CHARS = 8 * 1024;

/** Looks at statements that functions write before the database is given them: the transaction and the session are not theirs. */
export class StatementGuard {
  readonly #known = new LRUCache<string, { readonly refusal: string | undefined }>({ max: MOST_KNOWN });

  constructor() {
    // Ahead of the first statement; what fails here is told there.
    loadSqlParser().catch(() => {});
  }

  /**
   * @returns whether the text was seen before, so that it is worth keeping prepared
   * @throws StkError `BAD_REQUEST` for more than one statement, for what begins or ends transactions, and for what outlives them
   */
  async check(text: string, params: readonly unknown[]): Promise<boolean> {
    if (text.length > FUNCTION_LIMITS.sqlBytes || Buffer.byteLength(text) > FUNCTION_LIMITS.sqlBytes)
      throw new StkError('BAD_REQUEST', `A statement may have at most ${FUNCTION_LIMITS.sqlBytes / 1_024} KiB`);
    if (params.length > FUNCTION_LIMITS.params)
      throw new StkError('BAD_REQUEST', `A statement may have at most ${FUNCTION_LIMITS.params} params`);
    const known = this.#known.get(text);
    const { refusal } = known ?? { refusal: refusalOf(await loadSqlParser(), text) };
    if (known === undefined && text.length <= MOST_KNOWN_CHARS) this.#known.set(text, { refusal });
    if (refusal !== undefined) throw new StkError('BAD_REQUEST', refusal);
    return known !== undefined;
  }
}

function refusalOf(parser: SqlParser, text: string): string | undefined {
  try {
    const [statement, ...more] = parser.parse(text);
    if (statement === undefined || more.length > 0) return 'db.query and db.exec run one statement each';
    if (typedNode(statement.tree).type === 'TransactionStmt')
      return 'A function is one transaction: it is committed when it returns, and rolled back when it throws';
    const { refusal, needsNoTransaction } = classifyStatement(statement.tree);
    if (refusal !== undefined) return refusal.replace('in a logic file', 'in a function');
    return needsNoTransaction ? 'The statement cannot run in a transaction, and a function is one' : undefined;
  } catch (thrown) {
    if (thrown instanceof SqlFault) return `The SQL cannot be parsed: ${thrown.message}`;
    throw thrown;
  }
}
