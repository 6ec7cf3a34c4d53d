import { formatProblem, type Problem } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { readProject } from '../read-project.ts';
import { compileEvents } from './compile-events.ts';

const FILES: Readonly<Record<string, string>> = {
  'schema/shop.yaml': `version: 1
tables:
  orders:
    columns:
      total: { type: decimal, precision: 12, scale: 2 }
      note: { type: string, nullable: true }
      at: { type: timestamp }
`,
  'events/topics/order_placed.yaml': `name: order_placed
schema: { orderId: { type: string }, amount: { type: decimal }, note: { type: string, nullable: true } }
retention: 7d
`,
  'events/subscriptions/ship.yaml': `topic: order_placed
name: ship
handler: logics/on_order_placed
retry: { maxRetries: 5, minBackoff: 500ms, maxBackoff: 60s }
orderBy: orderId
deadLetter: false
`,
  'events/triggers/orders.yaml': `on: insert
table: orders
topic: order_placed
mapping: { orderId: id, amount: total }
`,
};

function compile(change: Readonly<Record<string, string>> = {}, logics = ['on_order_placed']) {
  const files = Object.entries({ ...FILES, ...change }).map(([path, content]) => ({ path, content }));
  const { model, problems: read, warnings } = readProject(files);
  const problems: Problem[] = [...read];
  const ruled = (model.permissions.events ?? []).map(({ topic }) => topic);
  const published = model.sqlLogics.flatMap(({ publish }) => publish);
  const events = compileEvents(model.events, { schema: model.schema, logics, ruled, published }, problems);
  return { events, problems: problems.map(formatProblem), warnings };
}

it('reads topics, subscriptions and triggers', () => {
  expect(compile()).toEqual({
    problems: [],
    warnings: [],
    events: {
      topics: {
        order_placed: {
          retentionSeconds: 604_800,
          schema: {
            orderId: { type: 'string', nullable: false },
            amount: { type: 'decimal', nullable: false },
            note: { type: 'string', nullable: true },
          },
        },
      },
      subscriptions: {
        ship: {
          topic: 'order_placed',
          handler: 'on_order_placed',
          retry: { maxRetries: 5, minBackoffMs: 500, maxBackoffMs: 60_000 },
          deadLetter: false,
          orderBy: 'orderId',
        },
      },
      triggers: [{ on: 'insert', table: 'orders', topic: 'order_placed', mapping: { orderId: 'id', amount: 'total' } }],
    },
  });
});

it('a subscription that says no more retries three times and keeps dead letters', () => {
  const { events } = compile({
    'events/subscriptions/ship.yaml': 'topic: order_placed\nname: ship\nhandler: logics/on_order_placed\n',
  });
  expect(events?.subscriptions.ship).toMatchObject({
    retry: { maxRetries: 3, minBackoffMs: 1_000, maxBackoffMs: 60_000 },
    deadLetter: true,
  });
});

it('a project without events has no such section', () => {
  const { model } = readProject([]);
  expect(compileEvents(model.events, { schema: {}, logics: [], ruled: [], published: [] }, [])).toBeUndefined();
});

