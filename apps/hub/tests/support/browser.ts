/** Where a browser ended up: a page, or an address that the test does not serve. */
export interface Landing {
  readonly url: URL;
  /** Null where the address is the app's. */
  readonly response: Response | null;
  readonly text: string;
}

interface Visit {
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: URLSearchParams;
}

/** As much of a browser as signing in needs: cookies by host, redirects one by one, forms. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();
  /** Every address that it was sent to. */
  readonly history: string[] = [];

  /** Goes to `url` and on through redirects until there is a page, or until the app's `stopAt`. */
  async visit(url: string, stopAt: string, { headers = {}, method = 'GET', body }: Visit = {}): Promise<Landing> {
    this.history.push(url);
    if (url.startsWith(stopAt)) return { url: new URL(url), response: null, text: '' };
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...headers, cookie: this.#cookieHeader(url) },
      ...(body === undefined ? {} : { body }),
    });
    this.#keepCookies(url, response);
    const text = await response.text();
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null)
      return { url: new URL(url), response, text };
    return this.visit(new URL(location, url).href, stopAt);
  }

  /** Signs in at the provider as `login`, whose pages come from `visit`, and consents; until the app's `stopAt`. */
  async signIn(from: Landing, stopAt: string, login: string): Promise<Landing> {
    let at = from;
    for (let forms = 0; forms < 5 && at.response?.ok && at.text.includes('<form'); forms += 1) {
      const action = /<form[^>]* action="([^"]+)"/.exec(at.text)?.[1] ?? '';
      const prompt = /name="prompt" value="([^"]+)"/.exec(at.text)?.[1] ?? '';
      const body = new URLSearchParams({ prompt, login, password: 'any' });
      at = await this.visit(new URL(action, at.url).href, stopAt, { method: 'POST', body });
    }
    return at;
  }

  /** Follows the provider's link for not signing in. */
  async cancel(from: Landing, stopAt: string): Promise<Landing> {
    const link = /href="([^"]+\/abort)"/.exec(from.text)?.[1] ?? '';
    return this.visit(new URL(link, from.url).href, stopAt);
  }

  #cookieHeader(url: string): string {
    return [...(this.#cookies.get(new URL(url).host) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  #keepCookies(url: string, response: Response): void {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';');
      const [name = '', ...value] = pair.split('=');
      if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name);
      else jar.set(name, value.join('='));
    }
  }
}
