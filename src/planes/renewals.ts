import type { CertificateRenewal } from '../ports/certificate-renewal.ts';

/** Who renews the certificates of clients: nobody, unless the configuration that is in force names an authority. */
export class Renewals {
  #authority: CertificateRenewal | undefined;

  get authority(): CertificateRenewal | undefined {
    return this.#authority;
  }

  /** Takes who renews from now on. */
  follow(authority: CertificateRenewal | undefined): void {
    this.#authority = authority;
  }
}
