/** What a handler returns to send a browser on. */
export class RedirectTo {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }
}
