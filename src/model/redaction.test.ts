import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { formatApiKey } from './api-key.ts';
import type { JsonValue } from './json.ts';
import { printable, redactJson, redactStart, redactText } from './redaction.ts';

const OURS = formatApiKey('live', new Uint8Array(32).fill(9));
const BOUNDS = { maxText: 100, maxDepth: 4, maxMembers: 5 };

/** A secret of each format that is masked wherever it stands (G04), with the part that must not be seen. */
const CANARIES: readonly (readonly [name: string, text: string, secret: string])[] = [
  ['a key of ours', OURS, OURS.slice(11)],
  ['a test key of ours', formatApiKey('test', new Uint8Array(32)), '0000'],
  ['the beginning of a key of ours', OURS.slice(0, 16), OURS.slice(11, 16)],
  ['a key of the founding documents (R19)', 'sk_live_51H8abcDEF', '51H8abcDEF'],
  ['a read key', 'sk_read_a1b2c3d4e5', 'a1b2c3d4e5'],
  ['a write key', 'sk_write_a1b2c3d4e5', 'a1b2c3d4e5'],
  ['an admin key', 'sk_admin_a1b2c3d4e5', 'a1b2c3d4e5'],
  ['a test key of a provider', 'sk_test_a1b2c3d4e5', 'a1b2c3d4e5'],
  ['a project key', 'sk-proj-AbCdEf_12-34', 'AbCdEf_12-34'],
  ['another provider', 'sk-ant-api03-AbCdEf', 'AbCdEf'],
  ['a JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl', 'c2lnbmF0dXJl'],
  ['the first two parts of a JWT', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9', 'eyJzdWIi'],
  ['a JWT without signature', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.', 'eyJzdWIi'],
  ['a bearer value', 'Bearer abc.def~ghi+jkl/mno=', 'abc.def'],
  ['a bearer value in other letters', 'bEaReR   abcdefgh1234', 'abcdefgh'],
  ['a basic value', 'Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpw'],
  ['a GitHub token', `ghp_${'a1'.repeat(12)}`, 'a1a1'],
  ['a GitHub app token', `ghs_${'b2'.repeat(12)}`, 'b2b2'],
  ['a fine-grained GitHub token', `github_pat_${'c3'.repeat(12)}`, 'c3c3'],
  ['a Slack token', 'xoxb-1234567890-abc', '1234567890'],
  ['an AWS key id', 'AKIAIOSFODNN7EXAMPLE', 'IOSFODNN7'],
  ['a Google key', `AIza${'d'.repeat(35)}`, 'dddd'],
  ['an app token of Slack', `xapp-1-${'a1'.repeat(10)}`, 'a1a1'],
  ['a temporary AWS key id', `ASIA${'Q7'.repeat(8)}`, 'Q7Q7'],
  ['a GitLab token', `glpat-${'e4'.repeat(10)}`, 'e4e4'],
  ['a restricted key of Stripe', `rk_live_${'f5'.repeat(10)}`, 'f5f5'],
  ['a client secret of Google', `GOCSPX-${'g6'.repeat(14)}`, 'g6g6'],
  ['a token of Hugging Face', `hf_${'Ab'.repeat(17)}`, 'AbAb'],
  ['a token of npm', `npm_${'h7'.repeat(18)}`, 'h7h7'],
  ['a key of SendGrid', `SG.${'i8'.repeat(11)}.${'j9'.repeat(20)}`, 'j9j9'],
  ['a key of Azure Storage', `AccountKey=${'k0'.repeat(43)}==`, 'k0k0'],
  ['a key in a query', 'https://host/mcp?api_key=hunter2', 'hunter2'],
  ['a token that follows in a query', 'GET /x?a=b&access_token=hunter2&c=d', 'hunter2'],
  ['a password in a URL', 'postgres://admin:hunter2@db/x', 'hunter2'], // sallyport-scan: allow, it opens nothing
];

suite('A private key', () => {
  const pem = `-----BEGIN ${'EC'} PRIVATE KEY-----\n${'l1'.repeat(30)}\n-----END EC PRIVATE KEY-----`;

  test('is masked as a whole, and where its end is cut off too', () => {
    assert.equal(redactText(`a ${pem} b`), 'a [redacted] b');
    assert.equal(redactText(`a ${pem.slice(0, 60)}`), 'a [redacted]');
    assert.equal(redactStart(`a ${pem}`, 40).includes('l1'), false);
  });
});

suite('A text', () => {
  for (const [name, text, secret] of CANARIES) {
    test(`shows nothing of ${name} (G04)`, () => {
      for (const around of ['', 'before ', '"', 'x=(']) {
        const clean = redactText(`${around}${text}${around === '' ? '' : ' after'}`);
        assert.equal(clean.includes(secret), false, clean);
        assert.ok(clean.includes('[redacted]'), clean);
        assert.ok(clean.startsWith(around) && clean.endsWith(around === '' ? '' : ' after'), clean);
      }
    });
  }

  test('shows none of several secrets, and keeps what stands around them', () => {
    assert.equal(redactText(`a ${OURS} b ${OURS} c`), 'a [redacted] b [redacted] c');
    assert.equal(redactText('/mcp?api_key=k1&x=1&token=t1'), '/mcp?api_key=[redacted]&x=1&token=[redacted]');
    assert.equal(redactText('ftp://u:p@h'), 'ftp://u:[redacted]@h');
    assert.equal(redactText('Authorization: Bearer abcdefghij'), 'Authorization: [redacted]');
  });

  test('that holds no secret stays as it is', () => {
    for (const text of ['', 'hello', 'task-management', 'the bearer of news', 'a basic fact', 'https://host/a?b=c', 'user@host', 'http://host:80/x', 'sk_live_', 'eyJ', 'ghp_short', 'risk_live_abcdefghij']) assert.equal(redactText(text), text);
  });
});

suite('A JSON value that is written down', () => {
  test('shows no member whose name says that it is secret, whatever it holds', () => {
    for (const name of ['password', 'PASSWD', 'dbPassphrase', 'pass', 'secret', 'clientSecret', 'secretKey', 'token', 'access_token', 'apiKey', 'api_key', 'API-KEY', 'x-api-key', 'Authorization', 'cookie', 'Set-Cookie', 'credentials', 'private_key', 'privateKey', 'client_assertion']) {
      for (const value of ['x', 7, true, null, ['x'], { y: 'x' }] as const) assert.deepEqual(redactJson({ [name]: value, id: 1 }, BOUNDS), { [name]: '[redacted]', id: 1 }, name);
    }
  });

  test('shows members with a harmless name', () => {
    for (const name of ['id', 'passport', 'tokens', 'keyboard', 'author', 'tokenCount', '__proto__', 'constructor']) {
      const value = JSON.parse(`{${JSON.stringify(name)}:"v"}`) as JsonValue; // a literal would set the prototype
      assert.equal(JSON.stringify(redactJson(value, BOUNDS)), JSON.stringify(value), name);
    }
    assert.equal(Object.getPrototypeOf(redactJson({}, BOUNDS)), Object.prototype);
  });

  test('shows no secret at any depth within its bounds', () => {
    assert.deepEqual(redactJson({ a: [{ b: `x ${OURS}`, c: { token: 't' } }] }, { ...BOUNDS, maxDepth: 9 }), { a: [{ b: 'x [redacted]', c: { token: '[redacted]' } }] });
  });

  test('cuts long texts and names and says by how much', () => {
    assert.equal(redactJson('x'.repeat(100), BOUNDS), 'x'.repeat(100));
    assert.equal(redactJson('x'.repeat(101), BOUNDS), `${'x'.repeat(100)}… (+1 characters)`);
    assert.deepEqual(redactJson({ ['n'.repeat(150)]: 1 }, BOUNDS), { [`${'n'.repeat(100)}… (+50 characters)`]: 1 });
  });

  for (const [name, text, secret] of CANARIES) {
    test(`that is cut through ${name} shows nothing of what is left of it (G04)`, () => {
      for (let before = 100 - text.length; before < 100; before += 1) {
        const clean = String(redactJson(`${'x '.repeat(100).slice(-Math.max(0, before))}${text}${' x'.repeat(100)}`, BOUNDS));
        assert.equal(clean.includes(secret.slice(0, 4)), false, clean);
      }
    });
  }

  test('shows no secret that stands for the name of a member, as a pasted MCP_API_KEYS would (G04)', () => {
    assert.deepEqual(redactJson({ [OURS]: { name: 'x' } }, BOUNDS), { '[redacted]': { name: 'x' } });
  });

  test('goes no deeper and no wider than its bounds', () => {
    assert.deepEqual(redactJson({ a: { b: { c: { d: 1 } } } }, BOUNDS), { a: { b: { c: { d: 1 } } } });
    assert.deepEqual(redactJson({ a: { b: { c: { d: { e: 1 }, f: [1] } } } }, BOUNDS), { a: { b: { c: { d: '…', f: '…' } } } });
    assert.deepEqual(redactJson([[[[[1]]]]], BOUNDS), [[[['…']]]]);
    assert.deepEqual(redactJson([1, 2, 3, 4, 5, 6], BOUNDS), [1, 2, 3, 4, 5]);
    assert.deepEqual(Object.keys(redactJson(Object.fromEntries([1, 2, 3, 4, 5, 6].map((at) => [`m${at}`, at])), BOUNDS) as object), ['m1', 'm2', 'm3', 'm4', 'm5']);
  });

  test('has a bounded size whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'grapheme' }), (value) => {
        const text = JSON.stringify(redactJson(value as JsonValue, { maxText: 4, maxDepth: 2, maxMembers: 2 })); // fast-check's JSON is ours
        assert.ok(text.length < 800, text);
      }),
    );
  });
});

