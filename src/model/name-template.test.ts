import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { assert as holds, property, stringMatching } from 'fast-check';
import { compileTemplate, templateFault, type TemplateKind } from './name-template.ts';

suite('A template of names', () => {
  test('names what fits it, part by part, and nothing else', () => {
    const workload = compileTemplate('uri', 'spiffe://acme/ns/{ns}/sa/{sa}', 'service:{ns}/{sa}');
    assert.equal(workload('spiffe://acme/ns/trading/sa/bot'), 'service:trading/bot');
    for (const other of ['spiffe://acme/ns/trading/sa/', 'spiffe://acme/ns/a/b/sa/c', 'spiffe://acme/ns/a/sa/b/c', 'spiffe://acmexns/a/sa/b', 'xspiffe://acme/ns/a/sa/b', 'spiffe://acme/ns/a/sa/b\n']) assert.equal(workload(other), undefined, other);
    assert.equal(compileTemplate('dns', '{host}.agents.acme.com', 'agent:{host}')('build-07.agents.acme.com'), 'agent:build-07');
    assert.equal(compileTemplate('dns', '{host}.agents.acme.com', 'agent:{host}')('a.b.agents.acme.com'), undefined);
    assert.equal(compileTemplate('cn', '{name}', '{name}')('Build Agent 07'), 'Build Agent 07');
    assert.equal(compileTemplate('email', '{who}@acme.com', '{who}@acme.com')('bot@acme.com.evil.example'), undefined);
  });

  test('takes every sign that is written in it for itself', () => {
    const signs = '-.*+?^$()|[]/\\,:;=@ "#%&~';
    for (const kind of ['cn', 'dns', 'uri', 'email'] as const) {
      const name = compileTemplate(kind, `a${signs}{x}${signs}`, '{x}');
      assert.deepEqual([name(`a${signs}b${signs}`), name(`a${signs}b`), name(`aX${signs.slice(1)}b${signs}`)], ['b', undefined, undefined], kind);
    }
  });

  test('that could name two clients alike, or be divided in two ways, is refused', () => {
    const wrong: readonly (readonly [TemplateKind, string, string])[] = [
      ['uri', 'spiffe://acme/{a}{b}', '{a}/{b}'], ['uri', 'spiffe://acme/{a}-{b}', '{a}/{b}'], ['uri', 'spiffe://acme/{a}/{b}', '{a}-{b}'], ['uri', 'spiffe://acme/{a}/{b}', '{a}'], ['uri', 'spiffe://acme/{a}', '{b}'],
      ['uri', 'spiffe://acme/{a}/{a}', '{a}'], ['uri', 'spiffe://acme/{A}', 'x'], ['uri', 'spiffe://acme/{}', 'x'], ['uri', 'spiffe://acme/{a', 'x'], ['dns', '{a}-{b}.acme.com', '{a}/{b}'], ['cn', '{a}\u202e', '{a}'],
    ];
    for (const [kind, like, as] of wrong) assert.notEqual(templateFault(kind, like, as), undefined, `${like} ${as}`);
    for (const [kind, like, as] of [['uri', 'spiffe://acme/ns/{ns}/sa/{sa}', 'service:{ns}/{sa}'], ['dns', '{a}.{b}.acme.com', '{b}/{a}'], ['cn', 'fixed', 'somebody'], ['email', '{a}@acme.com', '{a}']] as const) assert.equal(templateFault(kind, like, as), undefined, like);
  });

  test('gives two different values two different names, whatever they are', () => {
    const name = compileTemplate('uri', 'spiffe://acme/{a}/x/{b}', 'service:{b}/{a}');
    const part = stringMatching(/^[A-Za-z0-9._~-]{1,8}$/);
    holds(property(part, part, part, part, (a, b, c, d) => {
      const same = a === c && b === d;
      assert.equal(name(`spiffe://acme/${a}/x/${b}`) === name(`spiffe://acme/${c}/x/${d}`), same);
    }));
  });
});
