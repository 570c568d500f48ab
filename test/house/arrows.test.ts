import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { forbiddenImports, unusedEntries } from './arrows.ts';
import { cyclesIn } from './imports.ts';
import { sourceOf, sourcesOf } from './sources.ts';

const sources = sourcesOf(['src']);

const forbidden = (path: string, text: string): readonly string[] => forbiddenImports([sourceOf(path, text)]);

suite('The import table', () => {
  test('is kept by every file of src', () => {
    assert.deepEqual(forbiddenImports(sources), []);
  });

  test('grants nothing that nobody uses', () => {
    assert.deepEqual(unusedEntries(sources), []);
  });

  test('is told of a grant that nobody uses, and of a row without a room', () => {
    const table = [{ room: 'model', ours: ['ports/plug.ts'], others: ['zod'] }, { room: 'attic', ours: [] }];
    const unused = unusedEntries([sourceOf('src/model/x.ts', "import { inspect } from 'node:util';")], table);
    assert.deepEqual(unused, ['model: zod', 'model: ports/plug.ts', 'attic: the row itself']);
  });

  test('keeps a stage from importing its sibling', () => {
    assert.equal(forbidden('src/stages/route/route.ts', "import { x } from '../authorize/may-use.ts';").length, 1);
    assert.equal(forbidden('src/stages/route/route.ts', "import { x } from './origin.ts';").length, 0);
  });

  test('keeps the two kinds of upstream apart, and both apart from the stage around them', () => {
    assert.equal(forbidden('src/stages/forward/http/x.ts', "import { x } from '../stdio/stdio-options.ts';").length, 1);
    assert.equal(forbidden('src/stages/forward/http/x.ts', "import { x } from '../handles.ts';").length, 1);
  });

  test('counts imports of types, re-exports and dynamic imports', () => {
    const ways = ["import type { X } from '../../config/schema.ts';", "export { x } from '../../config/schema.ts';", "const x = await import('../../config/schema.ts');", "import '../../config/schema.ts';"];
    for (const text of ways) assert.equal(forbidden('src/stages/route/route.ts', text).length, 1, text);
  });

  test('finds an import that spans lines, and none in a comment or a text', () => {
    assert.equal(forbidden('src/model/x.ts', "import {\n  a,\n  b,\n} from '../errors/catalogue.ts';").length, 1);
    assert.equal(forbidden('src/model/x.ts', "// import { a } from '../errors/catalogue.ts';\nconst text = \"import a from '../errors/catalogue.ts'\";").length, 0);
  });

  test('lets nobody but the command line import compose.ts, and nobody but main.ts the command line', () => {
    assert.equal(forbidden('src/admin/x.ts', "import { compose } from '../compose.ts';").length, 1);
    assert.equal(forbidden('src/cli/x.ts', "import { compose } from '../compose.ts';").length, 0);
    assert.equal(forbidden('src/admin/x.ts', "import { waysIn } from '../planes/ways-in.ts';").length, 1);
    assert.equal(forbidden('src/planes/x.ts', "import { compose } from '../compose.ts';").length, 1);
    assert.equal(forbidden('src/compose.ts', "import { runCli } from './cli/cli.ts';").length, 1);
    assert.equal(forbidden('src/main.ts', "import { runCli } from './cli/cli.ts';").length, 0);
  });

  test('lets the command line open a listener, and no other part of a stage', () => {
    assert.equal(forbidden('src/cli/x.ts', "import { listen } from '../stages/listen/http-server.ts';").length, 0);
    assert.equal(forbidden('src/cli/x.ts', "import { admit } from '../stages/listen/admit.ts';").length, 1);
  });

  test('gives a room without a row nothing at all', () => {
    assert.equal(forbidden('src/rooftop/x.ts', "import { x } from '../model/json.ts';").length, 1);
    assert.equal(forbidden('src/rooftop/x.ts', "import { x } from 'node:util';").length, 1);
  });

  test('names the packages and the effectful modules each room may use', () => {
    assert.equal(forbidden('src/stages/route/x.ts', "import { request } from 'undici';").length, 1);
    assert.equal(forbidden('src/cli/x.ts', "import { Command } from 'commander';").length, 0);
    assert.equal(forbidden('src/stages/route/x.ts', "import { readFileSync } from 'node:fs';").length, 1);
    assert.equal(forbidden('src/stages/route/x.ts', "import { createHash } from 'node:crypto';").length, 0);
  });

  test('opens test/world and the fixtures to tests, and to nothing else', () => {
    const text = "import { until } from '../../../test/world/until.ts';\nimport { x } from '../../../test/fixtures/x.ts';\nimport * as fc from 'fast-check';\nimport { test } from 'node:test';";
    assert.equal(forbidden('src/stages/route/route.test.ts', text).length, 0);
    assert.equal(forbidden('src/stages/route/route.ts', text).length, 4);
    assert.equal(forbidden('src/stages/route/route.ts', "import { x } from './route.test.ts';").length, 1);
    assert.equal(forbidden('src/stages/route/route.test.ts', "import { x } from '../../../test/clients/x.ts';").length, 1);
  });
});

suite('The import graph', () => {
  test('has no cycles in src, test, scripts, bench or examples', () => {
    assert.deepEqual(cyclesIn(sourcesOf(['src', 'test', 'scripts', 'bench', 'examples'])), []);
  });

  test('shows a cycle when there is one, types included', () => {
    const circle = [sourceOf('src/a.ts', "import type { B } from './b.ts';"), sourceOf('src/b.ts', "import { c } from './c.ts';"), sourceOf('src/c.ts', "import { a } from './a.ts';")];
    assert.deepEqual(cyclesIn(circle), ['src/a.ts → src/b.ts → src/c.ts → src/a.ts']);
  });
});
