export { type StoreContractCase, storeContract } from './store-contract/store-contract.ts'
