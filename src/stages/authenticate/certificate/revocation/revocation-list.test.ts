import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { suite, test } from 'node:test';
import { integer, pem, sequence } from '../../../../../test/world/der.ts';
import { extension, newKeys, TestAuthority, type ListContents } from '../../../../../test/world/test-pki.ts';
import { CertificateFlaw } from '../certificate-flaw.ts';
import { x509Library } from '../library.ts';
import { listBytes, readRevocationList } from './revocation-list.ts';

const authority = TestAuthority.root();
const issuer = new X509Certificate(authority.raw);
const read = async (contents: ListContents = {}, by = authority) => readRevocationList({ from: 'x.crl', der: by.list(contents) }, await x509Library());

suite('A list of revoked certificates', () => {
  test('is read in PEM and DER, with its numbers and times, and belongs to whom has signed it (RFC 5280 §5)', async () => {
    const serial = Buffer.from([0, 0x9a, 0xbc]);
    const list = await read({ revoked: [{ serial }] });
    assert.deepEqual([[...list.revoked], list.nextUpdateMs > Date.now(), list.isOf(issuer)], [['9abc'], true, true]);
    const der = authority.list();
    assert.deepEqual(listBytes(Buffer.from(pem('X509 CRL', der))), der);
    assert.deepEqual(listBytes(der), der);
  });

  test('is of nobody else: not of one with the same name, nor of one that may not sign lists, nor where a byte was changed', async () => {
    assert.equal((await read()).isOf(new X509Certificate(TestAuthority.root().raw)), false);
    assert.equal((await read({ issuer: [['CN', 'Other']] })).isOf(issuer), false);
    assert.equal((await read({ digest: 'sha1' })).isOf(issuer), false);
    const keys = newKeys();
    const silent = TestAuthority.root('Silent', { keys, extensions: [extension('2.5.29.15', Buffer.from([0x03, 0x02, 0x02, 0x04]), true)] });
    assert.equal((await read({}, silent)).isOf(new X509Certificate(silent.raw)), false);
    const der = authority.list({ revoked: [{ serial: Buffer.from([7]) }] });
    const at = der.indexOf(Buffer.from([0x02, 0x01, 0x07]));
    der[at + 2] = 8;
    assert.equal(readRevocationList({ from: 'x', der }, await x509Library()).isOf(issuer), false);
  });

  test('that is of a part, of changes, says what is not understood, or is none, is refused', async () => {
    for (const extensions of [[extension('2.5.29.27', integer(1), true)], [extension('2.5.29.28', sequence(), true)], [extension('1.3.6.1.4.1.99999.2', integer(1), true)]]) {
      await assert.rejects(read({ extensions }), CertificateFlaw);
    }
    for (const der of [Buffer.from('x'), Buffer.alloc(0), authority.raw, authority.list().subarray(0, 100)]) await assert.rejects(async () => readRevocationList({ from: 'x', der }, await x509Library()), CertificateFlaw);
  });
});
