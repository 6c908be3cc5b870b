/** What a variable is about; docs/environment.md has a section for each. */
export const ENVIRONMENT_SUBJECTS = {
  cao: 'Settings of cao',
  codex: "Codex's surroundings, read as Codex reads them",
  terminal: 'The terminal',
  credentials: 'Kept from Codex',
  children: 'Given to programs that cao starts',
} as const;

/** An environment variable that `cao` reads, sets, or takes away from a program that it starts. */
type EnvironmentVariable = {
  subject: keyof typeof ENVIRONMENT_SUBJECTS;
  /** What it does, one or two sentences of Markdown. */
  what: string;
  /** Who reads it, where that is not cao's own code. */
  through?: 'Node.js' | 'oclif' | 'ansis' | 'the HTTP client';
};

/** Every environment variable that is of consequence to `cao`, by its name. docs/environment.md is made of this table. */
export const ENVIRONMENT: Record<string, EnvironmentVariable> = {
  CAO_HOME: {
    subject: 'cao',
    what: 'The data folder with accounts and settings, unless `--data-dir` names one. Default: `~/.codex-account-orchestrator`.',
  },
  CAO_SAFE_MODE: {
    subject: 'cao',
    what: '`1` runs a command without any plugin, should one get in the way.',
  },
  CAO_NPM_REGISTRY: {
    subject: 'cao',
    through: 'oclif',
    what: 'The npm registry that plugins are installed from. Default: the one that npm is configured for.',
  },
  CAO_DATA_DIR: {
    subject: 'cao',
    through: 'oclif',
    what: 'Where plugins are installed. Default: `cao` in `XDG_DATA_HOME`. Accounts do not lie there: see `CAO_HOME`.',
  },
  XDG_DATA_HOME: {
    subject: 'cao',
    through: 'oclif',
    what: 'The folder of `cao/`, where plugins are installed. Default: `~/.local/share`, on Windows `LOCALAPPDATA`.',
  },
  XDG_CACHE_HOME: {
    subject: 'cao',
    through: 'oclif',
    what: 'The folder of `cao/`, where completion of the shell keeps its lists. Default: `~/.cache`.',
  },
  HOME: {
    subject: 'cao',
    through: 'Node.js',
    what: 'Your home folder (`USERPROFILE` on Windows), which `~` stands for on this page.',
  },
  PATH: {
    subject: 'cao',
    what: 'Where the Codex CLI is looked for, unless `--codex` names it.',
  },
  DEBUG: {
    subject: 'cao',
    what: '`*` shows what happens inside, and where an unexpected error happened, on stderr.',
  },

  CODEX_HOME: {
    subject: 'codex',
    what: 'Your own Codex home, which `gateway enable`, `gateway disable`, `share` and `doctor` look at. Default: `~/.codex`. A Codex that cao starts gets the home of its account instead.',
  },
  CODEX_CA_CERTIFICATE: {
    subject: 'codex',
    what: 'A file of certificates (PEM) that are trusted beside the usual ones, for the backend.',
  },
  SSL_CERT_FILE: {subject: 'codex', what: 'The same, where `CODEX_CA_CERTIFICATE` is not set.'},
  HTTPS_PROXY: {
    subject: 'codex',
    what: 'The proxy for the backend. Proxy variables are also read in lower case, where they are not set in upper case, and from the `.env` in an account’s home, which comes first. One that is set to a SOCKS proxy, or to no address, has `cao` itself send nothing, as Codex sends some requests directly then.',
  },
  HTTP_PROXY: {
    subject: 'codex',
    what: 'The proxy for a backend that is reached without TLS.',
  },
  ALL_PROXY: {
    subject: 'codex',
    what: 'The proxy where `HTTPS_PROXY` or `HTTP_PROXY` is not set.',
  },
  NO_PROXY: {
    subject: 'codex',
    what: 'Hosts that are reached without a proxy, separated by commas: names with all below them, addresses, CIDR ranges, or `*`. A Codex that is led to a gateway on this machine gets `127.0.0.1`, `localhost` and `::1` beside them.',
  },
  CODEX_REFRESH_TOKEN_URL_OVERRIDE: {
    subject: 'codex',
    what: 'Where tokens are refreshed, instead of at the provider. Made for tests.',
  },
  CODEX_AUTHAPI_BASE_URL: {
    subject: 'codex',
    what: 'Where it is asked whose a personal access token is, instead of at the provider. Made for tests.',
  },

  NO_COLOR: {subject: 'terminal', what: 'Anything but an empty value turns colours off.'},
  FORCE_COLOR: {
    subject: 'terminal',
    through: 'ansis',
    what: 'On a terminal, how many colours are used: `0` none, `1` 16, `2` 256, `3` all.',
  },
  TERM: {subject: 'terminal', what: '`dumb` means no colours, plain steps, and bars in ASCII.'},
  LC_ALL: {
    subject: 'terminal',
    what: 'The locale, else `LC_CTYPE`, else `LANG`: bars are drawn in ASCII where it is not UTF-8.',
  },
  LC_CTYPE: {subject: 'terminal', what: 'See `LC_ALL`.'},
  LANG: {subject: 'terminal', what: 'See `LC_ALL`.'},
  TZ: {subject: 'terminal', through: 'Node.js', what: 'The time zone in which times are shown.'},

  CODEX_ACCESS_TOKEN: {
    subject: 'credentials',
    what: "Would win over the account's login, so Codex does not get it, nor does npm with the packages of plugins; `doctor` tells of it.",
  },
  CODEX_API_KEY: {
    subject: 'credentials',
    what: 'The same. For a Codex that you start yourself, the gateway takes the secret of `cao gateway token` in it.',
  },
  OPENAI_API_KEY: {subject: 'credentials', what: 'The same.'},
  OPENAI_BASE_URL: {
    subject: 'credentials',
    what: 'Left as it is, and without effect: Codex does not read it. `doctor` says so.',
  },

  CODEX_SQLITE_HOME: {
    subject: 'children',
    what: 'Where a Codex keeps its databases. Yours is taken away; an account that shares its threads gets that of the shared home.',
  },
  HUSKY: {subject: 'children', what: '`0` for npm when it installs a plugin: no git hooks of a package.'},
  npm_config_update_notifier: {subject: 'children', what: '`false` for npm when it installs a plugin.'},
  CAO_DEMO_BACKEND: {
    subject: 'children',
    what: 'The simulated backend, for the stand-in of `cao demo` where there is no Codex.',
  },
};
