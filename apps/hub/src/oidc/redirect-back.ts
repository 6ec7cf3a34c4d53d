import { RedirectTo } from '../http/redirect-to.ts';
import type { RouteHeaders } from '../http/route.ts';
import type { SignInFailure } from './sign-in-failure.ts';

/** Sends a browser back to the app. The URI is on the provider's list, and goes out as it stands there. */
export function redirectBack(
  headers: RouteHeaders,
  redirectUri: string,
  params: Readonly<Record<string, string>>,
): RedirectTo {
  sendOn(headers);
  return new RedirectTo(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams(params)}`);
}

/** The same, with why signing in did not work. */
export function redirectFailure(headers: RouteHeaders, redirectUri: string, failure: SignInFailure): RedirectTo {
  return redirectBack(headers, redirectUri, { error: failure.error, error_description: failure.description });
}

/** A redirect that holds what is good once: no page is told of it as where a visitor came from. */
export function sendOn(headers: RouteHeaders): void {
  headers.set('referrer-policy', 'no-referrer');
}
