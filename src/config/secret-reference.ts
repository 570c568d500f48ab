import { z } from 'zod';
import { secretBackends } from '../adapters/secrets/list.ts';

const SCHEMES = ['env', 'file', ...secretBackends.map(({ scheme }) => scheme)];

/** A setting that is a secret, and may only say where it is. */
export const secretReference = z.string().regex(new RegExp(`^(?:${SCHEMES.join('|')}):.`), 'must be a reference, such as env:NAME or file:/path: a secret does not belong in the file');
