import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, suite, test } from 'node:test';
import { AuthorityGateway, PERSON_KEY, pkce } from '../world/authority-gateway.ts';
import { DocumentSite } from './document-site.ts';
import type { Identity, LabClient } from './lab/lab-client.ts';
import { LAB } from './lab/list.ts';
import { discover, SimulatedClient, tokensOf, type Tokens } from './simulated-client.ts';

/** The clients of the field as they are known to behave, each the whole way through one gateway, with its defaults as far as they say anything of a client (issue 5; clients.md W1 to W8). */

const HOUR_MS = 3_600_000;

const stack = new AsyncDisposableStack();
let site: DocumentSite;
let gateway: AuthorityGateway;
before(async () => {
  site = stack.use(await DocumentSite.start());
  // They all come from one address here, more of them than one address may register in an hour.
  gateway = stack.use(await AuthorityGateway.start({ ...site.forGateway, fetch: { allow: [...site.forGateway.fetch.allow] }, authority: { registration: { perHour: 1_000 } } }));
});
after(() => stack.disposeAsync());

const introduce = (client: LabClient, identity: Identity): Promise<SimulatedClient> => SimulatedClient.introduce(gateway, client, { identity, site });

/** Some other client, with a registration of its own. */
const stranger = (): Promise<SimulatedClient> => {
  const [client] = LAB.filter(({ name }) => name === 'Codex');
  const [identity] = client?.identities ?? [];
  assert.ok(client !== undefined && identity !== undefined);
  return introduce(client, identity);
};

const works = async ({ access }: Tokens): Promise<void> => {
  assert.equal((await gateway.call(access)).status, 200);
};

/** What each client does when its hour is over: one and the same answer is good for whoever asks twice (clients.md W5). */
const HABITS: Readonly<Record<LabClient['refresh'], (client: SimulatedClient, tokens: Tokens, redirect: string) => Promise<Tokens>>> = {
  'when refused': async (client, tokens) => tokensOf(await client.refresh(tokens.refresh)),
  'two at once': async (client, tokens) => {
    const [one, two] = (await Promise.all([client.refresh(tokens.refresh), client.refresh(tokens.refresh)])).map(tokensOf);
    assert.ok(one !== undefined && two !== undefined);
    assert.equal(one.refresh, two.refresh, 'the same successor');
    return two;
  },
  never: (client, _tokens, redirect) => client.signIn(redirect),
};

/** Redirect URIs of other clients, and of nobody: each like one that could be its own. */
const foreignTo = (client: LabClient): readonly string[] => {
  const own = new Set(client.identities.flatMap(({ body }) => body['redirect_uris']));
  const others = LAB.flatMap(({ redirects }) => redirects).filter((uri) => uri.startsWith('https:') && !own.has(uri));
  return [...new Set(others), 'http://localhost:9/not-a-callback', 'https://evil.example/callback', 'cursor://evil/callback', 'evil://callback'];
};

/** Whether a redirect URI is one that this identity names; of loopback the port is free (RFC 8252 §7.3). */
const isNamedBy = ({ body }: Identity, uri: string): boolean => {
  const place = (one: unknown): string => String(one).replace(/^(http:\/\/[^/:]+):\d+/, '$1');
  const named = body['redirect_uris'];
  return Array.isArray(named) && named.some((one) => one === uri || (uri.startsWith('http://') && place(one) === place(uri)));
};

for (const client of LAB) {
  for (const [at, identity] of client.identities.entries()) {
    describe(`${client.name}, with a ${identity.kind} (${String(at + 1)}; said ${client.stated})`, () => {
      test('finds its way, signs a person in at each of its redirect URIs, calls, refreshes as it does, and revokes (W2 to W5)', async () => {
        const simulated = await introduce(client, identity);
        let tokens: Tokens = { access: '', refresh: '' };
        const uses = client.redirects.filter((uri) => isNamedBy(identity, uri));
        assert.ok(uses.length > 0);
        for (const redirect of uses) {
          tokens = await simulated.signIn(redirect);
          await works(tokens);
        }
        gateway.sleep(HOUR_MS + 60_000);
        const over = await gateway.call(tokens.access);
        assert.deepEqual([over.status, /resource_metadata="/.test(over.headers.get('www-authenticate') ?? '')], [401, true], 'a challenge, and no error of a tool (W6)');
        const next = await HABITS[client.refresh](simulated, tokens, uses[0] ?? '');
        await works(next);
        const last = tokensOf(await simulated.refresh(next.refresh));
        assert.equal(tokensOf(await simulated.refresh(next.refresh)).refresh, last.refresh, 'an answer that was lost comes again (W5)');
        assert.equal((await simulated.revoke(last.refresh)).status, 200);
        assert.equal((await gateway.call(last.access)).status, 401);
        assert.equal((await simulated.refresh(last.refresh)).json['error'], 'invalid_grant');
      });

      test('is sent nowhere but to its own redirect URIs: the others end on a page (AS-7)', async () => {
        const simulated = await introduce(client, identity);
        for (const redirect of [...foreignTo(client), ...client.redirects.filter((uri) => !isNamedBy(identity, uri))]) {
          const { status, headers } = await simulated.authorize(redirect, pkce().challenge);
          assert.deepEqual([status, headers.get('location')], [400, null], redirect);
          assert.match(headers.get('content-type') ?? '', /^text\/html/);
        }
      });

      test('gets nothing for the refresh token of another client, and ends nothing of it (RFC 6749 §10.4)', async () => {
        const [simulated, other] = [await introduce(client, identity), await stranger()];
        const tokens = await other.signIn('http://127.0.0.1:41234/callback/5f1c');
        const answer = await simulated.refresh(tokens.refresh);
        assert.deepEqual([answer.status, answer.json['error']], [400, 'invalid_grant']);
        await simulated.revoke(tokens.refresh);
        await works(tokensOf(await other.refresh(tokens.refresh)));
      });
    });
  }
}

suite('Where there are keys alone', () => {
  test('no client finds anything that would make it drop the key it was given (W1)', async () => {
    await using keys = await AuthorityGateway.start({ authority: { enabled: false } });
    for (const client of LAB.filter(({ configuredKey }) => configuredKey !== 'none')) assert.deepEqual(await discover(keys, client), {}, client.name);
    assert.equal((await keys.call(PERSON_KEY)).status, 200);
  });
});

suite('The client lab', () => {
  test('says of each client when it was said and where, and the documents have a row of it', () => {
    const documents = readFileSync(join(import.meta.dirname, '../../docs/authorization-server.md'), 'utf8');
    for (const { name, stated, sources } of LAB) {
      assert.match(stated, /^\d{4}-\d{2}(?:-\d{2})?(?:\/\d{4}-\d{2}(?:-\d{2})?)?$/, name);
      assert.ok(sources.length > 0, name);
      assert.ok(documents.includes(`| ${name} |`), `${name} in docs/authorization-server.md`);
    }
  });
});
