import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { validateConfig } from '../config/parse-config.ts';
import { configWarnings } from './read-config.ts';

const issuers = { corp: { issuer: 'https://idp.example' }, other: { issuer: 'https://other.example' } };
const server = (more: object) => ({ url: 'http://127.0.0.1:1/mcp', ...more });

const warned = (crm: object, hr: object, more: object = { issuers }): readonly string[] =>
  configWarnings(validateConfig({ servers: { crm: server(crm), hr: server(hr) }, listen: { accept: ['api-key', 'oauth'] }, ...more }, 'test'), []);

suite('One audience of two servers', () => {
  test('is warned of, because a token for one opens the other (J08)', () => {
    assert.deepEqual(warned({ audience: ['app', 'crm'] }, { audience: ['hr', 'app'] }), ['servers.hr and servers.crm have the audience app in common: a token that was made for one opens the other']);
  });

  test('is not where each has its own, or none, or their issuers are not the same', () => {
    assert.deepEqual(warned({ audience: ['crm'] }, { audience: ['hr'] }), []);
    assert.deepEqual(warned({}, {}), []);
    assert.deepEqual(warned({ audience: ['app'], issuers: ['corp'] }, { audience: ['app'], issuers: ['other'] }), []);
  });
});
