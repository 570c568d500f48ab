import { hash } from 'node:crypto';

/** Three parts of base64url (RFC 7515 §7.1): all but the last is what was signed. */
const SIGNED = /^([\w-]+\.[\w-]+\.)[\w-]*$/;

/**
 * By what a token is denied that has no other name: of a signed one only what was signed, because an ECDSA signature can be written in a
 * second form, and that would be another text of the same token.
 * @returns SHA-256, base64url
 */
export const tokenDigest = (token: string): string => hash('sha256', SIGNED.exec(token)?.[1] ?? token, 'base64url');
