import type { Database, PipelinedStatement, QueryResult, Transaction } from '@santokit/engine';

export interface Statement {
  readonly text: string;
  readonly parameters: number;
}

/** Takes note of what it is asked and answers as it is told. */
export class RecordingDatabase implements Database {
  readonly statements: Statement[] = [];
  readonly #answer: (text: string) => QueryResult['rows'];

  constructor(answer: (text: string) => QueryResult['rows'] = () => []) {
    this.#answer = answer;
  }

  async query(text: string, params: readonly (string | null)[]): Promise<QueryResult> {
    this.statements.push({ text, parameters: params.length });
    return { rows: this.#answer(text), affected: 0 };
  }

  async queryAll(statements: readonly PipelinedStatement[]): Promise<void> {
    for (const { text, params } of statements) await this.query(text, params);
  }

  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return work(this);
  }

  ping(): Promise<void> {
    return Promise.resolve();
  }

  activity(): { readonly active: number; readonly max: number } {
    return { active: 0, max: 1 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get sql(): never {
    throw new Error('Calls do not use the driver');
  }
}
