import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { after, before, suite, test } from 'node:test';
import { temporaryFolder } from '../world/temporary-folder.ts';
import { SqliteRows } from '../../src/adapters/audit-sinks/sqlite-rows.ts';
import { runCli } from '../../src/cli/cli.ts';
import { openHome } from '../../src/cli/home.ts';
import { digestOf, MASKED_ARGUMENTS } from '../../src/model/argument-digest.ts';
import { AUDIT_SCHEMA, type AuditEvent } from '../../src/model/audit-event.ts';
import { maskWithDigest } from '../../src/model/redaction.ts';

/** `sallyport audit verify|checkpoint|key|prove` (issue "An audit trail one can prove", G14, R73), and `sallyport audit` with a filter. */

const stack = new AsyncDisposableStack();
let folder: string;
let data: string;

const event = (id: string, more: Partial<AuditEvent> = {}): AuditEvent => ({ v: AUDIT_SCHEMA, id, type: 'call', at: '2026-07-28T10:00:00.000Z', address: 'terminal', call: 'tools/call', decision: 'allow', ...more });

before(async () => {
  folder = stack.use(await temporaryFolder('audit-commands')).path;
  data = join(folder, 'data');
  const home = openHome(data);
  const rows = new SqliteRows(home.database, 'terminal', home.signer);
  const masked = maskWithDigest(digestOf(home.hasher.derive(MASKED_ARGUMENTS), { id: 'req_b', path: 'customer.email', value: 'alice@company.com' }));
  for (const record of [event('req_a'), event('req_b', { arguments: { customer: { email: masked, id: 7 } } }), event('req_c')]) await rows.write(record);
  home.database.close();
});
after(() => stack.disposeAsync());

interface Said {
  readonly out: string;
  readonly err: string;
  readonly code: number;
}

