/** Why a certificate opens nothing, in words for the record. */
export class CertificateFlaw extends Error {}
