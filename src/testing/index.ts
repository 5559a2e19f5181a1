export { type OpenedStore, storeLaws, type TestRunner } from "./store-laws.ts"
