/** A small project: one table, its permissions, open sign-up. */
export const SHOP_FILES = {
  'schema/shop.yaml': `version: 1
tables:
  books:
    columns:
      title: { type: string, maxLength: 200 }
      stock: { type: int, default: 0 }
      note: { type: string, nullable: true }
`,
  'config/permissions.yaml': `version: 1
tables:
  books:
    select: { roles: [public] }
    insert: { roles: [admin] }
`,
  'config/auth.yaml': 'signup: open\ndefaultRoles: [user]\ntotp: optional\n',
} as const;

/** The same without a column, which then has to be dropped. */
export const SHOP_WITHOUT_NOTE = {
  ...SHOP_FILES,
  'schema/shop.yaml': SHOP_FILES['schema/shop.yaml'].replace('      note: { type: string, nullable: true }\n', ''),
};

/** The same with a column more. */
export const SHOP_WITH_PAGES = {
  ...SHOP_FILES,
  'schema/shop.yaml': `${SHOP_FILES['schema/shop.yaml']}      pages: { type: int, nullable: true }\n`,
};
