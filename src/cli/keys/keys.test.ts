import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { userInfo } from 'node:os';
import { after, before, suite, test } from 'node:test';
import { MovedClock } from '../../../test/world/moved-clock.ts';
import { temporaryFolder } from '../../../test/world/temporary-folder.ts';
import { buildSqliteStore } from '../../adapters/store/sqlite/sqlite-store.ts';
import { runCli } from '../cli.ts';
import { openHome } from '../home.ts';

const stack = new AsyncDisposableStack();
let data = '';

before(async () => {
  data = stack.use(await temporaryFolder('keys-command')).path;
  openHome(data).database.close();
});
after(() => stack.disposeAsync());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line; what it would read from stdin is `input`, at a terminal when `isTTY` says so. */
const sallyport = async (words: string, { input, isTTY = false }: { readonly input?: string; readonly isTTY?: boolean } = {}): Promise<Ran> => {
  const said = { out: '', err: '' };
  const argv = [...words.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
  const stdin = input === undefined ? {} : { stdin: Object.assign(Readable.from([Buffer.from(input)]), { isTTY }) };
  const terminal = { stdout: { write: (text: string) => void (said.out += text) }, stderr: { write: (text: string) => void (said.err += text) }, env: { NO_COLOR: '1' }, ...stdin };
  return { code: await runCli([...argv, '--data', data], terminal), ...said };
};

const make = async (flags: string): Promise<{ readonly id: string; readonly secret: string }> => {
  const { out, err } = await sallyport(`keys create ${flags}`);
  return { id: /key_[0-9a-f]+/.exec(err)?.[0] ?? err, secret: out.trim() };
};

suite('What cannot be meant is refused with the next step to take', () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['keys create --allow crm:x --days 0', /next: write 1 to 3650, or never/],
    ['keys create --allow crm:x --network 10.0.0.1/8', /networks\.0 is not an address or a range/],
    ["keys create --allow crm:x --hours 'mon-fri 09:00-17:00'", /next: write days, times and a time zone/],
    ["keys create --allow crm:x --hours 'mon-fry 09:00-17:00 UTC'", /mon-fry names no days/],
    ["keys create --allow crm:x --hours 'mon 9:00-17:00 UTC'", /hours\.from is not a time of day/],
    ["keys create --allow crm:x --hours 'mon 09:00-17:00 Nowhere/Else'", /hours\.zone is not a time zone/],
    ['keys create --allow crm:x --per-day many', /--per-day many is not a number above 0/],
    ['keys create --allow crm:x --burst 5', /burst needs perSecond/],
    ['keys create --allow crm:x --class Weekly', /keyClass is not the name of a class/],
    ['keys list --state sleeping', /next: write one of active, expired/],
    ['keys list --environment prod', /next: write one of live, test/],
    ['keys list --unused-since soon', /--unused-since soon is not a number of days/],
    ['keys show key_0123', /there is no key key_0123.*\n {2}next: take a name from the list/],
    ['keys show sally_live_x', /id is not the id of a key/],
    ['keys show key_0123 --days 0', /--days 0 is not a number of days/],
    ['keys limit key_0123', /no limit was given/],
    ['keys extend key_0123', /say either days, or overlap/],
    ['keys extend key_0123 --overlap now', /next: write one of 1h, 24h, 7d/],
    ['keys rotate key_0123 --overlap 2h', /next: write one of now, 1h, 24h, 7d/],
    ['keys export --format xlsx', /next: write jsonl or csv/],
    ['keys revoke-all --yes', /needs a filter/],
    ['leaks report', /holds no text\n {2}next: sallyport leaks report < file/],
    ['leaks report sally_live_x', /too many arguments/],
  ];
  for (const [words, cure] of faults) {
    test(words, async () => {
      const { code, out, err } = await sallyport(words);
      assert.match(err, cure);
      assert.match(err, /^ {2}next: ./m);
      assert.deepEqual([code === 0, out], [false, '']);
    });
  }
});

