/** A function threw what is not for its caller. It stands in the log, under the place in the user's own file. */
export class FunctionFault extends Error {
  /** Hash of the bundle that the places in `trace` are of. */
  readonly artifact: string;
  /** As the sandbox tells it, in places of the bundle. */
  readonly trace: string;

  constructor(thrown: { readonly name: string; readonly message: string; readonly stack: string }, artifact: string) {
    super(`${thrown.name}: ${thrown.message}`);
    this.name = 'FunctionFault';
    this.artifact = artifact;
    this.trace = thrown.stack;
    this.stack = `${thrown.name}: ${thrown.message}`;
  }
}
