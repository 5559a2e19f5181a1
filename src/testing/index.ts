export {
  adapterLaws,
  type LawData,
  type LawHandler,
  type LawResponse,
  type OpenedEngine,
  type Serve,
} from "./adapter-laws.ts"
export { type OpenedStore, storeLaws, type TestRunner } from "./store-laws.ts"