suite('A key with everything', () => {
  test('is made of flags, and shown with all of them but its secret', async () => {
    const { id, secret } = await make("--name all --owner alice --purpose 'nightly sync' --allow 'crm:get_*' --network 10.0.0.0/8 --network ::1 --hours 'fri-mon,wed 22:00-06:00 Europe/Berlin' --per-second 2 --burst 4 --per-day 100 --in-flight 3 --class weekly --days 7");
    assert.match(secret, /^sally_live_\w{49}$/);
    const { out } = await sallyport(`keys show ${id}`);
    for (const shown of ['nightly sync', '10.0.0.0/8, ::1', 'fri sat sun mon wed 22:00 to 06:00 Europe/Berlin', '2 a second, 4 at once, 100 a day, 3 in flight', 'weekly', 'never']) assert.ok(out.includes(shown), `${shown} in ${out}`);
    assert.ok(!out.includes(secret));
    const listed = await sallyport('keys list --like al* --json');
    assert.deepEqual(JSON.parse(listed.out).hours, { days: ['fri', 'sat', 'sun', 'mon', 'wed'], from: '22:00', to: '06:00', zone: 'Europe/Berlin' });
    assert.ok(!listed.out.includes('hash'));
  });

  test('changes state by one command each, in words and in JSON', async () => {
    const { id } = await make('--allow crm:x');
    assert.match((await sallyport(`keys disable ${id}`)).out, /keys enable/);
    assert.equal(JSON.parse((await sallyport(`keys enable ${id} --json`)).out).key.state, 'active');
    assert.match((await sallyport(`keys extend ${id} --days 200`)).out, /lasts until/);
    assert.match((await sallyport(`keys limit ${id} --per-day 5`)).out, /limited to 5 a day/);
    assert.match((await sallyport(`keys limit ${id} --none`)).out, /what the configuration says/);
    assert.equal((await sallyport(`keys revoke ${id} --quiet`)).out, '');
    assert.match((await sallyport(`keys enable ${id}`)).err, /revoked, and that is final.*\n {2}next: sallyport keys create\n/);
  });
});

suite('A secret that was typed where none belongs', () => {
  const SECRET = `sally_live_${'A'.repeat(49)}`;

  test('is not repeated by the error, in words or as JSON (R87)', async () => {
    for (const words of [`keys create ${SECRET}`, `explain ${SECRET}`, `keys list --${SECRET}`, `keys allow key_0123 ${SECRET}`, `keys create --allow ${SECRET}`, `keys create --allow ${SECRET} --json`, SECRET]) {
      const { code, out, err } = await sallyport(words);
      assert.ok(code !== 0 && !`${out}${err}`.includes(SECRET.slice(0, 20)), `${words}: ${err}`);
      assert.match(err, /redacted/);
    }
  });

  test('becomes no name, owner or purpose, and what only speaks of keys does (R87)', async () => {
    for (const flag of ['--name', '--owner', '--purpose']) {
      const { code, err } = await sallyport(`keys create --allow crm:x ${flag} ${SECRET}`);
      assert.deepEqual([code, err.includes(SECRET)], [1, false]);
      assert.match(err, /looks like a secret/);
    }
    assert.equal((await sallyport("keys create --allow crm:x --purpose 'replaces sally_live_ keys of the cron job'")).code, 0);
  });
});

suite('What is only tried out', () => {
  const listed = async (): Promise<string> => (await sallyport('keys list --json')).out;

  test('says what it would do, and changes nothing', async () => {
    const { id } = await make('--allow crm:x --days 7');
    const was = await listed();
    const trials: readonly (readonly [string, RegExp])[] = [
      ['keys create --allow crm:y --owner carol --days 30', /a key of carol · crm:y · expires/], ["keys create --allow '*'", /warning: this key may do everything/],
      [`keys allow ${id} crm:y`, /may now also crm:y/], [`keys limit ${id} --per-day 5`, /5 a day/], [`keys disable ${id}`, /disabled/], [`keys extend ${id} --days 90`, /lasts until/],
      [`keys rotate ${id}`, /0 callers of the last 7 days/], [`keys revoke ${id}`, /revoked/],
    ];
    for (const [words, expected] of trials) {
      const { code, out } = await sallyport(`${words} --dry-run`);
      assert.match(out, /^nothing was changed; it would have been: /);
      assert.match(out, expected);
      assert.deepEqual([code, /sally_live_\w{49}/.test(out)], [0, false], words);
    }
    assert.equal(await listed(), was);
    assert.equal((await sallyport(`keys revoke ${id}`)).out, `revoked ${id}\n`);
    assert.notEqual(await listed(), was);
  });

  test('is refused as it would be', async () => {
    const { id } = await make('--allow crm:x');
    await sallyport(`keys revoke ${id}`);
    for (const words of [`keys enable ${id}`, `keys rotate ${id}`, 'keys create --allow crm', 'keys show key_0123']) assert.equal((await sallyport(`${words}${words.startsWith('keys show') ? '' : ' --dry-run'}`)).code, 1, words);
  });

  test('is on record as a trial, without an intent', async () => {
    const { id } = await make('--allow crm:x');
    await sallyport(`keys revoke ${id} --dry-run`);
    const records = (await sallyport('audit --json --intents --limit 100')).out.split('\n').filter((line) => line.includes(id) && line.includes('keys/revoke'));
    assert.deepEqual(records.map((line) => [JSON.parse(line).type, JSON.parse(line).dryRun, JSON.parse(line).changed]), [['call', true, undefined]]);
  });
});

