import { github } from './github.ts';
import { google } from './google.ts';
import { oidc } from './oidc.ts';

/** Every kind of identity provider. */
export const identityKinds = [github, google, oidc] as const;
