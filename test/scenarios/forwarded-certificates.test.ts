import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError } from '../../src/config/config-error.ts';
import { validateConfig } from '../../src/config/parse-config.ts';
import { TestAuthority, type Issued } from '../world/test-pki.ts';
import { TlsGateway } from '../world/tls-gateway.ts';
import { until } from '../world/until.ts';

/** A proxy that proves itself by its own certificate, and whose clients are known by theirs (RFC 9440). */

const structured = ({ raw }: Pick<Issued, 'raw'>): string => `:${raw.toString('base64')}:`;

suite('A proxy in front', () => {
  test('is proven by its certificate; others with a certificate are themselves, whatever they forward', async () => {
    const people = TestAuthority.root('People');
    const proxies = TestAuthority.root('Proxies');
    const proxy = proxies.issue({ subject: [['CN', 'proxy']] });
    await using gateway = await TlsGateway.start({
      accept: ['mtls'], tls: { ca: 'proxies.crt' },
      listen: { forwardedCertificates: { header: 'client-cert', from: ['127.0.0.0/8'], proxies: [proxy.fingerprint], ca: 'people.crt' } },
      more: { roles: { all: ['crm:*'] }, certificates: { everyone: ['all'] } },
      prepare: async (_folder, write) => {
        write('people.crt', people.cert);
        write('proxies.crt', proxies.cert);
      },
    });
    const alice = people.issue({ subject: [['CN', 'alice']] });
    const ask = async (as: Issued, headers: Readonly<Record<string, string>> = {}) => {
      const { status, json } = await gateway.ask('/mcp/status', { as, headers });
      return [status, json['client'] ?? json['code']];
    };
    assert.deepEqual(await ask(proxy, { 'client-cert': structured(alice) }), [200, 'alice']);
    // The proxy itself is nobody's client.
    assert.deepEqual(await ask(proxy), [401, 'certificate.missing']);
    assert.deepEqual(await ask(proxies.issue({ subject: [['CN', 'other']] }), { 'client-cert': structured(alice) }), [200, 'other']);
    gateway.write('people.crt', TestAuthority.root('New People').cert);
    await until('those of the former are refused', async () => ((await ask(proxy, { 'client-cert': structured(alice) }))[0] === 401 ? true : undefined), { withinMs: 10_000, signal: gateway.process.gone });
  });

  test('is named with more than an address, or the start refuses it', async () => {
    const config = (forwardedCertificates: object, tls?: object) => validateConfig({ listen: { forwardedCertificates: { header: 'client-cert', from: ['10.0.0.1'], ca: 'x', ...forwardedCertificates }, ...(tls === undefined ? {} : { tls }) }, servers: { crm: { url: 'http://127.0.0.1:1/mcp' } } }, 'test');
    for (const wrong of [{}, { proxies: ['a'.repeat(64)] }, { secret: 'written here' }, { secret: 'env:X', from: [] }, { secret: 'env:X', from: ['10.0.0.1/8'] }, { secret: 'env:X', header: 'x-client-cert' }, { proxies: ['ab'] }]) assert.throws(() => config(wrong), ConfigError, JSON.stringify(wrong));
    config({ secret: 'env:X' });
    config({ proxies: ['a'.repeat(64)] }, { cert: 'c', key: 'k', ca: 'a' });
    await assert.rejects(TlsGateway.start({ listen: { forwardedCertificates: { header: 'client-cert', from: ['127.0.0.1'], secret: 'env:SHORT', ca: 'clients.crt' } }, env: { SHORT: 'short' } }), /fewer than 16 characters/);
  });
});
