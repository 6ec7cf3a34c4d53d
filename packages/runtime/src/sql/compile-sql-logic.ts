import type { Expression, LogicParam, Problem, SqlLogic, SqlStatement, SqlUnit } from '@santokit/contract';
import { compileCondition } from '@santokit/policy';
import { didYouMean, type Position, type SqlLogicSource } from '@santokit/project';
import { compilePublish } from './compile-publish.ts';
import { conditionParams } from './condition-params.ts';
import { type FoundParameter, findParameters } from './find-parameters.ts';
import { logicValue } from './logic-value.ts';
import { parameterForm } from './parameter-form.ts';
import { type ParsedStatement, SqlFault, type SqlParser } from './sql-parser.ts';
import { SqlText } from './sql-text.ts';
import { classifyStatement } from './statement-class.ts';
import { type BoundedStatements, BoundsFault, transactionBounds } from './transaction-bounds.ts';
import { walkTree } from './walk-tree.ts';
import { withoutComments } from './without-comments.ts';

/** Compiles a file of SQL logic. Adds what is wrong with it to `problems`; undefined where it cannot be run. */
export function compileSqlLogic(source: SqlLogicSource, parser: SqlParser, problems: Problem[]): SqlLogic | undefined {
  const before = problems.length;
  const { description, roles, timeoutMs } = source;
  const condition = conditionOf(source, problems);
  const compiler = new SqlCompiler(source, parser, problems);
  const units = compiler.compile();
  const publish = compilePublish(source, compiler.params, problems);
  if (problems.length > before || units === undefined || source.params === undefined) return undefined;
  return {
    kind: 'sql',
    ...(description === undefined ? {} : { description }),
    ...(roles === undefined ? {} : { roles: [...new Set(roles.map(({ value }) => value))].sort() }),
    ...(condition === undefined ? {} : { condition }),
    connection: source.connection.value,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    params: Object.fromEntries(source.params.map(({ name, param }) => [name, param])),
    units,
    ...(publish.length === 0 ? {} : { publish }),
  };
}

/** One that asks for a param which the file does not take would let nobody in. */
function conditionOf({ condition: written, params }: SqlLogicSource, problems: Problem[]): Expression | undefined {
  if (written === undefined) return undefined;
  const condition = compileCondition(written, { problems });
  const { value: _, ...at } = written;
  if (condition === undefined || params === undefined) return condition;
  const known = params.map(({ name }) => name);
  for (const name of conditionParams(condition))
    if (!known.includes(name))
      problems.push({ ...at, message: `Unknown param "${name}"${didYouMean(name, known)}; declare it under "params"` });
  return condition;
}

class SqlCompiler {
  readonly params: ReadonlyMap<string, LogicParam> | undefined;
  readonly #source: SqlLogicSource;
  readonly #parser: SqlParser;
  readonly #problems: Problem[];
  #parameters: readonly FoundParameter[] = [];
  #text: SqlText;

  constructor(source: SqlLogicSource, parser: SqlParser, problems: Problem[]) {
    this.#source = source;
    this.#parser = parser;
    this.#problems = problems;
    this.params = source.params && new Map(source.params.map(({ name, param }) => [name, param]));
    this.#text = this.#sqlText([]);
  }

