// Turns secrets and payloads into tokens, envelopes, hashes and signatures.
export {};