suite('The beginning of a text', () => {
  test('is the text when it is short, and exactly as long as asked when it is long', () => {
    assert.equal(redactStart('short', 5), 'short');
    assert.equal(redactStart('shorter', 5), 'short');
    assert.equal(redactStart(`x ${OURS}`, 64), 'x [redacted]');
    assert.equal(redactStart('u://a:b@c', 9), 'u://a:[re');
  });

  test('shows no half of a secret that masking has moved up (G04)', () => {
    const half = `ghp_${'a1'.repeat(12)}`;
    for (const filler of [0, 20, 60, 110]) {
      for (let behind = 180; behind < 330; behind += 1) {
        const text = `${`${OURS} `.repeat(3)}${'x'.repeat(filler)}`.padEnd(behind, ' x') + half;
        assert.equal(redactStart(text, 180).includes('a1'), false, `${filler} ${behind}`);
      }
    }
    assert.equal(redactStart(`${OURS}${'-'.repeat(20)}${half}`, 20).includes('a1'), false);
    assert.equal(redactStart(`${`${OURS} `.repeat(2)}${half}`, 5), '');
  });
});

suite('A printed text', () => {
  test('steers no terminal, breaks no line and turns no direction (G01)', () => {
    assert.equal(printable('a\r\nb\u001b[31mc'), 'a\\u{d}\\u{a}b\\u{1b}[31mc');
    for (const code of [0, 7, 8, 9, 10, 13, 27, 0x7f, 0x80, 0x9b, 0x9f, 0x61c, 0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202e, 0x2060, 0x2066, 0x2069, 0xfeff]) {
      assert.equal(printable(`x${String.fromCodePoint(code)}y`), `x\\u{${code.toString(16)}}y`);
    }
  });

  test('keeps letters of every script, and what JSON needs', () => {
    for (const text of ['{"id":"cust_789"}', 'Grüße', '日本語', 'مرحبا', '👋🏽', 'a b~', '\u00a0', '\u2027\u2030']) assert.equal(printable(text), text);
  });
});
