import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { JsonObject, JsonValue } from '../../src/model/json.ts';
import { AuthorityGateway, Browser, type Answer } from '../world/authority-gateway.ts';
import { main } from '../world/oauth-gateway.ts';
import { startProcess } from '../world/running-process.ts';
import { comeBack, SIGN_IN_CLIENTS, SignInProvider } from '../world/sign-in-provider.ts';

/** A company's directory tells by SCIM 2.0 who is there, in the words of Entra ID and of Okta (R43, R44, D10; RFC 7644). */

const stack = new AsyncDisposableStack();
let google: SignInProvider;
let gateway: AuthorityGateway;
let key = '';

const sallyport = async (...words: readonly string[]): Promise<string> => {
  await using running = startProcess([process.execPath, main, ...words, '--data', gateway.dataFolder]);
  await running.exited;
  return running.stdout();
};

before(async () => {
  google = stack.use(await SignInProvider.start('google'));
  gateway = stack.use(await AuthorityGateway.start({
    fetch: { allow: [`127.0.0.1:${String(google.port)}`] },
    roles: { engineer: ['crm:*'] },
    signIn: { company: { kind: 'google', issuer: google.origin, clientId: SIGN_IN_CLIENTS.google.id, clientSecret: 'env:SECRET', allow: { emailDomains: ['acme.com'] }, emailDomains: ['acme.com'], roles: { Engineering: ['engineer'] } } },
    directory: { provider: 'company' },
    env: { SECRET: SIGN_IN_CLIENTS.google.secret },
  }));
  key = (await sallyport('keys', 'create', '--name', 'entra', '--owner', 'entra', '--allow', 'admin:people')).trim();
});
after(() => stack.disposeAsync());

const SCHEMAS = { user: 'urn:ietf:params:scim:schemas:core:2.0:User', group: 'urn:ietf:params:scim:schemas:core:2.0:Group', patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp', enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User' };

