import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { AuthorityGateway, Browser, PERSON_KEY, signIn } from '../world/authority-gateway.ts';
import { assertRefused } from '../world/authority-records.ts';

/** Group H: taking back what was agreed to, and the page where people do it. */

const OTHER_KEY = 'a-key-of-bob-0123456789abcdefgh';

let gateway: AuthorityGateway;
before(async () => {
  const keys = Object.fromEntries(([[PERSON_KEY, 'alice'], [OTHER_KEY, 'bob']] as const).map(([key, userId]) => [key, { name: userId, userId, permissions: ['crm:get_*'] }]));
  gateway = await AuthorityGateway.start({ env: { MCP_API_KEYS: JSON.stringify(keys) } });
});
after(() => gateway[Symbol.asyncDispose]());

const newClient = async (name: string): Promise<string> => String((await gateway.register({ client_name: name })).json['client_id']);

/** A browser that has signed in on the page itself. */
const onAccount = async (key: string) => {
  const browser = new Browser(gateway);
  const page = await browser.submit(await browser.open('/account'), { do: 'key', key });
  return { browser, page };
};

suite('What was allowed', () => {
  test('[C07] is taken back by whoever allowed it: tokens and refreshing end, for this client alone, and it must ask again', async () => {
    const [one, other] = [await newClient('first client'), await newClient('second client')];
    const [first, second] = [await signIn(gateway, { clientId: one }), await signIn(gateway, { clientId: other })];
    const { browser, page } = await onAccount(PERSON_KEY);
    assert.ok(page.text.includes('alice') && page.text.includes('first client') && page.text.includes('second client'), page.text);
    const ended = await browser.submit(page, { do: 'end', client: one });
    assert.ok(ended.text.includes('Its access has ended') && !ended.text.includes('first client') && ended.text.includes('second client'));
    assert.deepEqual([(await gateway.call(first.access)).status, (await gateway.call(second.access)).status], [401, 200]);
    assert.equal((await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: first.refresh, client_id: one })).json['error'], 'invalid_grant');
    assert.equal((await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: second.refresh, client_id: other })).status, 200);
  });

  test('[C07] is taken back by nobody else, and nobody sees what others have allowed', async () => {
    const clientId = await newClient('of alice alone');
    const { access } = await signIn(gateway, { clientId });
    const { browser, page } = await onAccount(OTHER_KEY);
    assert.ok(page.text.includes('bob') && !page.text.includes('of alice alone'));
    assert.ok((await browser.submit(page, { do: 'end', client: clientId })).text.includes('It had no access any more'));
    assert.equal((await gateway.call(access)).status, 200);
  });

  test('[C02] is taken back by no form but the page\'s own', async () => {
    const clientId = await newClient('goes on');
    const { access } = await signIn(gateway, { clientId });
    const [mine, theirs] = [await onAccount(PERSON_KEY), await onAccount(OTHER_KEY)];
    const token = (text: string): string => /name="token" value="([^"]+)"/.exec(text)?.[1] ?? '';
    const send = (fields: Readonly<Record<string, string>>, origin: string) => mine.browser.open('/account', { method: 'POST', headers: { origin }, body: new URLSearchParams({ do: 'end', client: clientId, ...fields }) });
    for (const [fields, origin] of [[{}, gateway.origin], [{ token: token(theirs.page.text) }, gateway.origin], [{ token: token(mine.page.text) }, 'https://evil.example'], [{ token: token(mine.page.text), do: 'other' }, gateway.origin]] as const) {
      assertRefused(gateway, await send(fields, origin), { code: 'login.foreign', status: 403 }, JSON.stringify(fields));
    }
    assert.equal((await gateway.call(access)).status, 200);
  });
});

suite('A browser that is signed in', () => {
  test('has a new id each time, and is nobody after it was signed out, here or everywhere', async () => {
    const clientId = await newClient('stays');
    const kept = await signIn(gateway, { clientId });
    const [one, two] = [await onAccount(PERSON_KEY), await onAccount(PERSON_KEY)];
    assert.deepEqual([one.browser.cookies, two.browser.cookies], [['sallyport /'], ['sallyport /']]);
    await one.browser.submit(one.page, { do: 'leave' });
    assert.ok((await one.browser.open('/account')).text.includes('Sign in'));
    assert.ok((await two.browser.open('/account')).text.includes('alice'), 'the other goes on');
    const three = await onAccount(PERSON_KEY);
    await three.browser.submit(three.page, { do: 'leave-all' });
    assert.ok(!(await two.browser.open('/account')).text.includes('alice'));
    assert.equal((await gateway.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: kept.refresh, client_id: clientId })).status, 200, 'clients go on: they are ended one by one');
  });

  test('is let in by a good key alone, and the page repeats no key', async () => {
    const browser = new Browser(gateway);
    const refused = await browser.submit(await browser.open('/account'), { do: 'key', key: 'sally_live_wrong' });
    assertRefused(gateway, refused, { code: 'login.refused', status: 403, canary: 'sally_live_wrong' });
    assert.deepEqual(browser.cookies, []);
  });

  test('is the same that signed in for a client', async () => {
    const browser = new Browser(gateway);
    await signIn(gateway, { clientId: await newClient('by the way'), browser });
    assert.ok((await browser.open('/account')).text.includes('by the way'));
  });
});
