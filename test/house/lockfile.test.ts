import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { isJsonObject, type JsonObject } from '../../src/model/json.ts';
import { addressed, drifted, looseVersions, MOST_RUNTIME_PACKAGES, runtimePackages, unlocked, unquiet, withoutIntegrity } from './lockfile.ts';
import { root } from './sources.ts';

const read = (path: string): JsonObject => {
  const value: unknown = JSON.parse(readFileSync(join(root, path), 'utf8'));
  assert.ok(isJsonObject(value));
  return value;
};

const manifest = read('package.json');
const lock = read('package-lock.json');

const locked = (entry: JsonObject): JsonObject => ({ packages: { '': {}, 'node_modules/x': { version: '1.0.0', integrity: 'sha512-x', ...entry } } });

suite('What is installed', () => {
  test('is written with exact versions', () => {
    assert.deepEqual(looseVersions(manifest), []);
    const loose = { dependencies: { a: '^1.0.0', b: '1.0.0', c: 'latest' }, devDependencies: { d: '~2.0.0', e: '1.0.0-alpha.1' } };
    assert.deepEqual(looseVersions(loose), ['a "^1.0.0"', 'c "latest"', 'd "~2.0.0"']);
  });

  test('is what the lockfile holds', () => {
    assert.deepEqual(drifted(manifest, lock), []);
    assert.deepEqual(drifted({ dependencies: { x: '1.0.1' } }, locked({})), ['x']);
  });

  test('is in the lockfile down to the last optional part, so that "npm ci" takes it', () => {
    assert.deepEqual(unlocked(lock), []);
    assert.deepEqual(unlocked(locked({ dependencies: { y: '1.0.0' }, optionalDependencies: { z: '1.0.0' } })), ['node_modules/x wants y', 'node_modules/x wants z']);
  });

  test('comes from whichever registry is configured, and is checked by its hash', () => {
    assert.deepEqual(addressed(lock), []);
    assert.deepEqual(withoutIntegrity(lock), []);
    assert.deepEqual(addressed(locked({ resolved: 'https://registry.example/x.tgz' })), ['node_modules/x']);
    assert.deepEqual(withoutIntegrity({ packages: { 'node_modules/x': { version: '1.0.0' } } }), ['node_modules/x']);
    assert.deepEqual(withoutIntegrity({ packages: { 'node_modules/x': { version: '1.0.0', optional: true, os: ['linux'] } } }), ['node_modules/x']);
  });

  test('is few enough packages at run time to read', () => {
    assert.ok(runtimePackages(lock).length <= MOST_RUNTIME_PACKAGES, `${String(runtimePackages(lock).length)} packages`);
    assert.ok(runtimePackages(lock).length >= Object.keys(isJsonObject(manifest['dependencies']) ? manifest['dependencies'] : {}).length);
    assert.deepEqual(runtimePackages(locked({ dev: true })), []);
  });

  test('runs nothing at installation and is built for no one machine, as far as it is needed at run time', () => {
    assert.deepEqual(unquiet(lock), []);
    assert.deepEqual(unquiet(locked({ hasInstallScript: true })), ['node_modules/x']);
    assert.deepEqual(unquiet(locked({ os: ['linux'] })), ['node_modules/x']);
    assert.deepEqual(unquiet(locked({ hasInstallScript: true, dev: true })), []);
  });

  test('asks for no script of ours at installation either', () => {
    const scripts = isJsonObject(manifest['scripts']) ? Object.keys(manifest['scripts']) : [];
    assert.deepEqual(scripts.filter((name) => /^(?:pre|post)?install$|^prepare$/.test(name)), []);
  });
});
