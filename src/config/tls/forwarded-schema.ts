import { z } from 'zod';
import { isNetwork } from '../../model/networks.ts';

const file = z.string().min(1).max(4_096);

/** Certificates that a proxy in front has seen. */
export const forwardedSchema = z.strictObject({
  header: z.enum(['client-cert', 'x-forwarded-client-cert']).describe('Where the proxy writes the certificate: `client-cert` (RFC 9440), or `x-forwarded-client-cert` as Envoy does, with the certificate in it.'),
  from: z.array(z.string().refine(isNetwork, 'is neither an address nor a CIDR range without bits of a host, such as 10.0.0.0/8')).min(1).describe('Addresses from which the proxy connects.'),
  secret: z.string().regex(/^(?:env|file):./, 'must be a reference, such as env:NAME or file:/path: a secret does not belong in the file').optional().describe('What the proxy sends in the header `Sallyport-Proxy-Secret`, as a reference: `env:NAME` or `file:/path`.'),
  proxies: z.array(z.string().transform((text) => text.replaceAll(':', '').toLowerCase()).pipe(z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 fingerprint'))).min(1).optional().describe('SHA-256 fingerprints of the certificates with which the proxy connects, where the listener asks for certificates.'),
  ca: z.union([file.transform((one): readonly string[] => [one]), z.array(file).min(1)]).describe('Files with the certificates of those whose client certificates are good; the gateway verifies that itself, too.'),
  required: z.boolean().prefault(false).describe('Whether each request is refused for which the proxy forwards no good certificate.'),
}).refine(({ secret, proxies }) => secret !== undefined || proxies !== undefined, { message: 'is proven by an address alone, which others may have too: add secret or proxies' });

export type ForwardedConfig = z.infer<typeof forwardedSchema>;