  compile(): SqlUnit[] | undefined {
    const { sql } = this.#source;
    const tokens = this.#parser.scan(sql);
    if (tokens === undefined) return this.#reportUnfinished();
    this.#parameters = findParameters(tokens);
    for (const token of tokens)
      if (token.tokenName === 'PARAM')
        this.#report(this.#text.positionInSource(token.start), `${token.text} is no param: write ":name"`);
    this.#text = this.#sqlText(this.#parameters);
    for (const { name, start } of this.#parameters) {
      const known = logicValue(name, this.params, ['event']);
      if ('problem' in known) this.#report(this.#text.positionInSource(start), known.problem);
    }
    try {
      const statements = this.#parser.parse(this.#text.text);
      if (statements.length === 0) return this.#report(this.#sqlStart(), 'The file has no statement');
      return transactionBounds(statements).map((part) => this.#unit(part));
    } catch (fault) {
      if (fault instanceof BoundsFault) return this.#report(this.#place(fault.of), fault.message);
      if (fault instanceof SqlFault) return this.#reportFault(fault);
      throw fault;
    }
  }

  #unit({ explicit, rollsBack, statements }: BoundedStatements): SqlUnit {
    const transaction =
      explicit === undefined
        ? this.#source.transaction
        : (explicit.isolation ?? (this.#source.transaction === 'none' ? 'read_committed' : this.#source.transaction));
    const classes = statements.map((statement) => {
      const judged = classifyStatement(statement.tree);
      if (judged.refusal !== undefined) this.#report(this.#place(statement), judged.refusal);
      if (judged.needsNoTransaction && transaction !== 'none')
        this.#report(this.#place(statement), 'This cannot run in a transaction: write "transaction: none"');
      if (transaction === 'none' && 'TransactionStmt' in statement.tree)
        this.#report(this.#place(statement), 'A savepoint needs a transaction: write BEGIN before it');
      return judged;
    });
    const compiled = statements.map((statement) => this.#statement(statement));
    const readOnly = explicit?.readOnly ?? classes.every((judged) => judged.readOnly);
    const isPlain = explicit === undefined && statements.length === 1 && transaction !== 'serializable';
    return {
      transaction,
      readOnly,
      ...(explicit === undefined ? {} : { explicit: true }),
      ...(rollsBack ? { rollsBack: true } : {}),
      ...(isPlain && classes.every(({ harmless }) => harmless) ? { harmless: true } : {}),
      statements: compiled,
    };
  }

  #statement({ tree, start, length }: ParsedStatement): SqlStatement {
    const nodes = [...walkTree(tree)];
    const places = new Map(
      nodes.filter(({ type }) => type === 'ParamRef').map((place) => [Number(place.node.number) - 1, place]),
    );
    // What is grouped by must be the same expression as what is asked for, down to the number of a parameter.
    const isGrouped = nodes.some(({ node }) => 'groupClause' in node || 'distinctClause' in node);
    const bindings: SqlStatement['bindings'][number][] = [];
    const numbers = new Map<string, number>();
    const text = this.#text.slice(start, length, (index) => {
      const { name = '' } = this.#parameters[index] ?? {};
      const place = places.get(index);
      const value = logicValue(name, this.params, ['event']);
      if (place === undefined || 'problem' in value) return 'null';
      const { cast, as } = parameterForm(name, this.params?.get(name), place);
      const key = cast === undefined && !isGrouped ? `${index}` : `${name} ${cast} ${as}`;
      const known = numbers.get(key) ?? bindings.push({ ...value, ...(as === undefined ? {} : { as }) });
      numbers.set(key, known);
      return cast === undefined ? `$${known}` : `($${known}::${cast})`;
    });
    return { text: withoutComments(text, this.#parser), bindings };
  }

  /** A string, a name or a comment without an end: the parser says which, with something of the same length for each parameter. */
  #reportUnfinished(): undefined {
    const { sql } = this.#source;
    const masked = sql.replace(/(?<!:):[A-Za-z_]\w*/g, (name) => `$1${' '.repeat(name.length - 2)}`);
    try {
      this.#parser.parse(masked);
    } catch (fault) {
      if (fault instanceof SqlFault) return this.#reportFault(fault);
      throw fault;
    }
    return this.#report(this.#sqlStart(), 'A string, a quoted name or a comment has no end');
  }

  #reportFault({ message, offset }: SqlFault): undefined {
    // The user wrote names where the parser was given numbers.
    const told = message.replace(/\$(\d+)/g, (written, number: string) => {
      const parameter = this.#parameters[Number(number) - 1];
      return parameter === undefined ? written : `:${parameter.name}`;
    });
    return this.#report(this.#text.positionOfCharacter(offset), `PostgreSQL cannot parse this: ${told}`);
  }

  #report({ file, line, column }: Position, message: string): undefined {
    this.#problems.push({ file, line, column, message });
    return undefined;
  }

  #place({ start }: ParsedStatement): Position {
    return this.#text.positionOfByte(start);
  }

  #sqlStart(): Position {
    return { file: this.#source.at.file, line: this.#source.sqlLine, column: 1 };
  }

  #sqlText(parameters: readonly FoundParameter[]): SqlText {
    return new SqlText(this.#source.sql, parameters, this.#sqlStart());
  }
}
