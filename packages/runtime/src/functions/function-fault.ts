/** A function threw what is not for its caller. It stands in the log, under the place in the user's own file. */
export class FunctionFault extends Error {
  /** Hash of the bundle that the places in `trace` are of. */
  readonly artifact: string;
  /** As the sandbox tells it, in places of the bundle. */
  readonly trace: string;

  /** @param cause what the function was refused, where it is that which it did not catch */
  constructor(
    thrown: { readonly name: string; readonly message: string; readonly stack: string },
    artifact: string,
    cause?: unknown,
  ) {
    super(`${thrown.name}: ${thrown.message}`, { cause });
    this.name = 'FunctionFault';
    this.artifact = artifact;
    this.trace = thrown.stack;
    this.stack = `${thrown.name}: ${thrown.message}`;
  }
}
