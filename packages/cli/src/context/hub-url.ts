import { usageFailure } from '../cli-failure.ts';

/** A Hub's address in its one spelling: origin and path without a trailing slash. `source` names where it came from. */
export function normalizeHubUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw usageFailure(`${source} must be a URL such as https://hub.example.com, not ${JSON.stringify(text)}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw usageFailure(`${source} must hold no user or password: sign in with stk login`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}
