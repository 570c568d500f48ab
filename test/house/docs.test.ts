import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { suite, test } from 'node:test';
import { runCli } from '../../src/cli/cli.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { formatApiKey } from '../../src/model/api-key.ts';
import { parseCases, parsePolicy } from '../../src/config/parse-config.ts';
import { whenSchema } from '../../src/stages/authorize/conditions/list.ts';
import { fencedBlocks, sectionsOf } from './markdown.ts';
import { pathsOf, root, sourcesOf } from './sources.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const documents = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...pathsOf(['docs'])].filter((path) => path.endsWith('.md'));

/** The anchors of a document's headings, as GitHub makes them. */
const anchorsOf = (markdown: string): readonly string[] => [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) => title.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-'));

/** Links of a document that lead nowhere in this repository. */
const brokenLinks = (path: string, markdown: string): readonly string[] =>
  [...markdown.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? join(root, path) : join(root, dirname(path), file);
    if (!existsSync(target)) return [`${path}: ${link}`];
    return anchor === undefined || anchorsOf(readFileSync(target, 'utf8')).includes(anchor) ? [] : [`${path}: ${link}`];
  });

/** Files and folders in backticks that are not there. */
const missingPaths = (path: string, markdown: string): readonly string[] =>
  [...markdown.matchAll(/`((?:src|test|bin|bench|scripts|docs)\/[\w./-]*)`/g)].flatMap(([, named = '']) => (existsSync(join(root, named)) ? [] : [`${path}: ${named}`]));

const foldersIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/')}/`);

/** Folders of the sources without a line in the table of a document. */
const unnamedFolders = (folders: readonly string[], markdown: string): readonly string[] => folders.filter((folder) => !folder.includes('/testdata/') && !markdown.includes(`| \`${folder}\` |`));

