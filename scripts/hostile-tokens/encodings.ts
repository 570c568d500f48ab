import { byEd, claims, encode, header, mint, withHeader, type Hostile } from './mint.ts';

const STRICT = 'strict reader';
const json = (value: unknown): string => JSON.stringify(value);

/** A text with a member more at its start or end. */
const before = (object: object, member: string): string => json(object).replace('{', `{${member},`);
const behind = (object: object, member: string): string => json(object).replace(/\}$/, `,${member}}`);

const head = (text: string | Buffer, reason: string, name: string): Hostile => ({ name: `header: ${name}`, token: mint(text, claims()), reason });
const body = (text: string | Buffer, reason: string, name: string): Hostile => ({ name: `claims: ${name}`, token: mint(header(), text), reason });

const doubled: readonly Hostile[] = [
  ...['"alg":"none"', '"alg":"EdDSA"', '"kid":"other"', '"typ":"JWT"', '"\\u0061lg":"none"', '"k\\u0069d":"ed"'].flatMap((member) => [head(before(header(), member), STRICT, `${member} before`), head(behind(header(), member), STRICT, `${member} behind`)]),
  ...['"iss":"https://evil.example"', '"sub":"admin"', '"aud":"https://other"', '"exp":1', '"scope":"a","scope":"b"', '"s\\u0075b":"admin"', '"a":{"b":1,"b":2}', '"cnf":{"jkt":"a","jkt":"b"}'].flatMap((member) => [body(before(claims(), member), STRICT, `${member} before`), body(behind(claims(), member), STRICT, `${member} behind`)]),
];

const BAD_UTF8 = [[0xff], [0xc0, 0xae], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]].map((bytes) => Buffer.from(bytes));

const texts: readonly Hostile[] = ([['header', header(), head], ['claims', claims(), body]] as const).flatMap(([, object, make]) => [
  make(`\ufeff${json(object)}`, STRICT, 'a byte order mark'),
  make(Buffer.from(json(object), 'utf16le'), STRICT, 'UTF-16'),
  ...BAD_UTF8.map((bytes) => make(Buffer.concat([Buffer.from(json(object).slice(0, -1)), Buffer.from(',"x":"'), bytes, Buffer.from('"}')]), STRICT, `the bytes ${bytes.toString('hex')}`)),
  ...[behind(object, '"x":"\\ud800"'), behind(object, '"x":"\\u0000"'), behind(object, '"__proto__":{"alg":"none"}'), behind(object, '"x":1e999'), `${json(object)}x`, `${json(object)}{}`, `${json(object)}\u0000`, `${json(object)}//`, json(object).slice(0, -1), json(object).replaceAll('"', "'"), json(object).replace(/\}$/, ',}'), `${'{"x":'.repeat(30)}1${'}'.repeat(30)}`].map((text) => make(text, STRICT, text.slice(-24))),
  ...['[]', '"x"', '7', 'null', 'true', json([object])].map((text) => make(text, 'no JSON object', text.slice(0, 12))),
  make('', 'is not base64url', 'nothing'),
]);

const good = withHeader({});
const [first = '', second = '', third = ''] = good.split('.');

const replaced = (at: 0 | 1 | 2, change: (part: string) => string): string => [first, second, third].map((part, index) => (index === at ? change(part) : part)).join('.');

const PARTS = ['header', 'payload', 'signature'] as const;

/** The last character of a part with its unused bits set: another text for the same bytes. */
const stray = (part: string): string => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return part.length % 4 === 0 ? `${part}A` : part.slice(0, -1) + alphabet.charAt(alphabet.indexOf(part.slice(-1)) | 1);
};

const encodings: readonly Hostile[] = PARTS.flatMap((name, index) => {
  const at = index === 0 ? 0 : index === 1 ? 1 : 2;
  return [
    ...['=', '==', '+', '/', '%3D', '!', 'é', ',', ':', '~', '\u200b', '*'].map((text) => ({ name: `${name} ending in ${json(text)}`, token: replaced(at, (part) => part + text), reason: `the ${name} is not base64url` })),
    { name: `${name} with stray bits`, token: replaced(at, stray), reason: `the ${name} has stray bits` },
    { name: `${name} of one character more than bytes need`, token: replaced(at, (part) => part.slice(0, part.length - (part.length % 4)) + 'A'), reason: `the ${name} has stray bits` },
    ...(at === 1 ? [] : [{ name: `${name} in the usual alphabet`, token: replaced(at, (part) => `+/${part.slice(2)}`), reason: `the ${name} is not base64url` }]),
  ];
});

const large: readonly Hostile[] = [
  { name: 'a payload of 20 kB', token: mint(header(), claims({ x: 'x'.repeat(15_000) })), reason: 'a token of' },
  { name: 'ten thousand parts', token: `${encode(header())}${'.'.repeat(10_000)}`, reason: 'of 6 parts' },
  { name: 'sixty thousand brackets would be more than fit', token: mint(header(), `${'['.repeat(10_000)}${']'.repeat(1)}`, byEd()), reason: 'strict reader' },
];

export const encodingRows = { J11: [...doubled, ...texts, ...encodings, ...large] };
