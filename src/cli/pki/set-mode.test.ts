import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { withMode } from './set-mode.ts';

/** The mode of a listener, changed in its place (R22). */

const TLS = ['listen', 'tls'];

suite('A change of the mode', () => {
  test('leaves every other byte as it was, comments and odd layout among them', () => {
    const text = '# ours\r\nlisten:\n    tls:   { cert: a.crt, "key": a.key, ca: c.crt,\n      observe:   true }   # until spring\nservers: {crm: {url: http://127.0.0.1:1}}\n';
    assert.equal(withMode(text, TLS, 'request'), text.replace('observe:   true', 'rejectUnauthorized:   false'));
    assert.equal(withMode(text, TLS, 'require'), text.replace('observe:   true', 'observe:   false'));
  });

  test('holds for JSON, and for a listener that says both', () => {
    assert.equal(withMode('{"listen":{"tls":{"observe":true}}}', TLS, 'request'), '{"listen":{"tls":{"rejectUnauthorized":false}}}');
    const both = 'listeners:\n  - tls:\n      observe: true # soon\n      rejectUnauthorized: false\n';
    assert.equal(withMode(both, ['listeners', 0, 'tls'], 'require'), both.replace('true', 'TRUE').replace('false', 'true').replace('TRUE', 'false'));
    assert.equal(withMode(both, ['listeners', 0, 'tls'], 'request'), both.replace('true', 'false'));
  });

  test('is not made where nothing is observed, or where it stands elsewhere', () => {
    for (const text of ['listen: { tls: { ca: c.crt } }', 'listen: {}', 'x: &x { observe: true }\nlisten: { tls: *x }', '']) assert.equal(withMode(text, TLS, 'request'), undefined, text);
  });
});