suite('A rotation at the terminal', () => {
  test('lists who has called with the old key lately, and nobody who has not (R28)', async () => {
    const { id } = await make('--allow crm:x');
    const { database } = openHome(data);
    const store = buildSqliteStore(database, new MovedClock());
    const caller = (client: string, atMs: number) => ({ address: '192.0.2.7', client, firstAtMs: atMs, lastAtMs: atMs, calls: 1 });
    const now = Date.now();
    store.keyUse.add([{ credential: id, last: { atMs: now, address: '192.0.2.7', client: 'nightly' }, callers: [caller('nightly', now - 1_000), caller('long-gone', now - 30 * 86_400_000)], targets: [] }]);
    store.close();
    database.close();
    const { err } = await sallyport(`keys rotate ${id}`);
    assert.match(err, /used by 1 in the last 7 days\n +192\.0\.2\.7 +nightly .* 1 call\n/);
    assert.ok(!err.includes('long-gone'));
  });

  test('prints the new secret alone on stdout, and --close ends it', async () => {
    const { id } = await make('--allow crm:x');
    const { out, err } = await sallyport(`keys rotate ${id} --overlap 1h`);
    assert.match(out, /^sally_live_\w{49}\n$/);
    assert.ok(!err.includes(out.trim()) && /used by 0 in the last 7 days/.test(err));
    assert.match((await sallyport(`keys rotate ${id} --close`)).out, /^revoked key_\w+; key_\w+ goes on alone\n$/);
  });

  test('is undone by rollback', async () => {
    const { id } = await make('--allow crm:x');
    await sallyport(`keys rotate ${id}`);
    assert.match((await sallyport(`keys rollback ${id}`)).out, new RegExp(`; ${id} goes on as before`));
  });
});

suite('Many keys at the terminal', () => {
  const active = async (like: string): Promise<number> => (await sallyport(`keys list --like ${like} --state active --json`)).out.split('\n').length - 1;

  test('are not touched without a yes: the answer is the command that would', async () => {
    for (const at of [1, 2]) await make(`--name bulk-${at} --allow crm:x`);
    const { code, err, out } = await sallyport("keys revoke-all --like 'bulk-*' --older-than 1d");
    assert.deepEqual([code, out], [0, '']);
    assert.match(err, /0 done/);
    const refused = await sallyport("keys revoke-all --like 'bulk-*'");
    assert.equal(refused.code, 2);
    assert.match(refused.err, /2 keys would be dealt with.*\n {2}next: sallyport keys revoke-all --like 'bulk-\*' --data \S+ --yes\n/);
    for (const input of ['no\n', '']) assert.equal((await sallyport("keys revoke-all --like 'bulk-*'", { input, isTTY: true })).code, 2);
    assert.equal((await sallyport("keys revoke-all --like 'bulk-*'", { input: 'yes\n' })).code, 2, 'a pipe is nobody who could be asked');
    assert.equal(await active('bulk-*'), 2);
  });

  test('are named by a dry run, rotated with a line for each, and revoked when a person says yes', async () => {
    const dry = await sallyport("keys rotate-all --like 'bulk-*' --dry-run");
    assert.match(dry.err, /1\/2 .*would be\n2\/2 .*would be\n2 keys, nothing was changed/);
    const { out, err } = await sallyport("keys rotate-all --like 'bulk-*' --yes");
    assert.match(out, /^(key_\w+ key_\w+ sally_live_\w{49}\n){2}$/);
    assert.ok(!err.includes('sally_live'));
    assert.equal(await active('bulk-*'), 4);
    assert.equal((await sallyport("keys revoke-all --like 'bulk-*'", { input: 'yes\n', isTTY: true })).code, 0);
    assert.equal(await active('bulk-*'), 0);
  });
});

