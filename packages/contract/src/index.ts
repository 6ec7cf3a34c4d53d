// Turns what travels between Santokit programs into one set of schemas and types.
export {};
