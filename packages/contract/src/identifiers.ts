/** Names that users declare for tables and columns. */
export const DECLARED_IDENTIFIER = /^[a-z_][a-z0-9_]{0,62}$/;

/** Names of orgs, projects, envs and connections: they stand in URLs, headers and cookie names. */
export const RESOURCE_NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/** `stk_key_<keyId>_<secret>`: the key id is found without knowing the secret. */
export const API_KEY = /^stk_key_([A-Za-z0-9]{1,64})_([A-Za-z0-9-]{20,128})$/;

/** The namespace of what Santokit keeps for itself in a user's database; no model, plan or drift knows of it. */
export const OWN_SCHEMA = 'santokit';
