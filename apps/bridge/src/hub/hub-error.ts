/** The Hub could not be asked, or answered what a Bridge cannot use. The message holds nothing of a body. */
export class HubError extends Error {
  /** The status of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(message: string, options: ErrorOptions & { readonly status?: number } = {}) {
    super(message, options);
    this.name = 'HubError';
    this.status = options.status;
  }
}
