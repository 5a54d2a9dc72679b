export { type Passage, testDocument, titlesIn } from './document.ts'
export type { Names } from './recording.ts'
export {
  type Harness,
  play,
  type Recorded,
  recordedAnswers,
  type Scenario,
  scenariosIn,
  scenariosOf,
  sendTo,
} from './scenario.ts'
