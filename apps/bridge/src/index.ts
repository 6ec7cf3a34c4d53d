// Turns releases into a served database.
export {};
