// Turns permission rules into typed expressions and evaluates them.
export {};
