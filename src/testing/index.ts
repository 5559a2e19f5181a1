export {
  adapterLaws,
  type LawData,
  type LawEngine,
  type LawHandler,
  type LawResponse,
  type Serve,
} from "./adapter-laws.ts"
export { type OpenedStore, storeLaws, type TestRunner } from "./store-laws.ts"
