// A prefix says what a leaked token is, to people and to secret scanners.
export const SESSION_TOKEN_PREFIX = 'stk_session_';
export const PERSONAL_TOKEN_PREFIX = 'stk_pat_';
export const REFRESH_TOKEN_PREFIX = 'stk_refresh_';
export const SETUP_TOKEN_PREFIX = 'stk_setup_';
export const OIDC_STATE_PREFIX = 'stk_oidc_state_';
export const OIDC_BROWSER_PREFIX = 'stk_oidc_browser_';
export const OIDC_EXCHANGE_PREFIX = 'stk_oidc_code_';
export const INVITATION_TOKEN_PREFIX = 'stk_invite_';
