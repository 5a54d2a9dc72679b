/** What this example guards. */
export interface Customer {
  readonly id: string
  readonly type: 'individualCustomer'
  readonly attributes: { readonly fullName: string; readonly status: 'Active' | 'Archived' }
}

export interface Customers {
  list(): readonly Customer[]
  /** `null` for a customer that does not exist. */
  archive(id: string): Customer | null
}

const NAMES = ['Ada Lovelace', 'Mary Somerville']

/** Forgotten with the process. */
export function customers(): Customers {
  const all = new Map(NAMES.map((fullName, index) => [String(index + 1), customer(String(index + 1), fullName)]))
  return {
    list: () => [...all.values()],
    archive(id) {
      const present = all.get(id)
      if (present === undefined) return null
      const archived: Customer = { ...present, attributes: { ...present.attributes, status: 'Archived' } }
      all.set(id, archived)
      return archived
    },
  }
}

function customer(id: string, fullName: string): Customer {
  return { id, type: 'individualCustomer', attributes: { fullName, status: 'Active' } }
}
