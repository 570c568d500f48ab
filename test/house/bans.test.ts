import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BANS, emptyNames, idleExceptions, violations, type Ban } from './bans.ts';
import { pathsOf, sourceOf, sourcesOf } from './sources.ts';

const folders = ['src', 'test', 'scripts', 'bench', 'examples'];
const sources = sourcesOf(folders);

const breaks = (ban: Ban, path: string, text = ban.sample): number => violations(ban, [sourceOf(path, text)]).length;

for (const ban of BANS) {
  suite(`In the sources, ${ban.guarantee}`, () => {
    test('everywhere', () => {
      assert.deepEqual(violations(ban, sources), []);
    });

    test('and a file that breaks the rule is found', () => {
      assert.ok(breaks(ban, 'src/stages/route/route.ts') > 0, ban.sample);
    });

    test('and each exception is still needed', () => {
      assert.deepEqual(idleExceptions(ban, sources), []);
      const invented = { ...ban, except: { 'src/nowhere.ts': 'nobody knows' } };
      assert.deepEqual(idleExceptions(invented, sources), ['src/nowhere.ts']);
    });
  });
}

suite('The bans', () => {
  const named = (words: RegExp): Ban => {
    const ban = BANS.find(({ guarantee }) => words.test(guarantee));
    assert.ok(ban, String(words));
    return ban;
  };

  test('look through comments and texts where only code counts', () => {
    const time = named(/time comes from/);
    assert.equal(breaks(time, 'src/x.ts', "// Date.now() is banned\nconst words = 'Date.now()';\n/* performance.now() */ const pattern = /new Date()/;"), 0);
    assert.equal(breaks(time, 'src/x.ts', 'const words = `it is ${String(Date.now())}`;'), 1);
    assert.equal(breaks(time, 'src/x.ts', 'const then = new Date(atMs);'), 0);
  });

  test('tell a timer from the time limit of a socket', () => {
    const timers = named(/timers are set/);
    for (const text of ['setTimeout(f, 1);', 'globalThis.setTimeout(f, 1);', "import { setTimeout as pause } from 'node:timers/promises';", 'f(AbortSignal.timeout(5));']) assert.equal(breaks(timers, 'src/x.ts', text), 1, text);
    assert.equal(breaks(timers, 'src/x.ts', 'this.#socket.setTimeout(5); socket?.setTimeout(0);'), 0);
  });

  test('leave tests their own clock, and hold them to the habits', () => {
    assert.equal(breaks(named(/time comes from/), 'src/x.test.ts'), 0);
    assert.equal(breaks(named(/no type is any/), 'src/x.test.ts'), 1);
  });

  test('tell the type any from the word, and an assertion from a negation', () => {
    const [any, bang] = [named(/no type is any/), named(/with !/)];
    assert.equal(breaks(any, 'src/x.ts', "/** any */ const any = (x: 'any') => x;"), 0);
    assert.equal(breaks(any, 'src/x.ts', 'const list: readonly any[] = []; const x = list as any;'), 2);
    assert.equal(breaks(bang, 'src/x.ts', 'const x = !a && b !== c && !!d;'), 0);
    assert.equal(breaks(bang, 'src/x.ts', 'class A { b!: string; c = this.d!.e; }'), 2);
  });

  test('tell a status from a number', () => {
    const status = named(/status of a refusal/);
    for (const text of ['const most = 500;', 'const longest = 200;', 'const port = 3210;', 'const bytes = 404_000;', "const words = 'status 404';", 'rate(500, 2_000)']) assert.equal(breaks(status, 'src/x.ts', text), 0, text);
    for (const text of ['const x = { status: 500 };', 'response.writeHead(200);', 'const f = () => 431;', 'const x = statusOf(y) ?? 400;', 'if (x === 403) f();']) assert.equal(breaks(status, 'src/x.ts', text), 1, text);
  });
});

suite('Names of files and folders', () => {
  test('say what is inside', () => {
    assert.deepEqual(emptyNames(pathsOf([...folders, 'docs'])), []);
  });

  test('are found when they do not', () => {
    const bad = ['src/utils/x.ts', 'src/model/helpers.ts', 'src/key-manager.ts', 'src/common.ts', 'src/service/x.ts', 'src/misc-things.ts'];
    assert.deepEqual(emptyNames([...bad, 'src/stages/listen/body.ts', 'src/utilities.md', 'src/uncommon.ts']), bad);
  });
});