const sallyport = async (words: readonly string[], given?: string): Promise<Said> => {
  const said = { out: '', err: '' };
  const stdin = given === undefined ? {} : { stdin: Readable.from([Buffer.from(given)]) };
  const code = await runCli(words, { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' }, ...stdin });
  return { ...said, code };
};

const inFile = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

/** A copy of the database with something done to it. */
const copied = (name: string, sql = ''): string => {
  const path = join(folder, name);
  copyFileSync(join(data, 'sallyport.db'), path);
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
  return path;
};

suite('sallyport audit verify', () => {
  test('says what is proven, in words and as JSON', async () => {
    const { out, code } = await sallyport(['audit', 'verify', '--data', data]);
    assert.equal(code, 0);
    assert.match(out, /^proven: 3 records, 0 checkpoints; chains: terminal 3\n$/);
    const { out: json } = await sallyport(['audit', 'verify', '--data', data, '--json']);
    assert.equal((JSON.parse(json) as { proven: boolean }).proven, true);
    assert.equal((await sallyport(['audit', 'verify', '--data', data, '--since', '2026-07-01'])).code, 0);
  });

  test('needs of a copy the public key and nothing else, and names the first record that was changed', async () => {
    const key = inFile('trail.pem', (await sallyport(['audit', 'key', '--data', data])).out);
    const checkpoint = inFile('checkpoint.json', (await sallyport(['audit', 'checkpoint', '--data', data])).out);
    const against = (file: string) => sallyport(['audit', 'verify', '--file', file, '--public-key', key, '--checkpoint', checkpoint]);
    assert.equal((await against(copied('same.db'))).code, 0);
    const { out, code } = await against(copied('changed.db', "UPDATE audit SET event = replace(event, 'req_b', 'req_x')"));
    assert.equal(code, 7);
    assert.match(out, /^NOT proven: the record is not what was written\n {2}first at: row 2, chain terminal, record 2\n/);
    assert.equal((await against(copied('cut.db', 'DELETE FROM audit WHERE position = 3'))).code, 7);
    assert.equal((await against(copied('new.db', 'DELETE FROM audit; DELETE FROM audit_head'))).code, 7, 'a trail that was begun anew');
  });

  test('says what is wrong with what it was given', async () => {
    const wrong = async (words: readonly string[], message: RegExp): Promise<void> => {
      const { err, code } = await sallyport(['audit', 'verify', ...words]);
      assert.equal(code, 2, err);
      assert.match(err, message);
    };
    const key = inFile('key.pem', (await sallyport(['audit', 'key', '--data', data])).out);
    await wrong(['--data', data, '--since', 'yesterday'], /neither a duration nor a date/);
    await wrong(['--data', data, '--checkpoint', join(folder, 'none.json')], /cannot be read/);
    await wrong(['--data', data, '--checkpoint', inFile('half.json', '{"heads":')], /holds no checkpoint/);
    await wrong(['--data', data, '--checkpoint', inFile('other.json', '{"heads":{"terminal":7},"signature":"x"}')], /holds no checkpoint/);
    await wrong(['--data', data, '--public-key', inFile('no.pem', 'x')], /holds no public key/);
    await wrong(['--file', copied('alone.db')], /--public-key/);
    await wrong(['--file', inFile('text.db', 'no database'), '--public-key', key], /no database with a trail/);
    await wrong(['--file', copied('late.db'), '--public-key', key, '--since', '1d'], /do not go together/);
  });
});

suite('sallyport audit prove', () => {
  const prove = (words: readonly string[], given: string) => sallyport(['audit', 'prove', ...words, '--data', data], given);

  test('knows the value that was masked, and no other', async () => {
    assert.deepEqual(await prove(['req_b', 'customer.email'], 'alice@company.com\n'), { out: 'proven: this is the value of customer.email\n', err: '', code: 0 });
    assert.equal((await prove(['req_b', 'customer.email'], '"alice@company.com"')).code, 0, 'as JSON');
    const other = await prove(['req_b', 'customer.email'], 'bob@company.com');
    assert.equal(other.code, 7);
    assert.doesNotMatch(other.out + other.err, /bob@company\.com/);
  });

  test('says what is not there', async () => {
    assert.match((await prove(['req_none', 'email'], 'x')).err, /not in the trail/);
    for (const place of ['customer.id', 'customer', 'email', 'customer.email.0']) assert.match((await prove(['req_b', place], 'x')).err, /no masked argument/, place);
    assert.match((await prove(['req_b', 'customer.email'], 'x'.repeat(1_000_001))).err, /more than 1000000 characters/);
  });
});

suite('sallyport audit with a filter', () => {
  const idsIn = (out: string): readonly string[] => out.trim().split('\n').map((line) => (JSON.parse(line) as AuditEvent).id);
  const found = async (...words: readonly string[]): Promise<readonly string[]> => idsIn((await sallyport(['audit', ...words, '--data', data, '--json'])).out);

  test('shows what matches, also what a term is turned round for', async () => {
    assert.deepEqual(await found('id:req_a,req_b'), ['req_a', 'req_b']);
    assert.deepEqual(await found('-id:req_a', 'call:tools/*'), ['req_b', 'req_c']);
    assert.deepEqual(await found('call:tools/call', 'decision:allow', '-n', '1'), ['req_c']);
  });

  test('writes a table that a spreadsheet reads', async () => {
    const { out } = await sallyport(['audit', 'id:req_a', '--csv', '--data', data]);
    assert.match(out, /^at,id,who,.*\r\n2026-07-28T10:00:00\.000Z,req_a,/);
    assert.match((await sallyport(['audit', '--csv', '--json', '--data', data])).err, /do not go together/);
  });

  test('is exported in the formats of others, oldest first', async () => {
    const exported = async (...words: readonly string[]): Promise<string> => (await sallyport(['audit', 'export', ...words, '--data', data])).out;
    assert.deepEqual(idsIn(await exported('-id:req_b', 'call:tools/call')), ['req_a', 'req_c']);
    assert.equal((await exported('--format', 'csv', 'call:tools/call')).split('\r\n').length, 5);
    assert.match(await exported('--format', 'ocsf', 'id:req_a'), /^\{"category_uid":6,[^\n]*"class_uid":6003[^\n]*\}\n$/);
    assert.match(await exported('--format', 'cef', 'id:req_a'), /^CEF:0\|[^\n]*\n$/);
    assert.equal((JSON.parse(await exported('--format', 'otlp', 'call:tools/call')) as { resourceLogs: { scopeLogs: { logRecords: unknown[] }[] }[] }).resourceLogs[0]?.scopeLogs[0]?.logRecords.length, 3);
    assert.match((await sallyport(['audit', 'export', '--format', 'xml', '--data', data])).err, /one of jsonl, csv, ocsf, cef, otlp/);
    assert.match((await sallyport(['audit', 'export', '--formt', 'csv', '--data', data])).err, /unknown option --formt/);
  });

  test('says where a filter cannot be read', async () => {
    const { err, code } = await sallyport(['audit', 'server:crm', 'whom:bob', '--data', data]);
    assert.equal(code, 2);
    assert.match(err, /column 12: there is no "whom:"; did you mean "who:"\?\n {2}server:crm whom:bob\n {13}\^\n {2}next: /);
    assert.match((await sallyport(['audit', '--folow', '--data', data])).err, /unknown option --folow/);
  });
});
