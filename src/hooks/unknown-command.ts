import type {Hook} from '@oclif/core';
import {closest, distance} from 'fastest-levenshtein';

import {usageError} from '../errors/index.js';

/** Further away than this, a suggestion would only puzzle. */
const FARTHEST = 3;

/** Unknown commands are wrong usage like any other: exit 2, JSON when asked, never a question. */
const hook: Hook.CommandNotFound = function ({id, config}) {
  const typed = id.replaceAll(':', ' ');
  const known = config.commands
    .filter((command) => !command.hidden)
    .map((command) => command.id.replaceAll(':', ' '));
  const nearest = closest(typed, known);
  const suggestions = distance(typed, nearest) <= FARTHEST ? [`Did you mean: ${config.bin} ${nearest}`] : [];
  // oclif takes the words after a command that has no arguments for the rest of its name.
  const begun = known.find((name) => typed.startsWith(`${name} `));
  if (begun !== undefined && suggestions.length === 0) {
    throw usageError(
      `${config.bin} ${begun} takes no argument "${typed.slice(begun.length + 1)}" there.`,
      `All it takes: ${config.bin} ${begun} --help`,
    );
  }
  throw usageError(
    `There is no command "${config.bin} ${typed}".`,
    ...suggestions,
    `All commands: ${config.bin} help`,
  );
};

export default hook;
