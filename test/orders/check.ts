import type { Case } from "./cases.ts"
import { inWords } from "./cases.ts"
import {
  aLateRequestBeginsNothing,
  aPageThatOnlyReadsIsServed,
  everySessionCanBeReached,
  nobodyIsSignedOutButByAnEnd,
  nobodyIsToldOfAnEndThatWasNone,
  noCutTokenWorksAgain,
  noFailureClearsTheCookie,
  onlyWhoseCallsFailedFails,
  whatBeganIsThere,
  whatLayThereIsThere,
  whatWasAcknowledgedIsThere,
  whatWasLoadedBeforeALoginIsNotWrittenAfterIt,
} from "./promises.ts"
import {
  anAcknowledgedExpiryIsKept,
  anAcknowledgedUseMovesTheDeadline,
  noDeadlineThatCameIsRevived,
  noUseBringsTheEndForward,
} from "./promises-of-deadlines.ts"
import {
  anAcknowledgedEndStaysAnEnd,
  noLoginOutlivesARevocation,
  whatWasLeftEndsWithTheNewOne,
  whoSignsInAfterARevocationIsSignedIn,
} from "./promises-of-ends.ts"
import type { Trace } from "./schedule.ts"
import { type Bounds, everyOrder, type Searched, someOrder } from "./search.ts"
import { named } from "./step.ts"
import { type Story, storyOf } from "./story.ts"
import { outsideTime } from "./time.ts"
import { type World, worldOf } from "./world.ts"
import { placeOf } from "./worlds.ts"

/** What sessions promise in every order and with every fault. Each says what is wrong where it is not kept. */
const PROMISES: readonly ((story: Story) => string | undefined)[] = [
  nobodyIsSignedOutButByAnEnd,
  whatWasAcknowledgedIsThere,
  whatLayThereIsThere,
  whatBeganIsThere,
  anAcknowledgedEndStaysAnEnd,
  noLoginOutlivesARevocation,
  whatWasLeftEndsWithTheNewOne,
  whoSignsInAfterARevocationIsSignedIn,
  noCutTokenWorksAgain,
  whatWasLoadedBeforeALoginIsNotWrittenAfterIt,
  aLateRequestBeginsNothing,
  everySessionCanBeReached,
  nobodyIsToldOfAnEndThatWasNone,
  onlyWhoseCallsFailedFails,
  aPageThatOnlyReadsIsServed,
  noFailureClearsTheCookie,
  noDeadlineThatCameIsRevived,
  noUseBringsTheEndForward,
  anAcknowledgedUseMovesTheDeadline,
  anAcknowledgedExpiryIsKept,
]

/** Holds every order of a case against the promises. */
export async function searchCase(one: Case, bounds: Bounds = {}): Promise<Searched> {
  const { setUp, check } = await stageOf(one)
  return outsideTime(() => everyOrder(setUp, check, bounds))
}

/** Holds one order that chance decides against the promises. */
export async function tryCase(one: Case, random: () => number, faults: number): Promise<void> {
  const { setUp, check } = await stageOf(one)
  await outsideTime(() => someOrder(setUp, check, random, faults))
}

async function stageOf(one: Case) {
  const { parts, processes } = one
  const place = await placeOf(one.place)
  return {
    setUp: () => worldOf(place, parts, processes),
    async check(world: World, trace: Trace): Promise<void> {
      const story = await storyOf(world, parts, processes, trace)
      for (const promise of PROMISES) {
        const broken = promise(story)
        if (broken) throw new Error(`${broken}: ${inWords(one)} | ${trace.order.map(named).join(", ")}`)
      }
    },
  }
}
