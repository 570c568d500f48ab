import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { parseApiKeysVariable } from '../../src/config/api-keys-variable.ts';
import { parseConfig } from '../../src/config/parse-config.ts';
import { renderConfigReference, renderJsonSchema } from '../../src/config/reference.ts';
import { parsePermission } from '../../src/model/permission/permission.ts';
import { fencedBlocks } from './markdown.ts';
import { root } from './sources.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const reference = read('docs/config.md');
const blocks = fencedBlocks(reference);

/** The property names that a JSON Schema allows, at any depth. */
const namesIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  const own = 'properties' in value && typeof value.properties === 'object' && value.properties !== null ? Object.keys(value.properties) : [];
  return [...own, ...Object.values(value).flatMap(namesIn)];
};

/** Settings of a schema that a reference does not name. */
const unnamed = (schema: unknown, text: string): readonly string[] => {
  const named = new Set([...text.matchAll(/`([\w$.]+)`/g)].flatMap(([, path = '']) => path.split('.')));
  return namesIn(schema).filter((name) => !named.has(name));
};

suite('docs/config.md', () => {
  test('is what the schema says; "npm run docs" writes it', () => {
    assert.equal(reference, renderConfigReference());
  });

  test('names every setting of the schema', () => {
    assert.deepEqual(unnamed(renderJsonSchema(), reference), []);
    const grown = { properties: { listen: { properties: { port: {}, trapdoor: {} } } } };
    assert.deepEqual(unnamed(grown, reference), ['trapdoor']);
  });

  test('shows a configuration that starts', () => {
    const [example] = blocks.filter(({ language }) => language === 'yaml');
    assert.ok(example);
    assert.deepEqual(Object.keys(parseConfig(example.text, 'docs/config.md').servers), ['crm', 'wiki']);
  });

  test('shows values of MCP_API_KEYS that can be pasted, the two of the founding documents among them', () => {
    const values = blocks.flatMap(({ text }) => [...text.matchAll(/export MCP_API_KEYS='([^']*)'/g)].map(([, value = '']) => value));
    const names = values.flatMap((value) => parseApiKeysVariable(value).map(({ name }) => name));
    assert.deepEqual(names, ['ChatGPT Connector', 'Migrated Connector', 'Nightly sync']);
  });

  test('shows permissions that can be read', () => {
    const [, section = ''] = reference.split('## Permissions');
    const shown = [...section.split('\n## ')[0]?.matchAll(/^\| `([^`]+)` \|/gm) ?? []].map(([, text = '']) => text);
    assert.equal(shown.length, 8);
    for (const text of shown) assert.doesNotThrow(() => parsePermission(text), text);
  });
});

suite('config.schema.json', () => {
  test('is what the schema says; "npm run docs" writes it', () => {
    assert.deepEqual(JSON.parse(read('config.schema.json')), renderJsonSchema());
  });

  test('allows no setting that the gateway would refuse', () => {
    assert.equal(renderJsonSchema()['additionalProperties'], false);
    assert.throws(() => parseConfig('servers: {a: {url: "https://host/mcp"}}\nlissten: {}\n', 'x.yaml'), /x\.yaml:2:1 {2}lissten: is not a setting; did you mean listen\?/);
  });
});
