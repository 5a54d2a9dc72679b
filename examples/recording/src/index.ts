export { type Passage, testDocument, titlesIn } from './document.ts'
export type { Names } from './recording.ts'
export { play, type Recorded, recordedAnswers, type Scenario, type Stage, scenariosIn } from './scenario.ts'
