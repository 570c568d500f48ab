import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import { bits, der, integer, nothing, octets, oid, pem, sequence, set, text, time, yes, type TEXT } from './der.ts';

const DAY_MS = 86_400_000;

/** One attribute of a name: its type, what it says, and as which kind of text. */
export type Attribute = readonly [type: keyof typeof ATTRIBUTES, value: string | Buffer, kind?: keyof typeof TEXT];

/** Each inner list is one RDN; most have one attribute. */
export type Name = readonly (Attribute | readonly Attribute[])[];

const ATTRIBUTES = { CN: '2.5.4.3', O: '2.5.4.10', OU: '2.5.4.11', C: '2.5.4.6', UID: '0.9.2342.19200300.100.1.1', email: '1.2.840.113549.1.9.1' } as const;

/** The tags of GeneralName (RFC 5280 §4.2.1.6). */
const GENERAL_NAMES = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 } as const;

export type AltName = readonly [kind: keyof typeof GENERAL_NAMES, value: string | Buffer];

const isOne = (rdn: Attribute | readonly Attribute[]): rdn is Attribute => typeof rdn[0] === 'string';
const attribute = ([type, value, kind]: Attribute): Buffer => sequence(oid(ATTRIBUTES[type]), text(value, kind));
export const encodeName = (name: Name): Buffer => sequence(...name.map((rdn) => set(...(isOne(rdn) ? [rdn] : rdn).map(attribute))));

export const extension = (id: string, value: Buffer, critical = false): Buffer => sequence(oid(id), ...(critical ? [yes()] : []), octets(value));
export const altNames = (names: readonly AltName[]): Buffer => extension('2.5.29.17', sequence(...names.map(([kind, value]) => der(GENERAL_NAMES[kind], typeof value === 'string' ? Buffer.from(value, 'latin1') : value))));
export const extendedUse = (...ids: readonly string[]): Buffer => extension('2.5.29.37', sequence(...ids.map(oid)));
/** keyUsage by the byte of its bits: 0x80 signs, 0x20 enciphers keys, 0x06 issues. */
export const keyUse = (byte: number): Buffer => extension('2.5.29.15', bits(Buffer.from([byte])), true);
export const authority = (isOneself: boolean, pathLength?: number): Buffer => extension('2.5.29.19', sequence(...(isOneself ? [yes()] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])), true);
export const CLIENT_USE = '1.3.6.1.5.5.7.3.2';
export const SERVER_USE = '1.3.6.1.5.5.7.3.1';

/** Where the issuer says which certificates it has revoked. */
export const listsAt = (...urls: readonly string[]): Buffer => extension('2.5.29.31', sequence(...urls.map((url) => sequence(der(0xa0, der(0xa0, der(0x86, Buffer.from(url))))))));
export const responderAt = (url: string): Buffer => extension('1.3.6.1.5.5.7.1.1', sequence(sequence(oid('1.3.6.1.5.5.7.48.1'), der(0x86, Buffer.from(url)))));

export type KeyKind = 'p256' | 'p384' | 'rsa1024' | 'rsa2048' | 'ed25519';

export const newKeys = (kind: KeyKind = 'p256'): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } => {
  if (kind === 'ed25519') return generateKeyPairSync('ed25519');
  if (kind.startsWith('rsa')) return generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) });
  return generateKeyPairSync('ec', { namedCurve: kind === 'p384' ? 'P-384' : 'P-256' });
};

type Digest = 'sha1' | 'sha256' | 'md5';
const ECDSA = { sha1: '1.2.840.10045.4.1', sha256: '1.2.840.10045.4.3.2', md5: '1.2.840.10045.4.3.2' } as const;
const RSA = { md5: '1.2.840.113549.1.1.4', sha1: '1.2.840.113549.1.1.5', sha256: '1.2.840.113549.1.1.11' } as const;

const algorithm = (key: KeyObject, digest: Digest): Buffer => {
  if (key.asymmetricKeyType === 'ed25519') return sequence(oid('1.3.101.112'));
  return key.asymmetricKeyType === 'rsa' ? sequence(oid(RSA[digest]), nothing()) : sequence(oid(ECDSA[digest]));
};

const signed = (content: Buffer, key: KeyObject, digest: Digest): Buffer => sequence(content, algorithm(key, digest), bits(sign(key.asymmetricKeyType === 'ed25519' ? null : digest, content, key)));

/** What a certificate says; a test changes what it wants to be wrong. */
export interface Contents {
  readonly subject?: Name;
  readonly names?: readonly AltName[];
  readonly keys?: KeyKind | { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  /** Relative to now. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Whole extensions, in place of the usual ones. */
  readonly extensions?: readonly Buffer[];
  /** Whole extensions, besides the usual ones. */
  readonly more?: readonly Buffer[];
  readonly serial?: Buffer;
  readonly version?: 1 | 3;
  readonly digest?: Digest;
  /** The name that it says its issuer has. */
  readonly issuer?: Name;
}

/** A certificate with its private key. */
export class Issued {
  readonly name: Name;
  readonly raw: Buffer;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  readonly serial: Buffer;

