import type { ExternalIdentity } from '../../model/external-identity.ts';
import { isEmailAddress } from '../../model/email-address.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { IdentityOptions } from '../../ports/identity-provider.ts';
import { TIMEOUT_MS } from './fetch-through.ts';
import type { IdentityNeeds } from './identity-kind.ts';

interface Asked extends Pick<IdentityOptions, 'wants'> {
  readonly issuer: string;
  readonly api: string;
  readonly token: string;
}

type Needs = Pick<IdentityNeeds, 'network' | 'readJson'>;

const MAX_BYTES = 1_048_576;
const OK = 200;
const PER_PAGE = 100;
/** Who is in more organisations than that is refused, and not let in or kept out by the order of a list. */
const MOST_PAGES = 10;

const get = async ({ api, token }: Asked, path: string, { network, readJson }: Needs): Promise<JsonValue> => {
  const headers = { authorization: `Bearer ${token}`, 'user-agent': 'sallyport', 'x-github-api-version': '2022-11-28' };
  const { status, body } = await network.send({ url: `${api}${path}`, method: 'GET', headers, accept: ['application/json'], maxBytes: MAX_BYTES, timeoutMs: TIMEOUT_MS });
  if (status !== OK) throw new Error(`GET ${path.split('?')[0] ?? ''} was answered with ${String(status)}: was the scope given, and has the organisation approved the app?`);
  return readJson(body);
};

const list = async (asked: Asked, path: string, needs: Needs): Promise<readonly JsonObject[]> => {
  const found: JsonObject[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const items = await get(asked, `${path}?per_page=${String(PER_PAGE)}&page=${String(page)}`, needs);
    if (!Array.isArray(items)) throw new Error(`${path} is no list`);
    found.push(...items.filter(isJsonObject));
    if (items.length < PER_PAGE) return found;
  }
  throw new Error(`${path} has more than ${String(PER_PAGE * MOST_PAGES)} entries`);
};

const textIn = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' && value !== '' && value.length <= 200 ? value : undefined);

const loginOf = (organisation: JsonValue | undefined): string | undefined => (isJsonObject(organisation) ? textIn(organisation['login'])?.toLowerCase() : undefined);

/** Verified addresses, the primary one first. */
const emailsOf = async (asked: Asked, needs: Needs): Promise<readonly string[]> => {
  const verified = (await list(asked, '/user/emails', needs)).filter(({ verified: isVerified }) => isVerified === true);
  const sorted = verified.toSorted((one, other) => Number(other['primary'] === true) - Number(one['primary'] === true));
  return sorted.map(({ email }) => textIn(email)).filter((email) => email !== undefined).filter(isEmailAddress);
};

/** Organisations as `acme`, teams as `acme/platform`, in lower case as GitHub compares them; an invitation that is open is no membership. */
const groupsOf = async (asked: Asked, needs: Needs): Promise<readonly string[]> => {
  const memberships = await list(asked, '/user/memberships/orgs', needs);
  const organisations = memberships.filter(({ state }) => state === 'active').map(({ organization }) => loginOf(organization)).filter((login) => login !== undefined);
  const teams = (await list(asked, '/user/teams', needs)).flatMap(({ slug, organization }) => {
    const [login, team] = [loginOf(organization), textIn(slug)?.toLowerCase()];
    return login === undefined || team === undefined || !organisations.includes(login) ? [] : [`${login}/${team}`];
  });
  return [...new Set([...organisations, ...teams])];
};

/** Asks GitHub who the token is of. The subject is the number of the account: a login can be given up and taken by somebody else. */
export const identityAtGithub = async (asked: Asked, needs: Needs): Promise<ExternalIdentity> => {
  const user = await get(asked, '/user', needs);
  if (!isJsonObject(user)) throw new Error('/user is no object');
  const { id, login, name } = user;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id <= 0) throw new Error('/user has no id');
  const shown = textIn(name) ?? textIn(login);
  const [emails, groups] = [asked.wants.emails ? await emailsOf(asked, needs) : [], asked.wants.groups ? await groupsOf(asked, needs) : []];
  return { issuer: asked.issuer, subject: String(id), ...(shown === undefined ? {} : { name: shown }), emails, groups };
};
