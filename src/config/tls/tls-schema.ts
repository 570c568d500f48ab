import { z } from 'zod';

const file = z.string().min(1).max(4_096).transform((text) => (text.startsWith('file:') ? text.slice('file:'.length) : text));

/** One file, or several. */
const files = z.union([file.transform((one): readonly string[] => [one]), z.array(file).min(1)]);

const shape = z.strictObject({
  cert: file.describe('File with the certificate of the listener in PEM, and behind it those of its intermediate issuers, each followed by its own issuer. Names of files are relative to this one.'),
  key: file.describe('File with the private key of the certificate, in PEM and without a passphrase.'),
  ca: files.optional().describe('Files with the certificates, in PEM, of those whose client certificates are good.'),
  requestCert: z.boolean().optional().describe('Whether clients are asked for a certificate; they are where `ca` is given, unless this says no.'),
  rejectUnauthorized: z.boolean().optional().describe('Whether a client without a good certificate is refused in the handshake, which is the default. With `false` the connection is made, and each request gets 401.'),
  staple: z.boolean().prefault(false).describe('Whether what the responder of the certificate says of it (OCSP) is stapled to handshakes. Its issuer must be behind it in `cert`, and what is not https on the public internet must be named in `fetch.allow`.'),
  observe: z.boolean().prefault(false).describe('Asks for certificates, uses good ones, records what is wrong with others, and refuses nobody for theirs: for a listener that is to ask for them later, or that has other ways in.'),
});

type Shape = z.infer<typeof shape>;

const faultsOf = ({ ca, requestCert, rejectUnauthorized, observe }: Shape): readonly { readonly path: string; readonly message: string }[] => [
  ...(requestCert === true && ca === undefined ? [{ path: 'requestCert', message: 'is true, and nobody is named whose certificates are good: name the files under ca' }] : []),
  ...(requestCert === false && (observe || rejectUnauthorized === true) ? [{ path: 'requestCert', message: 'is false, and certificates are spoken of besides: leave it out' }] : []),
  ...(ca === undefined && (observe || rejectUnauthorized !== undefined) ? [{ path: 'ca', message: 'is missing: name the files with the certificates of those who issue client certificates' }] : []),
  ...(observe && rejectUnauthorized === true ? [{ path: 'observe', message: 'refuses nobody, and rejectUnauthorized refuses: leave one out' }] : []),
];

/** TLS of a listener, by the names that Node gives its settings (R20). */
export const tlsSchema = shape.superRefine((entry, context) => {
  for (const { path, message } of faultsOf(entry)) context.addIssue({ code: 'custom', path: [path], message });
});

export type TlsConfig = z.infer<typeof tlsSchema>;