  constructor(parts: Pick<Issued, 'name' | 'raw' | 'publicKey' | 'privateKey' | 'serial'>) {
    ({ name: this.name, raw: this.raw, publicKey: this.publicKey, privateKey: this.privateKey, serial: this.serial } = parts);
  }

  get cert(): string {
    return pem('CERTIFICATE', this.raw);
  }

  get key(): string {
    return String(this.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  }

  /** SHA-256, hexadecimal. */
  get fingerprint(): string {
    return createHash('sha256').update(this.raw).digest('hex');
  }

  /** RFC 8705 §3.1. */
  get thumbprint(): string {
    return createHash('sha256').update(this.raw).digest('base64url');
  }

  /** SHA-256 of the public key, hexadecimal. */
  get keyFingerprint(): string {
    return createHash('sha256').update(this.publicKey.export({ type: 'spki', format: 'der' })).digest('hex');
  }
}

const usual = (names: readonly AltName[] | undefined): readonly Buffer[] => [authority(false), keyUse(0x80), extendedUse(CLIENT_USE), ...(names === undefined ? [] : [altNames(names)])];

const make = (contents: Contents, by: { readonly name: Name; readonly privateKey: KeyObject } | undefined): Issued => {
  const { subject = [['CN', 'my-mcp-client']], keys = 'p256', fromMs = -3_600_000, untilMs = 30 * DAY_MS, version = 3, digest = 'sha256', more = [] } = contents;
  const { publicKey, privateKey } = typeof keys === 'string' ? newKeys(keys) : keys;
  const issuer = by ?? { name: subject, privateKey };
  const serial = contents.serial ?? Buffer.concat([Buffer.from([0x11]), randomBytes(15)]);
  const extensions = [...(contents.extensions ?? usual(contents.names)), ...more];
  const content = sequence(
    ...(version === 1 ? [] : [der(0xa0, integer(2))]),
    der(0x02, serial),
    algorithm(issuer.privateKey, digest),
    encodeName(contents.issuer ?? issuer.name),
    sequence(time(Date.now() + fromMs), time(Date.now() + untilMs)),
    encodeName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(version === 1 || extensions.length === 0 ? [] : [der(0xa3, sequence(...extensions))]),
  );
  return new Issued({ name: subject, raw: signed(content, issuer.privateKey, digest), publicKey, privateKey, serial });
};

/** One revoked certificate of a list, by its number. */
export interface RevokedNumber {
  readonly serial: Buffer;
  readonly atMs?: number;
}

export interface ListContents {
  readonly revoked?: readonly RevokedNumber[];
  readonly fromMs?: number;
  readonly untilMs?: number;
  readonly number?: number;
  readonly digest?: Digest;
  readonly issuer?: Name;
  readonly extensions?: readonly Buffer[];
}

/** A certificate that issues others. */
export class TestAuthority extends Issued {
  /** One that signs itself. */
  static root(name = 'Test Root', contents: Contents = {}): TestAuthority {
    return new TestAuthority(make({ subject: [['CN', name]], extensions: [authority(true), keyUse(0x06)], ...contents }, undefined));
  }

  /** A certificate that signs itself, and is of nobody else. */
  static selfSigned(contents: Contents = {}): Issued {
    return make(contents, undefined);
  }

  issue(contents: Contents = {}): Issued {
    return make(contents, this);
  }

  /** An issuer below this one. */
  under(name: string, contents: Contents = {}): TestAuthority {
    return new TestAuthority(make({ subject: [['CN', name]], extensions: [authority(true), keyUse(0x06)], ...contents }, this));
  }

  /** For a server on loopback. */
  forServer(contents: Contents = {}): Issued {
    return this.issue({ subject: [['CN', 'localhost']], extensions: [authority(false), keyUse(0x80), extendedUse(SERVER_USE), altNames([['dns', 'localhost'], ['ip', Buffer.from([127, 0, 0, 1])]])], ...contents });
  }

  /** A list of revoked certificates (RFC 5280 §5), in DER. */
  list({ revoked = [], fromMs = -3_600_000, untilMs = DAY_MS, number = 1, digest = 'sha256', issuer, extensions = [] }: ListContents = {}): Buffer {
    const entries = revoked.map(({ serial, atMs = Date.now() }) => sequence(der(0x02, serial), time(atMs)));
    const content = sequence(
      integer(1), algorithm(this.privateKey, digest), encodeName(issuer ?? this.name), time(Date.now() + fromMs), time(Date.now() + untilMs),
      ...(entries.length === 0 ? [] : [sequence(...entries)]),
      der(0xa0, sequence(extension('2.5.29.20', integer(number)), ...extensions)),
    );
    return signed(content, this.privateKey, digest);
  }
}
