import { randomBytes } from 'node:crypto';
import { der, octets, oid, sequence } from './der.ts';
import { altNames, authority, CLIENT_USE, extendedUse, extension, keyUse, newKeys, SERVER_USE, TestAuthority, type Contents, type Issued, type Name } from './test-pki.ts';

/** Certificates that open nothing, each wrong in one way, all of the same issuer that the listener trusts unless their wrong is to be of another. */

const DAY_MS = 86_400_000;

/** One with whatever issuers are sent along. */
export interface BadCertificate {
  readonly what: string;
  readonly shown: Pick<Issued, 'cert' | 'key'>;
}

const cn = (value: string | Buffer, kind?: 'utf8' | 'printable' | 'teletex' | 'bmp' | 'universal' | 'ia5'): Name => [kind === undefined ? ['CN', value] : ['CN', value, kind]];

/** Subjects that name nobody, or more than one. */
const SUBJECTS: Readonly<Record<string, Name>> = {
  'two common names': [['CN', 'reader'], ['CN', 'admin']],
  'two equal common names': [['CN', 'admin'], ['CN', 'admin']],
  'a common name and another in one place': [[['CN', 'reader'], ['CN', 'admin']]],
  'several attributes in one place': [[['CN', 'admin'], ['OU', 'x']]],
  'no subject at all': [],
  'no common name': [['O', 'MyOrg']],
  'an empty common name': cn(''),
  'a common name of spaces': cn('   '),
  'a space at the end': cn('admin '),
  'a space in front': cn(' admin'),
  'a NUL in the middle': cn('admin\0.evil.example'),
  'a NUL at the end': cn('admin\0'),
  'a line end': cn('admin\nO=MyOrg'),
  'a carriage return': cn('admin\r'),
  'an escape of a terminal': cn('admin\u001b[2K'),
  'a right-to-left override': cn('nimda\u202e'),
  'a zero-width space': cn('ad\u200bmin'),
  'a soft hyphen': cn('ad\u00admin'),
  'Cyrillic that looks like Latin': cn('\u0430dmin'),
  'Greek that looks like Latin': cn('admin\u03bf'),
  'full-width letters with a sign': cn('admin\uff0cO\uff1dX'),
  'a name that is not in normal form': cn('admi\u006e\u0303'),
  'a comma and an attribute': cn('reader,CN=admin'),
  'a comma with a space and an attribute': cn('reader, CN=admin'),
  'a plus and an attribute': cn('reader+CN=admin'),
  'a slash and an attribute': cn('reader/CN=admin'),
  'an equals sign': cn('CN=admin'),
  'a quotation mark': cn('"admin"'),
  'a backslash': cn('admin\\2C'),
  'angle brackets': cn('<admin>'),
  'a semicolon': cn('reader;admin'),
  'a wildcard': cn('*'),
  'a template of ours': cn('{name}'),
  'bytes that are no UTF-8': cn(Buffer.from([0x61, 0xff, 0xfe])),
  'an overlong form of UTF-8': cn(Buffer.from([0x61, 0xc1, 0xa1])),
  'a lone surrogate in UTF-8': cn(Buffer.from([0x61, 0xed, 0xa0, 0x80])),
  'a cut sequence of UTF-8': cn(Buffer.from([0x61, 0xe2, 0x82])),
  'Latin-1 in a UTF-8 text': cn(Buffer.from('J\u00fcrgen', 'latin1')),
  'a teletex text': cn('admin', 'teletex'),
  'a text of two-byte characters': cn(Buffer.from('\0a\0d\0m\0i\0n'), 'bmp'),
  'a text of four-byte characters': cn(Buffer.from('\0\0\0a\0\0\0d'), 'universal'),
  'a text of an odd number of bytes': cn(Buffer.from('\0a\0'), 'bmp'),
  'a printable text with what it may not have': cn('admin@example', 'printable'),
  'a name of 201 characters': cn('a'.repeat(201)),
  'an organization with a NUL': [['CN', 'admin'], ['O', 'My\0Org']],
  'an organization of a teletex text': [['CN', 'admin'], ['O', 'MyOrg', 'teletex']],
  'a unit that cannot be seen': [['CN', 'admin'], ['OU', 'Fin\u200bance']],
  'a name of an issuer of tokens': cn('corp:alice'),
};

