import type {DoctorCheck} from '../contract/index.js';
import {configCheck} from '../plugins/checks/config.js';
import {daemonCheck} from '../plugins/checks/daemon.js';
import {filesCheck} from '../plugins/checks/files.js';
import {identitiesCheck} from '../plugins/checks/identities.js';
import {loginStoreCheck} from '../plugins/checks/login-store.js';
import {loginsCheck} from '../plugins/checks/logins.js';
import {machineCheck} from '../plugins/checks/machine.js';
import {networkCheck} from '../plugins/checks/network.js';
import {recordCheck} from '../plugins/checks/record.js';
import {routingCheck} from '../plugins/checks/routing.js';

/** The built-in doctor checks. */
export default function doctorChecks(): DoctorCheck[] {
  return [
    loginsCheck,
    recordCheck,
    identitiesCheck,
    loginStoreCheck,
    filesCheck,
    configCheck,
    daemonCheck,
    networkCheck,
    routingCheck,
    machineCheck,
  ];
}
