declare module 'fs-native-extensions' {
  /** Takes an advisory lock on the open file; false when another description holds it. The kernel frees it on close. */
  export function tryLock(fd: number): boolean;
  export function unlock(fd: number): void;
}
