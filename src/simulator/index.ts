export {SimulatedAccount} from './account/account.js';
export type {Answer, AnswerFunction} from './server/answers.js';
export {answerFromPrompt} from './server/answers.js';
export * from './model/disturbances.js';
export {readEncryptedContent, type EncryptedContent} from './model/encrypted.js';
export {simulatedConfig, simulatedEnvironment, writeSimulatedHome} from './account/home.js';
export {mintJwt, readClaims} from './account/jwt.js';
export type {Prompt} from './model/prompt.js';
export type {RecordedRequest} from './server/request-log.js';
export type {Place, Rule, RuleOptions} from './model/script.js';
export {startSimulator, type Simulator} from './server/simulator.js';
export type {
  SimulatedAccountSpec,
  SimulatedWindow,
  SimulatedWindows,
  SimulatorOptions,
} from './model/spec.js';
export type {TokenSet} from './account/tokens.js';
export {readTurnState} from './model/turn-state.js';
