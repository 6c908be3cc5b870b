import type {DoPieces} from '../overview/progress.js';
import {runTasks} from '../ui/tasks.js';

/** Shows each piece as a step of a list on stderr. */
export const doOnScreen: DoPieces = async (pieces, {sideBySide}) => {
  const tasks = pieces.map(({title, leaveOut, work}) => ({
    title,
    skip: () => leaveOut?.() ?? false,
    task: (_: object, task: {title: string | undefined}) => work((said) => (task.title = said)),
  }));
  await runTasks({}, tasks, {json: false, concurrent: sideBySide});
};
