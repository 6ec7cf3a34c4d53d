// Turns what an operator types into calls to the Hub.
export {};
