export {CaoError, caoErrorIn, usageError} from './cao-error.js';
export {docsUrl} from './docs.js';
export {ERROR_CODES, type ErrorCode} from './codes.js';
export {DiagnosisExit, EXIT_CODE_MEANINGS, ExitCode} from './exit-codes.js';
export {
  briefly,
  hasErrorCode,
  isFileProblem,
  messageOf,
  networkReason,
  reasonOf,
  systemProblem,
  systemReason,
} from './system.js';
