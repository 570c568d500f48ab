import type { GatewayError } from '../../src/errors/gateway-error.ts';
import { issuersOf } from '../../src/config/issuers/issuers.ts';
import { validateConfig } from '../../src/config/parse-config.ts';
import type { Shielded } from '../../src/model/exchange.ts';
import type { Principal } from '../../src/model/principal.ts';
import type { TokenFacts } from '../../src/model/token/token-facts.ts';
import { readIssuerJson } from '../../src/planes/tokens/issuer-json.ts';
import { tokensOf } from '../../src/planes/tokens/tokens.ts';
import type { Authenticator, Presented, Proof } from '../../src/ports/authenticator.ts';
import { KeyIndex } from '../../src/stages/authenticate/key-index.ts';
import { IssuerRegister } from '../../src/stages/authenticate/issuer/issuer-register.ts';
import { LongTokens } from '../../src/stages/authenticate/token/long-tokens.ts';
import { ReplayGuard } from '../../src/stages/authenticate/proof/replay-guard.ts';
import { CapturedLog } from './captured-log.ts';
import { aRoute, aShielded } from './exchanges.ts';
import { MovedClock } from './moved-clock.ts';
import { ScriptedNetwork, type Scripted } from './scripted-network.ts';
import { seededRandom } from './seeded-random.ts';
import { goodClaims, TestKey } from './token-issuer.ts';

export const ISSUER = 'https://idp.example';
export const JWKS = `${ISSUER}/jwks`;
export const METADATA = `${ISSUER}/.well-known/openid-configuration`;

type Section = Readonly<Record<string, unknown>>;

export interface TokenRoomOptions {
  readonly issuer?: Section;
  /** Issuers besides `corp`. */
  readonly issuers?: Section;
  readonly servers?: Section;
  readonly config?: Section;
  readonly network?: Readonly<Record<string, Scripted>>;
  readonly keys?: readonly TestKey[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** The ways in by token of a configuration, before issuers that are scripted and a clock that is moved by hand. */
export class TokenRoom {
  readonly clock = new MovedClock();
  readonly log = new CapturedLog();
  readonly network: ScriptedNetwork;
  readonly key: TestKey;
  readonly issuers: IssuerRegister;
  readonly longTokens = new LongTokens();
  /** Why tokens are denied, by what they say of themselves. */
  denied: (facts: TokenFacts) => string | undefined = () => undefined;
  readonly #ways: readonly Authenticator[];

  constructor({ issuer = {}, issuers = {}, servers = {}, config = {}, network = {}, keys = [new TestKey('ES256', 'key-1')], environment = {} }: TokenRoomOptions = {}) {
    const [first = new TestKey('ES256', 'key-1')] = keys;
    this.key = first;
    this.network = new ScriptedNetwork({ [METADATA]: { issuer: ISSUER, jwks_uri: JWKS }, [JWKS]: { keys: keys.map(({ jwk }) => jwk) }, ...network });
    const world = { clock: this.clock, log: this.log, network: this.network, random: seededRandom('tokens') };
    this.issuers = new IssuerRegister({ ...world, readJson: readIssuerJson });
    const parsed = validateConfig({
      issuers: { ...('corp' in issuers ? {} : { corp: { issuer: ISSUER, ...issuer } }), ...issuers },
      servers: { alpha: { url: 'http://127.0.0.1:1/mcp' }, beta: { url: 'http://127.0.0.1:2/mcp' }, ...servers },
      ...config,
    }, 'test');
    const { signed, opaque } = tokensOf({ store: { people: { get: () => undefined, find: () => undefined, named: () => [], page: () => [], version: () => 0, put: () => undefined }, directory: { externally: () => [], named: () => undefined, groupsOf: () => [] } }, index: new KeyIndex(), signingKeys: { current: () => ({ keys: [], published: [] }) }, replays: new ReplayGuard(), longTokens: this.longTokens, world, environment, issuers: this.issuers, denials: { againstCertificate: () => undefined, against: (facts) => this.denied(facts), againstPerson: () => undefined } }, parsed);
    this.#ways = [...signed, ...opaque];
  }

  /** Takes another configuration of the issuer, as a reload does; none without it. */
  follow(corp: Section | undefined): void {
    this.issuers.follow(issuersOf(validateConfig({ servers: { alpha: { url: 'http://127.0.0.1:1/mcp' } }, ...(corp === undefined ? {} : { issuers: { corp } }) }, 'test'), { environment: {}, managed: undefined }));
  }

  /** Good claims for `alpha`. */
  claims(more: Section = {}): Readonly<Record<string, unknown>> {
    return goodClaims(ISSUER, this.clock.nowMs(), more);
  }

  token(more: Section = {}, header: Section = {}): string {
    return this.key.sign(this.claims(more), header);
  }

  async ask(token: string, { server = 'alpha', place = 'bearer', ...request }: { readonly server?: string; readonly place?: Presented['place'] } & Partial<Shielded> = {}): Promise<Proof> {
    const shielded = aShielded({ ...request, route: aRoute({ server }) });
    for (const way of this.#ways) {
      const proof = await way.authenticate(shielded, { place, value: token });
      if (proof.kind !== 'absent') return proof;
    }
    return { kind: 'absent' };
  }

  /** The way in for signed tokens itself, with nothing around it: for measurements. */
  asker(): (token: string) => unknown {
    const [way] = this.#ways;
    const shielded = aShielded({ route: aRoute({ server: 'alpha' }) });
    return (token) => way?.authenticate(shielded, { place: 'bearer', value: token });
  }

  /** The principal of a token that is accepted. */
  async opens(token: string, how: Parameters<TokenRoom['ask']>[1] = {}): Promise<Principal> {
    const proof = await this.ask(token, how);
    if (proof.kind === 'proven') return proof.principal;
    throw new Error(proof.kind === 'rejected' ? `refused: ${proof.error.message}` : 'nobody took it');
  }

  /** The error of a token that is refused. */
  async refuses(token: string, how: Parameters<TokenRoom['ask']>[1] = {}): Promise<GatewayError> {
    const proof = await this.ask(token, how);
    if (proof.kind === 'rejected') return proof.error;
    throw new Error(`not refused: ${proof.kind}`);
  }
}
