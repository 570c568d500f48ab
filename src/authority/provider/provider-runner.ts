import type OidcProvider from 'oidc-provider';
import type { Interaction } from 'oidc-provider';
import { GatewayError } from '../../errors/gateway-error.ts';
import type { Reply } from '../../model/exchange.ts';
import { ProviderRequest, type Asked, type Noted } from '../exchange/provider-request.ts';
import { ProviderResponse } from '../exchange/provider-response.ts';
import type { Redeemed } from '../requests/parameters.ts';
import type { SigningKeys, SigningSet } from '../keys/signing-keys.ts';
import { Records } from '../records/records.ts';
import type { ProviderNeeds } from './provider-needs.ts';

/** What the provider has answered, and what it said of the request. */
export interface Answered {
  readonly reply: Extract<Reply, { readonly kind: 'whole' }>;
  readonly noted: Noted;
}

export type RunnerNeeds = Omit<ProviderNeeds, 'keys'> & { readonly signingKeys: Pick<SigningKeys, 'current'> };

type Request = Omit<Asked, 'issuer'>;

/** Asks the provider; it is loaded when it is asked first, and made anew when the keys have changed. */
export class ProviderRunner {
  readonly #needs: RunnerNeeds;
  readonly #issuer: URL;
  readonly #redeemed: Readonly<Record<Redeemed['kind'], Records>>;
  #made: { readonly set: SigningSet; readonly provider: Promise<OidcProvider> } | undefined;

  constructor(needs: RunnerNeeds) {
    this.#needs = needs;
    this.#issuer = new URL(needs.rules.issuer);
    this.#redeemed = { AuthorizationCode: new Records('AuthorizationCode', needs), RefreshToken: new Records('RefreshToken', needs), DeviceCode: new Records('DeviceCode', needs) };
  }

  get provider(): Promise<OidcProvider> {
    const set = this.#needs.signingKeys.current();
    if (this.#made?.set !== set) this.#made = { set, provider: import('./provider.ts').then(({ buildProvider }) => buildProvider({ ...this.#needs, keys: set.keys })) };
    return this.#made.provider;
  }

  /** Hands a request to the provider and waits for its answer. */
  async run(request: Request): Promise<Answered> {
    const provider = await this.provider;
    const [asked, response] = [new ProviderRequest({ ...request, issuer: this.#issuer }), new ProviderResponse()];
    await provider.callback()(asked, response);
    return { reply: response.toReply(), noted: asked.noted };
  }

  /** The question that a person was sent to, by the cookie of the browser. @throws GatewayError `login.expired` */
  async question(request: Request): Promise<{ readonly question: Interaction; readonly finish: (result: object) => Promise<Reply> }> {
    const provider = await this.provider;
    const [asked, response] = [new ProviderRequest({ ...request, issuer: this.#issuer }), new ProviderResponse()];
    const question = await provider.interactionDetails(asked, response).catch((cause: unknown) => {
      throw new GatewayError('login.expired', { reason: cause instanceof Error ? cause.message : 'no question', cause });
    });
    const finish = async (result: object): Promise<Reply> => {
      const location = await provider.interactionResult(asked, response, result, { mergeWithLastSubmission: false });
      return { kind: 'whole', status: 303, headers: { Location: location, 'Cache-Control': 'no-store' }, body: '', cookies: response.cookies };
    };
    return { question, finish };
  }

  /** Whose something is that is redeemed; undefined when it is none of ours. */
  accountOf({ kind, value }: Redeemed): string | undefined {
    return this.#redeemed[kind].find(value)?.account;
  }

  /** The resources that a code or refresh token is good for; undefined when it is none of ours. */
  resourcesOf({ kind, value }: Redeemed): readonly string[] | undefined {
    const records = this.#redeemed[kind];
    const found = records.find(value);
    if (found === undefined) return undefined;
    const { resource } = records.open(found);
    return (Array.isArray(resource) ? resource : [resource]).filter((one) => typeof one === 'string');
  }
}
