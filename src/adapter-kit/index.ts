export { gate } from "./gate.ts"
export type { NodeResponse } from "./gate-type.ts"
export { isOfTheAnswer, layHeaders, withHeaders } from "./headers.ts"
export { answerIn } from "./thrown.ts"
