// Turns a bare machine into a running Santokit.
export {};