suite('A found key', () => {
  test('is read from stdin, put in quarantine and released again; it is in no output', async () => {
    const { id, secret } = await make('--allow crm:x');
    const { out, err, code } = await sallyport('leaks report', { input: `${secret}\n` });
    assert.equal(code, 0);
    assert.match(out, new RegExp(`^${id} .*quarantined {2}1 report\nnobody is known to have used it\n.*keys release ${id}`));
    assert.ok(!(out + err).includes(secret));
    assert.match((await sallyport(`keys release ${id}`)).out, /is active/);
    assert.match((await sallyport(`keys show ${id}`)).out, /leaks +1 report, the last 20/);
    assert.match((await sallyport('keys list')).out, new RegExp(`${id} .* 1 leak report\n`));
  });

  test('is found in the line of a log, and so are several (R77–R84)', async () => {
    const [one, two] = [await make('--allow crm:x'), await make('--allow crm:x')];
    const { out, err, code } = await sallyport('leaks report', { input: `"GET /mcp?api_key=${one.secret}&a=b HTTP/1.1" 200\n"X-API-Key: ${two.secret}"\n` });
    assert.equal(code, 0, err);
    for (const { id, secret } of [one, two]) assert.ok(out.includes(`${id} `) && !(out + err).includes(secret));
  });

  test('that is none of ours or mistyped is said to be so, without being repeated', async () => {
    const { secret } = await make('--allow crm:x');
    for (const [input, words] of [['ghp_0123456789', /no key of the form/], [secret.slice(0, -1), /wrong checksum/], ['x'.repeat(1_000_001), /next: grep -o/], [' \n', /no text/]] as const) {
      const { err, out, code } = await sallyport('leaks report', { input });
      assert.match(err, words);
      assert.ok(code !== 0 && !(out + err).includes(input.trim().slice(0, 40) || secret));
    }
  });
});

test('The inventory is exported as lines and as a table', async () => {
  const { id } = await make('--name exported --allow crm:x');
  assert.equal(JSON.parse((await sallyport('keys export --like exported')).out).id, id);
  assert.match((await sallyport('keys export --like exported --format csv')).out, new RegExp(`^id,hint,.*\r\n${id},`));
});

suite('What is done at the terminal', () => {
  /** The trail without the looks at it, of which each leaves a record of its own (R76). */
  const records = async (): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await sallyport('audit --json --limit 100000')).out.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>).filter(({ call }) => call !== 'admin/audit/list'); // what --json prints

  const last = async (): Promise<Readonly<Record<string, unknown>>> => (await records()).at(-1) ?? {};

  const count = async (): Promise<number> => (await records()).length;

  test('is in the trail under the account of the operating system, once, whether a gateway runs or not (R70, R75)', async () => {
    const { id } = await make('--allow crm:x');
    const sofar = await count();
    await sallyport(`keys disable ${id}`);
    assert.equal(await count(), sofar + 1);
    const { who, call, target, decision } = await last();
    assert.deepEqual({ who, call, target, decision }, { who: `os:${userInfo().username}`, call: 'admin/keys/disable', target: id, decision: 'allow' });
    assert.match((await sallyport('audit --limit 10')).out, new RegExp(` os:\\S+ ran keys disable ${id} on admin, allow`));
  });

  test('is there too when it was refused, or only tried out', async () => {
    await sallyport('keys revoke key_0123');
    assert.deepEqual([(await last())['decision'], (await last())['target']], ['deny', 'key_0123']);
    await sallyport('keys revoke-all --yes');
    assert.equal((await last())['decision'], 'deny');
    await sallyport("keys revoke-all --like 'nobody-*' --dry-run");
    assert.deepEqual([(await last())['decision'], (await last())['dryRun'], (await last())['target']], ['allow', true, 'name=nobody-*']);
  });

  test('is not there when it only looked, or when nobody said yes', async () => {
    const { id } = await make('--name looked-at --allow crm:x');
    const sofar = await count();
    for (const words of [`keys show ${id}`, 'keys list', `keys suggest ${id}`, 'keys export', 'keys revoke-all --like looked-at']) await sallyport(words);
    assert.equal(await count(), sofar);
  });

  test('leaves no secret there, wherever one was typed (G01)', async () => {
    const { id, secret } = await make('--allow crm:x');
    await sallyport(`keys revoke ${secret}`);
    await sallyport('leaks report', { input: secret });
    const rotated = await sallyport(`keys rotate ${id}`);
    const { out } = await sallyport('audit --json --intents --limit 100000');
    assert.match(out, /admin\/leaks\/report/);
    for (const hidden of [secret, rotated.out.trim() || secret]) assert.ok(!out.includes(hidden));
  });
});
