import { z } from 'zod';

export const teams = ['Engineering', 'Sales', 'Finance'] as const;

export const customerSchema = z.object({
  id: z.string().describe('Customer id, such as cust_001'),
  name: z.string().describe('Company name'),
  contact: z.string().describe('Person to talk to'),
  email: z.string().describe("The contact's email address"),
  team: z.enum(teams).describe('Team that owns the customer'),
  plan: z.enum(['starter', 'business', 'enterprise']).describe('What the customer pays for'),
  status: z.enum(['trial', 'active', 'paused', 'churned']).describe('Where the customer stands'),
  since: z.string().describe('Date of the first contract'),
  notes: z.string().describe('What a colleague should know before calling'),
});

export type Customer = z.infer<typeof customerSchema>;

/** Invented, and the same at every start: addresses under example.com and example.org belong to nobody (RFC 2606). */
export const startingCustomers: readonly Customer[] = [
  {
    id: 'cust_001', name: 'Fernhill Logistics', contact: 'Amara Okafor', email: 'amara@fernhill.example.com',
    team: 'Sales', plan: 'enterprise', status: 'active', since: '2022-03-14',
    notes: 'Renews in March. Wants one invoice for all five depots.',
  },
  {
    id: 'cust_002', name: 'Brightwater Clinics', contact: 'Jonas Lindqvist', email: 'jonas@brightwater.example.org',
    team: 'Sales', plan: 'business', status: 'active', since: '2023-09-01',
    notes: 'Happy with support. Asks for a price on 40 more seats.',
  },
  {
    id: 'cust_003', name: 'Kestrel Robotics', contact: 'Mei-Ling Tan', email: 'meiling@kestrel.example.com',
    team: 'Engineering', plan: 'enterprise', status: 'active', since: '2021-11-22',
    notes: 'Design partner for the new API. Speaks to our engineers every Thursday.',
  },
  {
    id: 'cust_004', name: 'Old Mill Bakeries', contact: 'Tomasz Zieliński', email: 'tomasz@oldmill.example.com',
    team: 'Sales', plan: 'starter', status: 'trial', since: '2026-10-05',
    notes: 'The trial ends soon. Call before noon; the ovens are loud later.',
  },
  {
    id: 'cust_005', name: 'Tidewater Credit Union', contact: 'Grace Whitfield', email: 'grace@tidewater.example.org',
    team: 'Finance', plan: 'enterprise', status: 'paused', since: '2020-06-30',
    notes: 'Paused while their auditors review the contract. Finance leads.',
  },
  {
    id: 'cust_006', name: 'Lumen and Oak Architects', contact: 'Rafael Duarte', email: 'rafael@lumenoak.example.com',
    team: 'Engineering', plan: 'business', status: 'active', since: '2024-02-19',
    notes: 'Runs our software on its own servers. Needs notice before upgrades.',
  },
  {
    id: 'cust_007', name: 'Palisade Games', contact: 'Ines Moreau', email: 'ines@palisade.example.com',
    team: 'Engineering', plan: 'business', status: 'churned', since: '2023-01-09',
    notes: 'Left for a cheaper tool in spring, and said the door stays open.',
  },
  {
    id: 'cust_789', name: 'Harbour Street Books', contact: 'Noor Haddad', email: 'noor@harbourstreet.example.org',
    team: 'Finance', plan: 'starter', status: 'active', since: '2025-05-27',
    notes: 'Pays late but pays. Two invoices are open.',
  },
];

/** The customers while the server runs; every change is forgotten when it ends. */
export class CustomerBook {
  readonly #byId = new Map(startingCustomers.map((customer) => [customer.id, customer]));

  all(): Customer[] {
    return [...this.#byId.values()];
  }

  find(id: string): Customer | undefined {
    return this.#byId.get(id);
  }

  idsStartingWith(typed: string): string[] {
    return [...this.#byId.keys()].filter((id) => id.startsWith(typed));
  }

  put(customer: Customer): void {
    this.#byId.set(customer.id, customer);
  }

  remove(id: string): void {
    this.#byId.delete(id);
  }
}
