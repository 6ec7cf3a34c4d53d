/** What is wrong with an expression; `offset` counts UTF-16 code units from its beginning. */
export class ExpressionFault extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = 'ExpressionFault';
    this.offset = offset;
  }
}