describe('what is refused, where it stands', () => {
  const topic = 'events/topics/order_placed.yaml';
  const subscription = 'events/subscriptions/ship.yaml';
  const trigger = 'events/triggers/orders.yaml';
  it.each([
    [topic, 'name: Order\nschema: {}\n', 'topics/order_placed.yaml:1:7', 'lower-case letters'],
    [topic, 'name: order_placed\n', 'topics/order_placed.yaml:1:1', 'needs "schema"'],
    [topic, 'name: order_placed\nschema: { a: { type: text } }', ':2:22', '"type" cannot be "text"'],
    [topic, 'name: order_placed\nschema: { "a b": { type: int } }', ':2:11', 'name of a field'],
    [topic, 'name: order_placed\nschema: {}\nretention: 1w', ':3:12', 'from 60s to 365d'],
    [topic, 'name: order_placed\nschema: {}\nretain: 1d', ':3:1', 'Unknown key "retain"'],
    [
      subscription,
      'topic: order_place\nname: ship\nhandler: logics/on_order_placed',
      ':1:8',
      'did you mean "order_placed"',
    ],
    [subscription, 'topic: order_placed\nname: ship\nhandler: logics/none', ':3:10', 'There is no logic "logics/none"'],
    [subscription, 'topic: order_placed\nname: ship\nhandler: db/orders/insert', ':3:10', 'path of logic'],
    [subscription, `${FILES[subscription]}orderBy2: x`, ':7:1', 'Unknown key'],
    [
      subscription,
      'topic: order_placed\nname: ship\nhandler: logics/on_order_placed\norderBy: order',
      ':4:10',
      'no field "order"',
    ],
    [
      subscription,
      'topic: order_placed\nname: ship\nhandler: logics/on_order_placed\nretry: { minBackoff: 2m, maxBackoff: 1s }',
      ':4:8',
      'longer',
    ],
    [
      trigger,
      'on: write\ntable: orders\ntopic: order_placed\nmapping: { orderId: id, amount: total }',
      ':1:5',
      'insert, update, delete',
    ],
    [
      trigger,
      'on: insert\ntable: order\ntopic: order_placed\nmapping: { orderId: id, amount: total }',
      ':2:8',
      'did you mean "orders"',
    ],
    [trigger, 'on: write\ntable: order\ntopic: order_placed\nmapping: {}', ':2:8', 'did you mean "orders"'],
    [trigger, 'table: orders\ntopic: none\nmapping: {}', ':2:8', 'no topic "none"'],
    [trigger, 'on: insert\ntable: orders\ntopic: none\nmapping: {}', ':3:8', 'no topic "none"'],
    [trigger, 'on: insert\ntable: orders\ntopic: order_placed\nmapping: { orderId: id }', ':1:1', 'nothing of amount'],
    [
      trigger,
      'on: insert\ntable: orders\ntopic: order_placed\nmapping: { orderId: ids, amount: total }',
      ':4:21',
      'no column "ids"',
    ],
    [
      trigger,
      'on: insert\ntable: orders\ntopic: order_placed\nmapping: { orderId: note, amount: total }',
      ':4:21',
      'may be null',
    ],
    [
      trigger,
      'on: insert\ntable: orders\ntopic: order_placed\nmapping: { orderId: id, amount: at }',
      ':4:33',
      'of type timestamp',
    ],
    [
      trigger,
      'on: insert\ntable: orders\ntopic: order_placed\nmapping: { orderId: id, amount: total, x: id }',
      ':4:40',
      'no field "x"',
    ],
    [
      topic,
      'name: order_placed\nschema: { orderId: { type: string, pattern: "^o" }, amount: { type: decimal }, note: { type: string, nullable: true } }',
      'triggers/orders.yaml:4:21',
      'has a "pattern" that "id" does not have',
    ],
    [
      'config/permissions.yaml',
      'version: 1\nevents: { none: { publish: { roles: [a] } } }',
      ':2:11',
      'no topic "none"',
    ],
    ['logics/p.sql', '---\npublish:\n  - { topic: none, mapping: {} }\n---\nselect 1', 'p.sql:3:14', 'no topic "none"'],
    [
      'events/topics/again.yaml',
      FILES[topic] ?? '',
      'order_placed.yaml:1:7',
      'is the name of events/topics/again.yaml',
    ],
    ['events/other/x.yaml', '', 'events/other/x.yaml:1:1', 'has no place'],
  ])('%s %j', (path, content, place, message) => {
    const { problems } = compile({ [path]: content });
    const found = problems.filter((problem) => problem.includes(message));
    expect(found, JSON.stringify(problems)).toHaveLength(1);
    expect(found[0]).toContain(place);
  });
});
