import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the files that the README walks through are there', () => {
  const readme = new URL('../README.md', import.meta.url);
  const links = [...readFileSync(readme, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link]) => link ?? '');
  expect(links.length).toBeGreaterThan(8);
  expect(links.filter((link) => !existsSync(new URL(link, readme)))).toEqual([]);
});
