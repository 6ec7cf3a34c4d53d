// Turns logic files, SQL and TypeScript, into checked artifacts and runs them.
export {};
