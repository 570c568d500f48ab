import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/model/json.ts';
import { Browser, PERSON_KEY, pkce, type Answer, type AuthorityGateway } from '../world/authority-gateway.ts';
import { exchange } from '../world/raw-http.ts';
import type { DocumentSite } from './document-site.ts';
import { CHALLENGE, type Identity, type LabClient } from './lab/lab-client.ts';

/** What a client has found out about a server, step by step as it asks. */
export interface Found {
  readonly resource: JsonObject;
  readonly authority: JsonObject;
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []);

/** The URL in a challenge; the header is looked for as it is written in RFC 9110, because one client does so (anthropics/claude-ai-mcp#219). */
const challenged = async (gateway: AuthorityGateway): Promise<string | undefined> => {
  const { status, text } = await exchange(gateway.port, { target: '/mcp', headers: [['Host', `127.0.0.1:${String(gateway.port)}`], ['Content-Type', 'application/json'], ['Connection', 'close']], body: '{}' });
  assert.equal(status, 401);
  const header = /\r\nWWW-Authenticate: ([^\r]*)/.exec(text)?.[1];
  assert.ok(header !== undefined, 'in the title case of the RFC');
  return /resource_metadata="([^"]+)"/.exec(header)?.[1];
};

/** Asks as the client does; whatever is not there must be a plain 404 in JSON, because anything else leads clients astray (clients.md W2). */
export const discover = async (gateway: AuthorityGateway, { discovery }: LabClient): Promise<Partial<Found>> => {
  let [resource, authority]: [JsonObject | undefined, JsonObject | undefined] = [undefined, undefined];
  for (const step of discovery) {
    const path = step === CHALLENGE ? await challenged(gateway) : step;
    if (path === undefined) continue;
    const { status, headers, json } = await gateway.get(path);
    assert.ok(status === 200 || status === 404, `${path}: ${String(status)}`);
    assert.match(headers.get('content-type') ?? '', /^application\/(?:problem\+)?json/, path);
    assert.ok(Object.keys(json).length > 0, `${path} is not {}`);
    if (status === 404) continue;
    if (path.includes('oauth-protected-resource')) resource ??= json;
    else authority ??= json;
  }
  return { ...(resource === undefined ? {} : { resource }), ...(authority === undefined ? {} : { authority }) };
};

/** A client of the lab with an identity of its own at one gateway. */
export class SimulatedClient {
  readonly clientId: string;
  readonly #secret: Readonly<Record<string, string>>;
  readonly #client: LabClient;
  readonly #gateway: AuthorityGateway;
  readonly #found: Found;

  private constructor(gateway: AuthorityGateway, client: LabClient, known: { readonly found: Found; readonly identity: JsonObject }) {
    [this.#gateway, this.#client, this.#found] = [gateway, client, known.found];
    this.clientId = String(known.identity['client_id']);
    const secret = known.identity['client_secret'];
    // As many clients do: what came with the registration is sent along, whatever the method of the registration is.
    this.#secret = typeof secret === 'string' ? { client_secret: secret } : {};
  }

  /** Finds the authorization server and makes itself known to it. */
  static async introduce(gateway: AuthorityGateway, client: LabClient, { identity, site }: { readonly identity: Identity; readonly site: DocumentSite }): Promise<SimulatedClient> {
    const { resource, authority } = await discover(gateway, client);
    assert.ok(resource !== undefined && authority !== undefined, 'both documents are found');
    const found = { resource, authority };
    if (identity.kind === 'document') {
      assert.equal(authority['client_id_metadata_document_supported'], true);
      return new SimulatedClient(gateway, client, { found, identity: { client_id: site.publish(identity.url, identity.body) } });
    }
    const { status, json, text } = await gateway.get(String(authority['registration_endpoint']), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(identity.body) });
    assert.equal(status, 201, text);
    assert.deepEqual(json['redirect_uris'], identity.body['redirect_uris'], 'none is lost');
    return new SimulatedClient(gateway, client, { found, identity: json });
  }

  /** Opens the browser, where the person signs in with a key. @returns where the browser ended */
  async authorize(redirect: string, challenge: string): Promise<Answer & { readonly url: string }> {
    const browser = new Browser(this.#gateway);
    const page = await browser.open(this.#question(redirect, challenge));
    return page.status === 200 ? browser.submit(page, { do: 'key', key: PERSON_KEY }) : page;
  }

  /** The whole way from the browser to the tokens. */
  async signIn(redirect: string): Promise<Tokens> {
    const { verifier, challenge } = pkce();
    const back = await this.authorize(redirect, challenge);
    assert.ok(back.url.startsWith(redirect), `${redirect}: ${String(back.status)} ${back.text.slice(0, 300)}`);
    const { searchParams } = new URL(back.url);
    assert.deepEqual([searchParams.get('state'), searchParams.get('iss')], ['state-1', this.#found.authority['issuer']]);
    return tokensOf(await this.#token({ grant_type: 'authorization_code', code: searchParams.get('code') ?? '', redirect_uri: redirect, code_verifier: verifier, resource: this.#resource }));
  }

  refresh(token: string): Promise<Answer> {
    return this.#token({ grant_type: 'refresh_token', refresh_token: token, resource: this.#resource });
  }

  revoke(token: string): Promise<Answer> {
    return this.#gateway.post(String(this.#found.authority['revocation_endpoint']), { token, client_id: this.clientId, ...this.#secret });
  }

  /** The resource as this client spells it; what is published must be what the person typed in (anthropics/claude-code#69917). */
  get #resource(): string {
    assert.equal(this.#found.resource['resource'], this.#gateway.resource);
    return this.#client.resource === 'with a slash' ? `${this.#gateway.resource}/` : this.#gateway.resource;
  }

  get #scope(): Readonly<Record<string, string>> {
    const { scope } = this.#client;
    if (scope === 'none') return {};
    const published = strings(this.#found.resource['scopes_supported'] ?? this.#found.authority['scopes_supported']);
    if (scope === 'offline_access') assert.ok(strings(this.#found.authority['scopes_supported']).includes(scope), 'it is published');
    return { scope: scope === 'all' ? published.join(' ') : scope };
  }

  #endpoint(name: 'authorization' | 'token', guess: string): string {
    return this.#client.endpoints === 'guessed' ? guess : String(this.#found.authority[`${name}_endpoint`]);
  }

  #question(redirect: string, challenge: string): string {
    const query = { response_type: 'code', client_id: this.clientId, redirect_uri: redirect, state: 'state-1', code_challenge: challenge, code_challenge_method: 'S256', resource: this.#resource, ...this.#scope };
    return `${this.#endpoint('authorization', '/authorize')}?${new URLSearchParams(query).toString()}`;
  }

  #token(form: Readonly<Record<string, string>>): Promise<Answer> {
    return this.#gateway.post(this.#endpoint('token', '/token'), { ...form, client_id: this.clientId, ...this.#secret });
  }
}

/** What a good answer of the token endpoint gives; there is a refresh token whether or not one was asked for (clients.md W5). */
export const tokensOf = ({ status, json, text }: Answer): Tokens => {
  assert.equal(status, 200, text);
  const { access_token: access, refresh_token: refresh } = json;
  assert.ok(typeof access === 'string' && typeof refresh === 'string', 'two tokens');
  return { access, refresh };
};
