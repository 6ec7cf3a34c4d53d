// Turns what a program does into logs and metrics.
export {};
