import type {RegistryFile} from './registry-file.js';

/** The registry with an account under another name, in its place; as it is where that is done. */
export function registryRenamed(file: RegistryFile, {from, to}: {from: string; to: string}): RegistryFile {
  if (!file.accounts.includes(from)) return file;
  return {
    ...file,
    accounts: file.accounts.map((name) => (name === from ? to : name)),
    default_account: file.default_account === from ? to : file.default_account,
  };
}

/** The registry without an account; where that was the default, the next is. */
export function registryWithout(file: RegistryFile, name: string): RegistryFile {
  const accounts = file.accounts.filter((other) => other !== name);
  const wasDefault = file.default_account === name;
  return {...file, accounts, default_account: wasDefault ? (accounts[0] ?? null) : file.default_account};
}

/** The registry with an account, at the end where it is new; the first is the default. */
export function registryWith(file: RegistryFile, name: string): RegistryFile {
  return {
    ...file,
    accounts: file.accounts.includes(name) ? file.accounts : [...file.accounts, name],
    default_account: file.default_account ?? name,
  };
}
