import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Era, Primitive } from '../../model/call.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import { methodFor } from './methods.ts';

const BOTH = ['tools/list', 'tools/call', 'prompts/list', 'prompts/get', 'resources/list', 'resources/templates/list', 'resources/read', 'completion/complete', 'tasks/get', 'tasks/cancel'];
const REQUESTS: Readonly<Record<Era, readonly string[]>> = {
  legacy: [...BOTH, 'initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'resources/unsubscribe', 'tasks/result', 'tasks/list'],
  modern: [...BOTH, 'server/discover', 'subscriptions/listen', 'tasks/update'],
};
const NOTIFICATIONS: Readonly<Record<Era, readonly string[]>> = {
  legacy: ['initialized', 'cancelled', 'progress', 'roots/list_changed', 'tasks/status'].map((name) => `notifications/${name}`),
  modern: [],
};
/** What only servers send, what no revision has, and what resembles a method. */
const FOREIGN = [
  'sampling/createMessage', 'elicitation/create', 'roots/list', 'notifications/message', 'notifications/resources/updated', 'notifications/tools/list_changed',
  'notifications/elicitation/complete', 'notifications/subscriptions/acknowledged', 'notifications/tasks', 'unknown/method', 'rpc.discover', '__proto__', 'constructor', 'toString',
];
const disguised = (name: string): readonly string[] => [
  name.toUpperCase(), name.replace('/', '/ '), ` ${name}`, `${name} `, `${name}\u0000`, `/${name}`, `${name}/`, name.replace('/', '//'), name.replace('/', '%2f'), name.replace('/', '\u2044'),
  name.replace('s', 'ſ'), `${name}\n`,
];

const primitivesOf = (name: string, era: Era, params: JsonObject): readonly Primitive[] => methodFor('request', name, era).primitives(params);

suite('Only the methods of the caller\'s era are known (N13, TR-7)', () => {
  const known = { request: REQUESTS, notification: NOTIFICATIONS };
  const everything = [...new Set([...Object.values(REQUESTS), ...Object.values(NOTIFICATIONS)].flat())];
  for (const kind of ['request', 'notification'] as const) {
    for (const era of ['legacy', 'modern'] as const) {
      test(`each ${kind} of the ${era} era is known`, () => {
        for (const name of known[kind][era]) assert.ok(methodFor(kind, name, era).eras.includes(era), name);
      });

      test(`anything else is no ${kind} of the ${era} era`, () => {
        const others = [...everything, ...FOREIGN, ...everything.flatMap(disguised)].filter((name) => !known[kind][era].includes(name));
        for (const name of others) assert.throws(() => methodFor(kind, name, era), { code: 'rpc.unknown-method' }, name);
      });
    }
  }
});

suite('What a call is about is read from the body, byte for byte (N14)', () => {
  const odd = ['e\u0301cho', '\u00e9cho', 'ｅcho', 'ec\u200bho', '\u202eohce', 'echo ', ' echo', 'ec%20ho', 'crm__echo', '=?base64?ZWNobw==?=', 'x'.repeat(1024)];
  for (const name of ['echo', ...odd]) {
    test(`${JSON.stringify(name).slice(0, 30)} is taken as it is`, () => {
      assert.deepEqual(primitivesOf('tools/call', 'modern', { name }), [{ kind: 'tool', name }]);
      assert.deepEqual(primitivesOf('prompts/get', 'legacy', { name }), [{ kind: 'prompt', name }]);
      for (const method of ['resources/read', 'resources/subscribe', 'resources/unsubscribe']) {
        assert.deepEqual(primitivesOf(method, 'legacy', { uri: name }), [{ kind: 'resource', name }]);
      }
    });
  }

  test('completion is about the prompt or the template it refers to', () => {
    assert.deepEqual(primitivesOf('completion/complete', 'modern', { ref: { type: 'ref/prompt', name: 'p', uri: 'u' } }), [{ kind: 'prompt', name: 'p' }]);
    assert.deepEqual(primitivesOf('completion/complete', 'legacy', { ref: { type: 'ref/resource', uri: 'f:///{p}' } }), [{ kind: 'resource', name: 'f:///{p}' }]);
  });

  test('a subscription is about every resource in it (TR-10)', () => {
    const notifications = { toolsListChanged: true, resourceSubscriptions: ['a:1', 'a:2'], taskIds: ['t'] };
    assert.deepEqual(primitivesOf('subscriptions/listen', 'modern', { notifications }), [{ kind: 'resource', name: 'a:1' }, { kind: 'resource', name: 'a:2' }]);
    assert.deepEqual(primitivesOf('subscriptions/listen', 'modern', { notifications: {} }), []);
  });

  test('lists, lifecycle and tasks are about no primitive', () => {
    for (const method of ['tools/list', 'initialize', 'ping', 'logging/setLevel', 'tasks/list']) assert.deepEqual(primitivesOf(method, 'legacy', {}), []);
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) assert.deepEqual(primitivesOf(method, 'modern', { taskId: 't' }), []);
  });
});

suite('A call that does not say what it is about is refused (N13, N14)', () => {
  const unreadable: readonly (JsonValue | undefined)[] = [undefined, null, 1, true, {}, ['echo'], '', 'x'.repeat(10_000), 'a\u0000b', 'a\nb', '\u001b[2J', 'a\u007f', 'a\u0085b', '\t'];
  const named: readonly (readonly [string, Era, string])[] = [
    ['tools/call', 'modern', 'name'], ['prompts/get', 'modern', 'name'], ['resources/read', 'legacy', 'uri'], ['resources/subscribe', 'legacy', 'uri'],
    ['resources/unsubscribe', 'legacy', 'uri'], ['tasks/get', 'modern', 'taskId'], ['tasks/update', 'modern', 'taskId'], ['tasks/cancel', 'legacy', 'taskId'], ['tasks/result', 'legacy', 'taskId'],
  ];
  for (const [method, era, member] of named) {
    test(`${method} needs a readable ${member}`, () => {
      for (const value of unreadable) {
        assert.throws(() => primitivesOf(method, era, value === undefined ? {} : { [member]: value }), { code: 'rpc.params' }, JSON.stringify(value)?.slice(0, 20));
      }
    });
  }

  test('completion needs a ref of a known type', () => {
    for (const ref of [null, 'ref/prompt', [], {}, { type: 'ref/tool', name: 'x' }, { type: 'REF/PROMPT', name: 'x' }, { type: 'ref/prompt' }, { type: 'ref/resource', name: 'x' }]) {
      assert.throws(() => primitivesOf('completion/complete', 'modern', { ref }), { code: 'rpc.params' }, JSON.stringify(ref));
    }
    assert.throws(() => primitivesOf('completion/complete', 'modern', {}), { code: 'rpc.params' });
  });

  test('a subscription needs readable lists of bounded length', () => {
    const many = Array.from({ length: 1001 }, () => 'a:1');
    for (const notifications of [null, [], 'x', { resourceSubscriptions: 'a:1' }, { resourceSubscriptions: [1] }, { resourceSubscriptions: ['a:1', ''] }, { resourceSubscriptions: many }, { taskIds: [null] }]) {
      assert.throws(() => primitivesOf('subscriptions/listen', 'modern', { notifications }), { code: 'rpc.params' }, JSON.stringify(notifications).slice(0, 60));
    }
    assert.throws(() => primitivesOf('subscriptions/listen', 'modern', {}), { code: 'rpc.params' });
    assert.equal(primitivesOf('subscriptions/listen', 'modern', { notifications: { resourceSubscriptions: many.slice(1) } }).length, 1000);
  });
});
