import { customAlphabet } from 'nanoid';

/** 43 characters of 62: 256 bits, and nothing that ends a word when it is double-clicked. */
export const randomSecret: () => string = customAlphabet(
  '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  43,
);
