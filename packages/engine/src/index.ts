// Turns models, changes and calls into what a database understands.
export {};
