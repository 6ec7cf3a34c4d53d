import * as client from 'openid-client';

/** Why signing in did not work, as the app is told in the query of its `redirect_uri`. */
export interface SignInFailure {
  readonly error: string;
  readonly description: string;
}

export const SIGNUP_CLOSED = { error: 'signup_closed', description: 'There is no account, and signing up is closed' };
export const ACCOUNT_DISABLED = { error: 'account_disabled', description: 'The account is disabled' };
export const ACCOUNT_EXISTS = {
  error: 'account_exists',
  description: 'There is an account with this email already: sign in to it, then link this identity',
};
export const INVALID_RESPONSE = { error: 'invalid_response', description: "The provider's answer is not valid" };
const PROVIDER_REFUSED = { error: 'provider_refused', description: 'The provider refused to say who signed in' };
const PROVIDER_UNAVAILABLE = { error: 'provider_unavailable', description: 'The provider cannot be reached' };

/** RFC 6749, section 4.1.2.1. */
const ERROR_CODE = /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/;
const UNREACHABLE = new Set<unknown>(['OAUTH_TIMEOUT', 'OAUTH_ABORT']);

/**
 * What an error of openid-client means to the app. The provider's own words go on only where it told them to the browser.
 * @returns null for an error that is none of the provider's
 */
export function failureOfProvider(thrown: unknown): SignInFailure | null {
  if (thrown instanceof client.AuthorizationResponseError) {
    if (!ERROR_CODE.test(thrown.error)) return INVALID_RESPONSE;
    return { error: thrown.error, description: thrown.error_description?.slice(0, 300) ?? 'The provider refused' };
  }
  if (thrown instanceof client.ResponseBodyError || thrown instanceof client.WWWAuthenticateChallengeError)
    return thrown.status >= 500 ? PROVIDER_UNAVAILABLE : PROVIDER_REFUSED;
  if (thrown instanceof client.ClientError)
    return UNREACHABLE.has(thrown.code) ? PROVIDER_UNAVAILABLE : INVALID_RESPONSE;
  // What fetch throws when there is no connection.
  return thrown instanceof TypeError ? PROVIDER_UNAVAILABLE : null;
}

/** What the log may hold of an error of openid-client: never an answer's body, which may hold tokens. */
export function loggedFailure(thrown: unknown) {
  if (!(thrown instanceof Error)) return {};
  const { message, cause } = thrown;
  const code = 'code' in thrown ? thrown.code : undefined;
  const reason = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const told = 'error' in thrown ? thrown.error : undefined;
  return { message, code, reason, told };
}
