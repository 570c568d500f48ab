import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { factsFromDiscovery, factsFromInitialize, type ServerFacts } from '../child/server-facts.ts';
import { dig } from '../testdata/events.ts';
import { canBeAsked, plainQuestion } from './client-capabilities.ts';
import { discoverResult, initializeResult } from './server-card.ts';
import { errorForLegacyCaller, paramsForModernChild, resultForLegacyCaller } from './to-legacy.ts';
import { errorForModernCaller, paramsForLegacyChild, resultForModernCaller } from './to-modern.ts';

const must = (facts: ServerFacts | undefined): ServerFacts => {
  assert(facts !== undefined);
  return facts;
};

const capabilities = { tools: { listChanged: true }, logging: {}, tasks: { list: {} }, extensions: { 'com.example/x': {} }, 'com.example/y': {} };
const legacy = must(factsFromInitialize({ protocolVersion: '2025-06-18', capabilities, serverInfo: { name: 'old', version: '1' }, instructions: 'Hi' }));
const modern = must(
  factsFromDiscovery({ supportedVersions: ['2026-07-28'], capabilities, ttlMs: 60_000, cacheScope: 'public', resultType: 'complete', 'com.example/z': 1, _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'new', version: '2' }, 'com.example/m': 1 } }),
);

suite('What the bridge says about a server', () => {
  test('a legacy card names what is carried: no shared task list, no extensions', () => {
    const card = initializeResult(modern, '2025-06-18');
    assert.deepEqual(card, { protocolVersion: '2025-06-18', capabilities: { tools: { listChanged: true }, logging: {} }, serverInfo: { name: 'new', version: '2' } });
    assert.equal(initializeResult(legacy, '2024-01-01')['protocolVersion'], '2025-11-25');
    assert.equal(initializeResult(legacy, '2026-07-28')['protocolVersion'], '2025-11-25');
  });

  test('a modern card is the child\'s own, private, with the versions that are really served', () => {
    const card = discoverResult(modern);
    assert.deepEqual(card['supportedVersions'], ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26']);
    assert.deepEqual([card['ttlMs'], card['cacheScope'], card['resultType'], card['com.example/z']], [60_000, 'private', 'complete', 1]);
    assert.deepEqual(Object.keys(card['capabilities'] ?? {}), ['tools', 'logging', 'extensions']);
    assert.equal(dig(card, '_meta', 'com.example/m'), 1);
  });

  test('a modern card of a legacy child has no extensions, and says who it is', () => {
    const card = discoverResult(legacy);
    assert.deepEqual([card['capabilities'], card['instructions'], card['ttlMs']], [{ tools: { listChanged: true }, logging: {} }, 'Hi', 0]);
    assert.equal(dig(card, '_meta', 'io.modelcontextprotocol/serverInfo', 'name'), 'old');
  });

  test('an answer of a revision nobody speaks makes no facts', () => {
    assert.equal(factsFromInitialize({ protocolVersion: '2031-01-01', capabilities: {}, serverInfo: {} }), undefined);
    assert.equal(factsFromDiscovery({ supportedVersions: ['2031-01-01'], capabilities: {} }), undefined);
    assert.equal(factsFromDiscovery({ protocolVersion: '2025-11-25' }), undefined);
  });
});

suite('Between the eras', () => {
  test('a modern call reaches a legacy child without the modern envelope, vendor keys kept', () => {
    const params = { name: 'a', inputResponses: {}, requestState: 's', _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}, progressToken: 1, traceparent: 't' } };
    assert.deepEqual(paramsForLegacyChild(params), { name: 'a', _meta: { progressToken: 1, traceparent: 't' } });
    assert.deepEqual(paramsForLegacyChild({ name: 'a', _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' } }), { name: 'a' });
  });

  test('TR-11, RS-17: a legacy result becomes complete, and a cacheable one stale and private whatever it says', () => {
    assert.deepEqual(resultForModernCaller('tools/list', { tools: [], cacheScope: 'public', ttlMs: 9, resultType: 'input_required', x: 1 }, legacy), {
      tools: [], x: 1, resultType: 'complete', ttlMs: 0, cacheScope: 'private', _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'old', version: '1' } },
    });
    assert.equal(resultForModernCaller('tools/call', { content: [] }, legacy)['ttlMs'], undefined);
  });

  test('a legacy call reaches a modern child with the envelope of its session', () => {
    const session = { clientInfo: { name: 'c', version: '1' }, capabilities: { roots: { listChanged: true }, sampling: {}, tasks: {} }, logLevel: 'info' };
    assert.deepEqual(paramsForModernChild({ name: 'a', _meta: { progressToken: 1 } }, session), {
      name: 'a',
      _meta: {
        progressToken: 1,
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
        'io.modelcontextprotocol/clientCapabilities': { sampling: {}, roots: {} },
        'io.modelcontextprotocol/logLevel': 'info',
      },
    });
  });

  test('a modern result reaches a legacy caller without what 2025 does not know, vendor keys kept', () => {
    const result = { resultType: 'complete', ttlMs: 1, cacheScope: 'public', tools: [], x: 1, _meta: { 'io.modelcontextprotocol/serverInfo': {}, 'com.example/a': 1 } };
    assert.deepEqual(resultForLegacyCaller(result), { tools: [], x: 1, _meta: { 'com.example/a': 1 } });
  });

  test('TR-12: a missing resource has the code of the caller\'s era', () => {
    const data = { uri: 'a:b' };
    assert.equal(errorForModernCaller({ code: -32002, message: 'm', data }).code, -32602);
    assert.equal(errorForLegacyCaller('resources/read', { code: -32602, message: 'm', data }).code, -32002);
    assert.equal(errorForLegacyCaller('resources/read', { code: -32602, message: 'other params' }).code, -32602);
    assert.equal(errorForLegacyCaller('tools/call', { code: -32602, message: 'm', data }).code, -32602);
  });
});

suite('Whom a question may be asked', () => {
  test('only who declared it, down to the mode', () => {
    const form = { elicitation: {} };
    assert.equal(canBeAsked(form, 'elicitation/create', {}), true);
    assert.equal(canBeAsked(form, 'elicitation/create', { mode: 'url' }), false);
    assert.equal(canBeAsked({ elicitation: { url: {} } }, 'elicitation/create', { mode: 'form' }), false);
    assert.equal(canBeAsked({ elicitation: { url: {} } }, 'elicitation/create', { mode: 'url' }), true);
    assert.equal(canBeAsked({ sampling: {} }, 'sampling/createMessage', {}), true);
    assert.equal(canBeAsked({ sampling: {} }, 'sampling/createMessage', { tools: [] }), false);
    assert.equal(canBeAsked({}, 'roots/list', {}), false);
    assert.equal(canBeAsked({ roots: {}, sampling: {}, elicitation: {} }, 'com.example/spy', {}), false);
  });

  test('without progress tokens and tasks, which belong to the shared connection', () => {
    assert.deepEqual(plainQuestion({ message: 'm', task: { ttl: 1 }, _meta: { progressToken: 1, a: 1 } }), { message: 'm', _meta: { a: 1 } });
    assert.deepEqual(plainQuestion({ message: 'm', _meta: { progressToken: 1 } }), { message: 'm' });
  });
});