const scim = (method: string, path: string, body?: JsonValue, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  gateway.get(`/scim/v2/${path}`, { method, headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/scim+json' }), ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

const jsonOf = ({ text }: Answer): JsonObject => JSON.parse(text) as JsonObject; // SCIM answers with objects

const patch = (path: string, ...Operations: readonly JsonObject[]): Promise<Answer> => scim('PATCH', path, { schemas: [SCHEMAS.patch], Operations: [...Operations] });

let count = 0;
/** A user as Entra ID makes one. */
const made = async (more: JsonObject = {}): Promise<{ readonly id: string; readonly userName: string }> => {
  count += 1;
  const userName = `user${String(count)}@acme.com`;
  const answer = await scim('POST', 'Users', { schemas: [SCHEMAS.user, SCHEMAS.enterprise], externalId: `ext-${String(count)}`, userName, active: true, displayName: `User ${String(count)}`, emails: [{ primary: true, type: 'work', value: userName }], name: { formatted: 'User', familyName: 'U', givenName: 'S' }, [SCHEMAS.enterprise]: { department: 'x' }, ...more });
  assert.equal(answer.status, 201, answer.text);
  return { id: String(jsonOf(answer)['id']), userName };
};

const keyOf = async (owner: string): Promise<string> => (await sallyport('keys', 'create', '--owner', owner, '--allow', 'crm:get_*')).trim();
const opens = async (secret: string): Promise<boolean> => (await gateway.get('/mcp/status', { headers: { 'x-api-key': secret } })).status === 200;

suite('A user of the directory', () => {
  test('is looked for, made, found by name and by id, and read', async () => {
    const none = jsonOf(await scim('GET', `Users?filter=${encodeURIComponent('userName eq "nobody@acme.com"')}`));
    assert.deepEqual([none['totalResults'], none['Resources'], none['schemas']], [0, [], ['urn:ietf:params:scim:api:messages:2.0:ListResponse']]);
    const { id, userName } = await made();
    for (const filter of [`userName eq "${userName.toUpperCase()}"`, `externalId eq "ext-${String(count)}"`, `id eq "${id}"`, `${SCHEMAS.user}:userName Eq "${userName}"`, `emails[type eq "work"].value eq "${userName}"`, `active eq true and not (userName ne "${userName}")`, `(userName sw "${userName.slice(0, -9)}" and emails co "${userName}") or id eq "none"`]) {
      const found = jsonOf(await scim('GET', `Users?filter=${encodeURIComponent(filter)}&startIndex=1&count=1`));
      assert.deepEqual([found['totalResults'], (found['Resources'] as readonly JsonObject[])[0]?.['id']], [1, id], filter);
    }
    const { headers, ...answer } = await scim('GET', `Users/${id}`);
    const user = jsonOf({ ...answer, headers });
    assert.deepEqual([headers.get('content-type'), user['userName'], user['active'], user['emails'], (user['meta'] as JsonObject)['location']], ['application/scim+json', userName, true, [{ value: userName, type: 'work', primary: true }], `${gateway.origin}/scim/v2/Users/${id}`]);
  });

  const WAYS: readonly (readonly [string, (id: string, userName: string) => Promise<Answer>])[] = [
    ['Entra ID says so, in texts and its own capitals', (id) => patch(`Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })],
    ['Okta says so, without a path', (id) => patch(`Users/${id}`, { op: 'replace', value: { active: false } })],
    ['the whole user is replaced', (id, userName) => scim('PUT', `Users/${id}`, { schemas: [SCHEMAS.user], id, userName, active: false })],
    ['they are deleted', (id) => scim('DELETE', `Users/${id}`)],
    ['the word that they are active is taken back', (id) => patch(`Users/${id}`, { op: 'remove', path: 'active' })],
    ['they are renamed and switched off at once', (id) => patch(`Users/${id}`, { op: 'replace', path: 'userName', value: `renamed-${id}@acme.com` }, { op: 'replace', path: 'emails[type eq "work"].value', value: `renamed-${id}@acme.com` }, { op: 'replace', path: 'active', value: false })],
  ];
  for (const [what, end] of WAYS) {
    test(`has nothing here any more when ${what} (R44)`, async () => {
      const { id, userName } = await made();
      const [theirs, other] = [await keyOf(userName), await keyOf('somebody-else@acme.com')];
      assert.deepEqual([await opens(theirs), await opens(other)], [true, true]);
      const answer = await end(id, userName);
      assert.ok(answer.status === 200 || answer.status === 204, answer.text);
      assert.deepEqual([await opens(theirs), await opens(other)], [false, true]);
    });
  }

  test('has it again when they are back, unless somebody here has disabled them', async () => {
    const { id, userName } = await made();
    const theirs = await keyOf(userName);
    await patch(`Users/${id}`, { op: 'Replace', path: 'active', value: 'False' });
    await patch(`Users/${id}`, { op: 'Replace', path: 'active', value: 'True' });
    assert.equal(await opens(theirs), true);
    await sallyport('people', 'disable', userName);
    await patch(`Users/${id}`, { op: 'Replace', path: 'active', value: 'False' });
    await patch(`Users/${id}`, { op: 'Replace', path: 'active', value: 'True' });
    assert.equal(await opens(theirs), false);
    const gone = await made();
    await scim('DELETE', `Users/${gone.id}`);
    const later = await keyOf(gone.userName);
    assert.equal(await opens(later), false, 'a key made afterwards is theirs, too');
    await scim('POST', 'Users', { schemas: [SCHEMAS.user], userName: gone.userName, externalId: 'new-id', active: true });
    assert.equal(await opens(later), true);
  });

  test('signs in with the groups that the directory has them in, and not at all when they are inactive', async () => {
    const { id, userName } = await made();
    const group = jsonOf(await scim('POST', 'Groups', { schemas: [SCHEMAS.group], displayName: 'Engineering', members: [] }));
    await patch(`Groups/${String(group['id'])}`, { op: 'Add', path: 'members', value: [{ value: id }] });
    await google.tell({ deny: false, claims: { sub: 'g-77', email: userName, email_verified: true, hd: 'acme.com', name: 'U' }, token: {}, answer: {} });
    const signIn = async () => {
      const browser = new Browser(gateway);
      const last = await browser.open((await comeBack(new URL((await browser.open('/auth/oauth/company/start')).url))).href);
      return { last, profile: () => browser.open('/api/user/profile') };
    };
    const first = await signIn();
    const { json } = await first.profile();
    assert.deepEqual([json['subject'], json['roles'], json['groups']], [userName, ['engineer'], ['acme.com', 'Engineering']]);
    const now = async () => {
      const { json: said } = await first.profile();
      return [said['roles'], said['groups']];
    };
    const groupId = String(group['id']);
    await patch(`Groups/${groupId}`, { op: 'Remove', path: `members[value eq "${id}"]` });
    assert.deepEqual(await now(), [[], ['acme.com']], 'a group that they are taken out of counts no more, without a sign-in (R44)');
    await patch(`Groups/${groupId}`, { op: 'Add', path: 'members', value: [{ value: id }] });
    assert.deepEqual(await now(), [['engineer'], ['acme.com', 'Engineering']]);
    await patch(`Groups/${groupId}`, { op: 'replace', path: 'displayName', value: 'Sales' });
    assert.deepEqual(await now(), [[], ['acme.com', 'Sales']]);
    await scim('DELETE', `Groups/${groupId}`);
    assert.deepEqual(await now(), [[], ['acme.com']]);
    await patch(`Users/${id}`, { op: 'replace', value: { active: false } });
    assert.equal((await first.profile()).status, 401);
    assert.equal((await signIn()).last.status, 403);
  });
});

suite('A group of the directory', () => {
  const members = async (id: string): Promise<readonly unknown[]> => ((jsonOf(await scim('GET', `Groups/${id}`))['members'] as readonly JsonObject[]) ?? []).map(({ value }) => value); // what a group is answered with

  test('is made, its members added and removed in every spelling, renamed and deleted', async () => {
    const [one, two, three] = [await made(), await made(), await made()];
    const answer = await scim('POST', 'Groups', { schemas: [SCHEMAS.group], externalId: 'g-1', displayName: 'Sales', members: [{ value: one.id, display: 'x' }] });
    const id = String(jsonOf(answer)['id']);
    assert.equal(answer.status, 201);
    await patch(`Groups/${id}`, { op: 'Add', path: 'members', value: [{ value: two.id }, { value: three.id }] });
    assert.deepEqual(new Set(await members(id)), new Set([one.id, two.id, three.id]));
    await patch(`Groups/${id}`, { op: 'Remove', path: 'members', value: [{ value: two.id }] });
    const holding = (filter: string) => scim('GET', `Groups?filter=${encodeURIComponent(filter)}&excludedAttributes=members`).then((found) => jsonOf(found)['totalResults']);
    assert.deepEqual([await holding(`id eq "${id}" and members eq "${three.id}"`), await holding(`id eq "${id}" and members eq "${two.id}"`), await holding(`displayName eq "sales" and members[value eq "${one.id}"]`)], [1, 0, 1], 'as Entra ID asks who is in a group');
    await patch(`Groups/${id}`, { op: 'remove', path: `members[value eq "${three.id}" or value eq "none"]` });
    assert.deepEqual(await members(id), [one.id]);
    assert.deepEqual((jsonOf(await scim('GET', `Users/${one.id}`))['groups'] as readonly JsonObject[]).map(({ display }) => display), ['Sales']);
    await patch(`Groups/${id}`, { op: 'replace', value: { id, displayName: 'Sales EMEA' } });
    await patch(`Groups/${id}`, { op: 'replace', path: 'members', value: [{ value: two.id }] });
    assert.deepEqual([jsonOf(await scim('GET', `Groups/${id}?excludedAttributes=members`))['displayName'], await members(id)], ['Sales EMEA', [two.id]]);
    assert.equal(jsonOf(await scim('GET', `Groups/${id}?excludedAttributes=members`))['members'], undefined);
    await scim('DELETE', `Users/${two.id}`);
    assert.deepEqual(await members(id), []);
    assert.deepEqual([(await scim('DELETE', `Groups/${id}`)).status, (await scim('GET', `Groups/${id}`)).status], [204, 404]);
  });
});

suite('What is no SCIM that is understood here is refused as SCIM says it (RFC 7644 §3.12)', () => {
  const filterFor = (filter: string): string => `Users?filter=${encodeURIComponent(filter)}`;
  const wrong: readonly (readonly [string, () => Promise<Answer>, number, string | undefined])[] = [
    ['a filter by what is not kept', () => scim('GET', filterFor('userName eq "a" or not (title pr)')), 400, 'invalidFilter'],
    ['a filter by another operator', () => scim('GET', filterFor('userName like "a"')), 400, 'invalidFilter'],
    ['a change of a value that is not there', () => made().then(({ id }) => patch(`Users/${id}`, { op: 'replace', path: 'emails[type sw "mob"].value', value: 'a@acme.com' })), 400, 'noTarget'],
    ['a filter that is cut off', () => scim('GET', filterFor('userName eq "a')), 400, 'invalidFilter'],
    ['a user without a name', () => scim('POST', 'Users', { schemas: [SCHEMAS.user], active: true }), 400, 'invalidValue'],
    ['a name with a line end', () => scim('POST', 'Users', { userName: 'a\nb' }), 400, 'invalidValue'],
    ['a truth that is none', () => scim('POST', 'Users', { userName: 'x@acme.com', active: 'perhaps' }), 400, 'invalidValue'],
    ['a list in place of an object', () => scim('POST', 'Users', []), 400, 'invalidSyntax'],
    ['an attribute in two spellings', () => scim('POST', 'Users', { userName: 'a', USERNAME: 'b' }), 400, 'invalidSyntax'],
    ['a patch without operations', () => made().then(({ id }) => scim('PATCH', `Users/${id}`, { schemas: [SCHEMAS.patch] })), 400, 'invalidSyntax'],
    ['a patch by another operation', () => made().then(({ id }) => patch(`Users/${id}`, { op: 'move', path: 'active' })), 400, 'invalidSyntax'],
    ['a path that is none', () => made().then(({ id }) => patch(`Users/${id}`, { op: 'replace', path: '__proto__[', value: 1 })), 400, 'invalidPath'],
    ['a removal of nothing', () => made().then(({ id }) => patch(`Users/${id}`, { op: 'remove' })), 400, 'invalidPath'],
    ['a member who is not there', () => scim('POST', 'Groups', { displayName: 'Ghosts', members: [{ value: 'dir_none' }] }), 404, undefined],
    ['somebody who is not there', () => scim('GET', 'Users/dir_none'), 404, undefined],
    ['the deletion of somebody who is not there', () => scim('DELETE', 'Users/dir_none'), 404, undefined],
  ];
  for (const [what, ask, status, scimType] of wrong) {
    test(what, async () => {
      const answer = await ask();
      const body = jsonOf(answer);
      assert.deepEqual([answer.status, body['schemas'], body['status'], body['scimType'], answer.headers.get('content-type')], [status, ['urn:ietf:params:scim:api:messages:2.0:Error'], String(status), scimType, 'application/scim+json'], answer.text);
    });
  }

  test('two of one name, whatever its capitals', async () => {
    const { userName } = await made();
    const answer = await scim('POST', 'Users', { userName: userName.toUpperCase() });
    assert.deepEqual([answer.status, jsonOf(answer)['scimType']], [409, 'uniqueness']);
  });

  test('a refused change changes nothing: neither the user nor what they hold', async () => {
    const [one, two] = [await made(), await made()];
    const theirs = await keyOf(one.userName);
    assert.equal((await patch(`Users/${one.id}`, { op: 'replace', path: 'active', value: false }, { op: 'replace', path: 'userName', value: two.userName })).status, 409);
    assert.deepEqual([await opens(theirs), jsonOf(await scim('GET', `Users/${one.id}`))['active']], [true, true]);
  });

  test('whoever may not: no key, one without the right, one that may only read, a web page, a token', async () => {
    const [plain, reader] = [await keyOf('plain'), (await sallyport('keys', 'create', '--owner', 'r', '--allow', 'admin:people.read')).trim()];
    assert.equal((await scim('GET', 'Users', undefined, { authorization: '' })).status, 401);
    assert.equal((await scim('GET', 'Users', undefined, { authorization: `Bearer ${plain}` })).status, 403);
    assert.equal((await scim('GET', 'Users', undefined, { authorization: `Bearer ${reader}` })).status, 200);
    assert.equal((await scim('POST', 'Users', { userName: 'a' }, { authorization: `Bearer ${reader}` })).status, 403);
    assert.equal((await scim('GET', 'Users', undefined, { origin: gateway.origin })).status, 403);
    assert.equal((await scim('PUT', 'Users', {})).status, 405);
    assert.equal((await scim('POST', 'Users', { userName: 'a' }, { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await gateway.get('/mcp', { method: 'PUT', headers: { authorization: `Bearer ${key}` }, body: '{}' })).status, 405, 'and PUT means nothing elsewhere');
  });

  test('and what it can is told, and what it did is on record', async () => {
    const config = jsonOf(await scim('GET', 'ServiceProviderConfig'));
    assert.deepEqual([(config['patch'] as JsonObject)['supported'], (config['bulk'] as JsonObject)['supported']], [true, false]);
    assert.equal(jsonOf(await scim('GET', 'ResourceTypes'))['totalResults'], 2);
    assert.equal(jsonOf(await scim('GET', `Schemas/${SCHEMAS.user}`))['detail'], undefined);
    const { id } = await made();
    await scim('DELETE', `Users/${id}`);
    const trail = await sallyport('audit', '--json', '--intents', '--limit', '4');
    assert.match(trail, new RegExp(`"type":"intent".*"call":"directory/drop-users","target":"${id}"`));
    assert.match(trail, new RegExp(`"who":"entra".*"call":"directory/drop-users","target":"${id}"`));
  });
});
