import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { holdsSecret } from './secret-forms.ts';

const SECRETS = fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 60 });
const AROUND = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });

/** Every way of writing a text that a secret must be found in. */
const WRITINGS: Readonly<Record<string, (text: string) => string>> = {
  'as it is': (text) => text,
  'in capitals': (text) => text.toUpperCase(),
  'percent-encoded': (text) => encodeURIComponent(text),
  'in hexadecimal': (text) => Buffer.from(text).toString('hex').toUpperCase(),
  'in base64': (text) => Buffer.from(text).toString('base64'),
  'in base64url': (text) => Buffer.from(text).toString('base64url'),
};

suite('A secret is found in a text (P02, goal G5)', () => {
  for (const [name, write] of Object.entries(WRITINGS)) {
    test(`${name}, whatever stands around it`, () => {
      fc.assert(fc.property(AROUND, SECRETS, AROUND, (before, secret, after) => holdsSecret(write(before + secret + after), secret)));
    });
  }

  test('and not in a text that does not hold it', () => {
    fc.assert(fc.property(fc.stringMatching(/^[g-m]{0,200}$/), fc.stringMatching(/^[n-z0-9_]{16,40}$/), (text, secret) => !holdsSecret(text, secret)));
    assert.equal(holdsSecret('anything', ''), false);
  });
});