/** What is wrong besides the subject. */
const CONTENTS: Readonly<Record<string, Contents>> = {
  'it is over': { fromMs: -2 * DAY_MS, untilMs: -1_000 },
  'it has not begun': { fromMs: DAY_MS, untilMs: 2 * DAY_MS },
  'it ends before it begins': { fromMs: 0, untilMs: -DAY_MS },
  'it is for servers': { extensions: [authority(false), extendedUse(SERVER_USE)] },
  'it is for mail': { extensions: [extendedUse('1.3.6.1.5.5.7.3.4')] },
  'it is for anything, and not for clients': { extensions: [extendedUse('2.5.29.37.0')] },
  'it is that of an issuer': { extensions: [authority(true), extendedUse(CLIENT_USE)] },
  'its key may only encipher': { extensions: [keyUse(0x20), extendedUse(CLIENT_USE)] },
  'its key may only issue': { extensions: [keyUse(0x06), extendedUse(CLIENT_USE)] },
  'an RSA key of 1024 bits': { keys: 'rsa1024' },
  'a signature with SHA-1': { digest: 'sha1' },
  'a number of zero': { serial: Buffer.from([0]) },
  'a negative number': { serial: Buffer.from([0x80, 1]) },
  'a number of 30 bytes': { serial: Buffer.concat([Buffer.from([1]), randomBytes(29)]) },
  'an extension that nobody knows and all must': { more: [extension('1.3.6.1.4.1.99999.1', octets(Buffer.from('x')), true)] },
  'an extension twice': { names: [['dns', 'a.example']], more: [altNames([['dns', 'b.example']])] },
  'an extension that cannot be read': { more: [extension('2.5.29.17', Buffer.from([0x30, 0x05, 0x82, 0x01]))] },
  'an issuer that says another name': { issuer: [['CN', 'Somebody']] },
  'a DNS name with a wildcard': { names: [['dns', '*.example.com']] },
  'a DNS name in capitals': { names: [['dns', 'Host.example.com']] },
  'a DNS name with a NUL': { names: [['dns', 'host.example.com\0.evil.example']] },
  'a DNS name with a dot at its end': { names: [['dns', 'host.example.com.']] },
  'a DNS name with a space': { names: [['dns', 'host example']] },
  'a DNS name that is empty': { names: [['dns', '']] },
  'a URI with a NUL': { names: [['uri', 'spiffe://acme/ns/a\0/sa/b']] },
  'a URI with an escape': { names: [['uri', 'spiffe://acme/ns/a%2Fsa/b']] },
  'a SPIFFE id beside another': { names: [['uri', 'spiffe://acme/ns/a/sa/b'], ['uri', 'spiffe://acme/ns/a/sa/admin']] },
  'a SPIFFE id beside a URL': { names: [['uri', 'spiffe://acme/ns/a/sa/b'], ['uri', 'https://acme.example/x']] },
  'a SPIFFE id with a dot segment': { names: [['uri', 'spiffe://acme/ns/a/../admin']] },
  'a SPIFFE id in capitals': { names: [['uri', 'SPIFFE://acme/ns/a/sa/b']] },
  'a SPIFFE id with a query': { names: [['uri', 'spiffe://acme/ns/a/sa/b?x=1']] },
  'a SPIFFE id with a port': { names: [['uri', 'spiffe://acme:443/ns/a/sa/b']] },
  'a SPIFFE id with an empty segment': { names: [['uri', 'spiffe://acme/ns//sa/b']] },
  'a SPIFFE id with a user': { names: [['uri', 'spiffe://admin@acme/ns/a/sa/b']] },
  'a mail address with two signs': { names: [['email', 'a@b@example.com']] },
  'a mail address with a NUL': { names: [['email', 'admin@example.com\0.evil.example']] },
  'a mail address in capitals': { names: [['email', 'Admin@Example.com']] },
  'a mail address with a name': { names: [['email', 'Admin <admin@example.com>']] },
  'a DNS name of bytes beyond ASCII': { names: [['dns', Buffer.from([0x68, 0xc3, 0xb6, 0x73, 0x74])]] },
};

/** What is wrong with who signed it. */
const signedOddly = (trusted: TestAuthority): readonly BadCertificate[] => {
  const other = TestAuthority.root('Client Root');
  const short = trusted.under('Short', { extensions: [authority(true, 0), keyUse(0x06)] });
  const leafIssuer = new TestAuthority(trusted.issue({ subject: [['CN', 'not an issuer']] }));
  const past = trusted.under('Past', { extensions: [authority(true), keyUse(0x06)], fromMs: -2 * DAY_MS, untilMs: -DAY_MS });
  const silent = trusted.under('Silent', { extensions: [authority(true), keyUse(0x80)] });
  const below = short.under('Below');
  const good = trusted.issue();
  const chained = (issuers: readonly Issued[], by: TestAuthority): Pick<Issued, 'cert' | 'key'> => {
    const leaf = by.issue();
    return { cert: [leaf, ...issuers].map(({ cert }) => cert).join(''), key: leaf.key };
  };
  const flipped = Buffer.from(good.raw);
  flipped[flipped.length - 3] = (flipped.at(-3) ?? 0) ^ 1;
  const pemOf = (raw: Buffer): string => `-----BEGIN CERTIFICATE-----\n${raw.toString('base64')}\n-----END CERTIFICATE-----\n`;
  return [
    { what: 'signed by itself', shown: TestAuthority.selfSigned() },
    { what: 'of an issuer with the same name and another key', shown: other.issue() },
    { what: 'of such an issuer, which is sent along', shown: chained([other], other) },
    { what: 'of one that is no issuer', shown: chained([leafIssuer], leafIssuer) },
    { what: 'of an issuer that is over', shown: chained([past], past) },
    { what: 'of an issuer that may not issue', shown: chained([silent], silent) },
    { what: 'further down than its issuer may reach', shown: chained([below, short], below) },
    { what: 'of an issuer that is not sent along', shown: trusted.under('Unsent').issue() },
    { what: 'with a signature that was changed', shown: { cert: pemOf(flipped), key: good.key } },
    { what: 'of the server\'s issuer', shown: TestAuthority.root('Server Root').issue() },
  ];
};

/** Issued by a trusted authority, and odd in its bytes. */
const oddBytes = (trusted: TestAuthority): readonly BadCertificate[] => {
  const keys = newKeys();
  const nested = trusted.issue({ keys, more: [extension('2.5.29.17', sequence(der(0xa0, oid('1.3.6.1.4.1.311.20.2.3'), der(0xa0, der(0x0c, Buffer.from('admin@example.com')))), der(0x82, Buffer.from('*'))))] });
  return [{ what: 'a name of another kind beside a wildcard', shown: nested }];
};

/** All of them. */
export const badCertificates = (trusted: TestAuthority): readonly BadCertificate[] => [
  ...Object.entries(SUBJECTS).map(([what, subject]) => ({ what, shown: trusted.issue({ subject }) })),
  ...Object.entries(CONTENTS).map(([what, contents]) => ({ what, shown: trusted.issue({ subject: [['CN', 'admin']], ...contents }) })),
  ...signedOddly(trusted),
  ...oddBytes(trusted),
];