suite('The documents', () => {
  test('link to what is there', () => {
    assert.deepEqual(documents.flatMap((path) => brokenLinks(path, read(path))), []);
    assert.deepEqual(brokenLinks('docs/x.md', '[a](errors.md) [b](nowhere.md) [c](errors.md#credentialmissing) [d](errors.md#nowhere) [e](https://host/x)'), ['docs/x.md: nowhere.md', 'docs/x.md: errors.md#nowhere']);
  });

  test('name files that are there; those of tests of attacks may still come', () => {
    const named = documents.filter((path) => path !== 'docs/threats.md').flatMap((path) => missingPaths(path, read(path)));
    assert.deepEqual(named, []);
    assert.deepEqual(missingPaths('docs/x.md', '`src/main.ts` and `src/nowhere.ts`'), ['docs/x.md: src/nowhere.ts']);
  });

  test('have one line for every folder of the sources', () => {
    const architecture = read('docs/architecture.md');
    assert.deepEqual(unnamedFolders(foldersIn('src'), architecture), []);
    assert.deepEqual(unnamedFolders(['src/attic/'], architecture), ['src/attic/']);
  });

  test('name no path of a machine', () => {
    for (const path of documents) assert.doesNotMatch(read(path), /\/(?:home|root|tmp|Users)\//, path);
  });
});

suite('docs/cli.md', () => {
  const reference = sectionsOf(read('docs/cli.md'));
  const sectionOf = (title: string): string => reference.find((section) => section.title === title)?.text ?? '';

  /** What `--help` prints. */
  const help = async (words: readonly string[]): Promise<string> => {
    let text = '';
    const stdout = { write: (part: string) => (text += part) };
    await runCli([...words, '--help'], { stdout, stderr: stdout, env: {} });
    return text;
  };

  /** Sub-commands that a help text lists. */
  const commandsOf = (text: string): readonly string[] => [...(text.split('Commands:\n')[1] ?? '').matchAll(/^ {2}([\w-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');

  test('has every command, with every flag', async () => {
    const top = commandsOf(await help([]));
    assert.ok(top.includes('run') && top.includes('keys'));
    for (const name of top) {
      const inner = commandsOf(await help([name]));
      for (const words of inner.length === 0 ? [[name]] : inner.map((sub) => [name, sub])) {
        const section = sectionOf(`sallyport ${words.join(' ')}`);
        const flags = [...(await help(words)).matchAll(/ (--[a-z][a-z-]*)/g)].map(([, flag = '']) => flag).filter((flag) => !['--help', '--json', '--quiet'].includes(flag));
        assert.notEqual(section, '', words.join(' '));
        for (const flag of flags) assert.ok(section.includes(`\`${flag}\``), `${words.join(' ')} ${flag}`);
        for (const [, flag = ''] of section.matchAll(/^\| .*?`(--[a-z-]+)`/gm)) assert.ok(flags.includes(flag), `${words.join(' ')} has no ${flag}`);
      }
    }
  });

  test('has every exit code by its name', () => {
    const shown = Object.fromEntries([...sectionOf('Exit codes').matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)]));
    assert.deepEqual(shown, EXIT);
  });
});

suite('docs/keys.md', () => {
  test('has an example that comes out as it says', () => {
    const [, key = ''] = /^key +(\S+)$/m.exec(read('docs/keys.md')) ?? [];
    assert.equal(key, formatApiKey('test', Uint8Array.from({ length: 32 }, (_, at) => at)));
    assert.ok(key.endsWith(/^checksum +(\S+)$/m.exec(read('docs/keys.md'))?.[1] ?? '?'));
  });
});

suite('docs/rules.md', () => {
  const blocks = fencedBlocks(read('docs/rules.md')).filter(({ language }) => language === 'yaml').map(({ text }) => text);

  test('shows a policy and cases that can be read, and the cases name what the policy has', () => {
    const [policy = '', cases = ''] = blocks;
    const { rules } = parsePolicy(policy, 'docs/rules.md', { servers: ['crm'] });
    assert.ok(rules.some(({ name }) => name === parseCases(cases, 'docs/rules.md')[0]?.rule));
  });

  test('has every condition', () => {
    const shown = [...read('docs/rules.md').matchAll(/^\| `(\w+): /gm)].map(([, name = '']) => name);
    assert.deepEqual(shown.toSorted(), Object.keys(whenSchema.shape).toSorted());
  });
});

suite('docs/audit.md', () => {
  test('has every member of a record', () => {
    const [source] = sourcesOf(['src/model']).filter(({ path }) => path === 'src/model/audit-event.ts');
    const members = [...(source?.code.matchAll(/^ {2}readonly (\w+)\??:/gm) ?? [])].map(([, name = '']) => name);
    const documented = [...(sectionsOf(read('docs/audit.md')).find(({ title }) => title.startsWith('The record'))?.text.matchAll(/^\| `(\w+)` \|/gm) ?? [])].map(([, name = '']) => name);
    assert.ok(members.length > 15);
    // What follows is the place in the chain, which the sink adds.
    assert.deepEqual(documented.toSorted(), [...members, 'writer', 'seq', 'hash', 'after'].toSorted());
  });
});

suite('The decisions', () => {
  const names = readdirSync(join(root, 'docs/decisions')).toSorted();

  test('are numbered without a gap, and each has context, decision and consequence', () => {
    assert.deepEqual(names.map((name) => Number(name.slice(0, 4))), names.map((_, at) => at + 1));
    for (const name of names) for (const part of ['Context', 'Decision', 'Consequence']) assert.match(read(`docs/decisions/${name}`), new RegExp(`^\\*\\*${part}\\.\\*\\*`, 'm'), name);
  });

  test('say of every dependency why it is here', () => {
    const manifest = JSON.parse(read('package.json')) as Record<string, Record<string, string> | undefined>; // npm's own format
    const page = read('docs/decisions/0001-stack.md');
    const unexplained = Object.keys({ ...manifest['dependencies'], ...manifest['devDependencies'] }).filter((name) => !page.includes(`**${name}**`));
    assert.deepEqual(unexplained, []);
  });
});
