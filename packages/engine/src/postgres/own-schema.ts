/** The namespace of what Santokit keeps in a user's database for itself; no model, plan or drift knows of it. */
export const OWN_SCHEMA = 'santokit';
