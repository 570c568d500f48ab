import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { TestAuthority, type Contents } from '../../../../test/world/test-pki.ts';
import type { CertifiedClient } from '../../../model/certificate.ts';
import { CertificateFlaw } from './certificate-flaw.ts';
import { buildIdentify, type IdentityRule } from './identify.ts';
import { x509Library } from './library.ts';
import { readCertificate } from './read-certificate.ts';

const authority = TestAuthority.root();
const rule = (more: Partial<IdentityRule>): IdentityRule => ({ kind: 'cn', like: '{name}', as: '{name}', roles: [], ...more });
const clientOf = async (contents: Contents): Promise<CertifiedClient> => {
  const { raw, fingerprint, thumbprint } = authority.issue(contents);
  return { facts: readCertificate(raw, await x509Library()), peer: { der: raw, thumbprint, issuers: [], trust: { withdrawn: false } }, record: { fingerprint } };
};

suite('Whom a certificate names (X03)', () => {
  test('is whom the one rule that fits says, with its roles', async () => {
    const identify = buildIdentify([rule({ kind: 'uri', like: 'spiffe://acme/{name}', as: 'service:{name}', roles: ['workload'] }), rule({})], []);
    assert.deepEqual(identify(await clientOf({ subject: [], names: [['uri', 'spiffe://acme/bot']] })), { rule: 0, value: 'spiffe://acme/bot', subject: 'service:bot', roles: ['workload'] });
    assert.deepEqual(identify(await clientOf({ names: [['uri', 'https://acme.example/bot']] })), { rule: 1, value: 'my-mcp-client', subject: 'my-mcp-client', roles: [] });
  });

  test('is nobody where no rule fits, two do, one fits twice, what it says is ambiguous, or its authority may not', async () => {
    const workload = rule({ kind: 'uri', like: 'spiffe://acme/{name}', as: 'service:{name}' });
    const refused: readonly (readonly [readonly IdentityRule[], Contents])[] = [
      [[workload], {}],
      [[workload, rule({})], { names: [['uri', 'spiffe://acme/bot']] }],
      [[rule({ kind: 'dns', like: '{name}.acme.com' })], { names: [['dns', 'a.acme.com'], ['dns', 'b.acme.com']] }],
      [[rule({}), rule({ like: 'my-mcp-client', as: 'other' })], {}],
      [[rule({})], { subject: [['CN', 'a'], ['CN', 'b']] }],
      [[rule({ isUnder: () => false })], {}],
    ];
    for (const [rules, contents] of refused) {
      const client = await clientOf(contents);
      assert.throws(() => buildIdentify(rules, [])(client), CertificateFlaw);
    }
  });

  test('is never somebody whom an issuer of tokens or a provider names', async () => {
    const identify = buildIdentify([rule({})], ['corp:', 'github:']);
    for (const name of ['corp:alice', 'github:1']) {
      const client = await clientOf({ subject: [['CN', name]] });
      assert.throws(() => identify(client), CertificateFlaw, name);
    }
    assert.equal(identify(await clientOf({ subject: [['CN', 'corporate']] })).subject, 'corporate');
  });
});
