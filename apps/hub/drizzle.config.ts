import { defineConfig } from 'drizzle-kit';

// `drizzle-kit generate` writes a migration for every change of the tables; the Hub runs them at start.
export default defineConfig({
  dialect: 'postgresql',
  schema: './src/store/tables/*.ts',
  out: './drizzle',
  casing: 'snake_case',
});
