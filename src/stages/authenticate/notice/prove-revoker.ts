import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHeaders } from '../../../model/exchange.ts';
import type { NoticeRules } from '../../../model/token/notice.ts';

const BASIC = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The two parts of Basic, each written as in a form (RFC 6749 §2.3.1). */
const partsOf = (header: string): readonly string[] => {
  const text = Buffer.from(BASIC.exec(header)?.[1] ?? '', 'base64').toString();
  const colon = text.indexOf(':');
  return colon < 0 ? [] : [text.slice(0, colon), text.slice(colon + 1)].map((part) => new URLSearchParams(`x=${part}`).get('x') ?? '');
};

/** Whether whoever revokes tokens knows the secret that was agreed with the issuer (RFC 7009 §2.1); a wrong one takes as long as a right one. */
export const isRevoker = (headers: RequestHeaders, { revoker }: NoticeRules): boolean => {
  const [clientId = '', secret = ''] = partsOf(headers['authorization'] ?? '');
  if (revoker === undefined) return false;
  const [sameId, sameSecret] = [timingSafeEqual(digest(clientId), digest(revoker.clientId)), timingSafeEqual(digest(secret), digest(revoker.clientSecret.reveal()))];
  return sameId && sameSecret && secret !== '';
};
