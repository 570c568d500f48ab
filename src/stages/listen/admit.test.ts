import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { anInbound } from '../../../test/world/exchanges.ts';
import { refusalOf } from '../../../test/world/refusal.ts';
import type { HeaderFlaw } from '../../model/exchange.ts';
import { admit } from './admit.ts';

const doubled = (name: string): HeaderFlaw => ({ kind: 'doubled', name });

suite('A request is admitted', () => {
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
    test(`as ${method} when nothing is wrong with its head`, () => {
      const inbound = anInbound({ method });
      assert.equal(admit(inbound), inbound);
    });
  }
});

suite('A request is refused by its head alone', () => {
  for (const method of ['HEAD', 'TRACE', 'PUT', 'PATCH', 'CONNECT', 'PRI', 'QUERY', 'get', 'Post', '', 'X'.repeat(10_000)]) {
    test(`as ${method.slice(0, 10)}, with the methods there are (P06)`, () => {
      const { code, circumstances } = refusalOf(() => admit(anInbound({ method })));
      assert.equal(code, 'http.method-not-allowed');
      assert.deepEqual(circumstances.headers, { Allow: 'GET, POST, DELETE, OPTIONS' });
      assert.equal(circumstances.reason, `method ${method.slice(0, 16)}`);
    });
  }

  const FLAWS: readonly (readonly [HeaderFlaw, string, closes: boolean])[] = [
    [doubled('mcp-name'), 'rpc.header-mismatch', false],
    [doubled('mcp-protocol-version'), 'rpc.header-mismatch', false],
    [doubled('content-type'), 'http.media-type', false],
    [doubled('authorization'), 'http.headers-refused', false],
    [doubled('host'), 'http.headers-refused', false],
    [doubled('x-api-key'), 'http.headers-refused', false],
    [{ kind: 'too-many' }, 'http.headers-too-large', true],
    [{ kind: 'expectation' }, 'http.expectation-failed', false],
    [{ kind: 'body-refused' }, 'http.body-refused', true],
    [{ kind: 'http-version' }, 'http.malformed', true],
    [{ kind: 'target' }, 'http.not-found', false],
  ];
  for (const [flaw, expected, closes] of FLAWS) {
    test(`for ${'name' in flaw ? `a second ${flaw.name}` : flaw.kind}: ${expected} (H01, H10, H13, N10)`, () => {
      const { code, circumstances } = refusalOf(() => admit(anInbound({ flaws: [flaw] })));
      assert.equal(code, expected);
      // What may still stand in the connection must not be read as the next request.
      assert.equal(circumstances.headers?.['Connection'], closes ? 'close' : undefined);
    });
  }

  test('by its first flaw, and by its method before that', () => {
    const flaws: readonly HeaderFlaw[] = [{ kind: 'target' }, { kind: 'too-many' }];
    assert.equal(refusalOf(() => admit(anInbound({ flaws }))).code, 'http.not-found');
    assert.equal(refusalOf(() => admit(anInbound({ flaws, method: 'TRACE' }))).code, 'http.method-not-allowed');
  });
});
