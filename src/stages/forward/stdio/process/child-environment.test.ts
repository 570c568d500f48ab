import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Secret } from '../../../../model/secret.ts';
import { childEnvironment } from './child-environment.ts';

const gateway = {
  PATH: '/bin', HOME: '/home/a', LANG: 'C', LC_ALL: 'C', TZ: 'UTC', TMPDIR: '/tmp', USER: 'a', SHELL: '/bin/sh', TERM: 'xterm',
  NODE_OPTIONS: '--require /tmp/evil.js', LD_PRELOAD: '/tmp/evil.so', MCP_API_KEYS: 'sk_live_canary', AWS_SECRET_ACCESS_KEY: 'canary', NOTHING: undefined,
};

suite('What a child sees of the environment (I01, I05)', () => {
  test('the allow-list passes and nothing else of the gateway does', () => {
    const { variables } = childEnvironment({ inheritEnv: gateway, env: {} }, 'linux');
    assert.deepEqual(Object.keys(variables).sort(), ['HOME', 'LANG', 'LC_ALL', 'PATH', 'SHELL', 'TERM', 'TMPDIR', 'TZ', 'USER']);
  });

  test('a variable that steers the loader gets in only by being configured', () => {
    const { variables } = childEnvironment({ inheritEnv: gateway, env: { NODE_OPTIONS: '--max-old-space-size=64' } }, 'linux');
    assert.equal(variables['NODE_OPTIONS'], '--max-old-space-size=64');
    assert.equal(variables['LD_PRELOAD'], undefined);
  });

  test('a configured value wins over an inherited one, and a secret is revealed and noted for masking', () => {
    const { variables, secrets } = childEnvironment({ inheritEnv: gateway, env: { PATH: '/opt/bin', TOKEN: new Secret('tok_123') } }, 'linux');
    assert.equal(variables['PATH'], '/opt/bin');
    assert.equal(variables['TOKEN'], 'tok_123');
    assert.deepEqual(secrets, ['tok_123']);
  });

  test('on Windows the names its programs need pass whatever their case', () => {
    const { variables } = childEnvironment({ inheritEnv: { SystemRoot: 'C:\\Windows', Path: 'C:\\bin', NODE_OPTIONS: 'x' }, env: {} }, 'win32');
    assert.deepEqual(variables, { SystemRoot: 'C:\\Windows', Path: 'C:\\bin' });
  });
});
