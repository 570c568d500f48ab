import type { Reply, Shielded } from '../../model/exchange.ts';
import { PATHS } from '../paths.ts';
import type { AuthorityRouted } from '../requests/destination.ts';
import { localPath, type BrowserVisits } from './browser-visits.ts';
import type { ProvenLogins } from './proven-logins.ts';
import type { SignIn } from './sign-in.ts';

export interface LoginNeeds {
  readonly signIn: SignIn;
  readonly proven: ProvenLogins;
  readonly visits: BrowserVisits;
  readonly accountOf: (personId: string) => string;
  /** @throws GatewayError for a form of another page */
  readonly requireOwnPage: (asked: Shielded) => void;
}

/** What has to do with identity providers: to one and back, and what a browser has of it (R6, R7, R9, R10). */
export const buildLogin = ({ signIn, proven, visits, accountOf, requireOwnPage }: LoginNeeds): ((asked: AuthorityRouted & Shielded) => Promise<Reply>) => {
  const back = async (asked: AuthorityRouted & Shielded): Promise<Reply> => {
    const signedIn = await signIn.finish(asked, asked.destination.provider);
    const { purpose, person, origin, clear } = signedIn;
    if (purpose.kind === 'browser') return visits.welcome(signedIn);
    return { kind: 'whole', status: 303, headers: { Location: `${PATHS.interaction}/${purpose.uid}`, 'Cache-Control': 'no-store', 'Referrer-Policy': 'no-referrer' }, body: '', cookies: [clear, proven.put(purpose.uid, { accountId: accountOf(person.id), origin })] };
  };
  return async (asked) => {
    const { endpoint, provider = '' } = asked.destination;
    switch (endpoint) {
      case 'idp-start':
        return signIn.begin(provider, { kind: 'browser', next: localPath(new URLSearchParams(asked.query).get('next')) });
      case 'idp-callback':
        return back(asked);
      case 'leave':
        requireOwnPage(asked);
        return visits.leave(asked);
      default:
        return visits.profile(asked);
    }
  };
};
