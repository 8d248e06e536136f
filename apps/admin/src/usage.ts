export const USAGE = `Usage: npm run admin -- <command> [options]

  migrate
      Create the database if there is none, and apply what migrations it lacks.

  audit
      Check the invariants over the whole database, each with the number of its violations and a few of their ids.
      It only reads, in one snapshot, and may run beside a live fleet; 1 when a rule is broken.

  create-account --name NAME [--tier free|paid] [--max-running N] [--max-queued N]
      A tenant with a webhook secret of its own, which is printed once.
      free (default): 1 mission at a time and 10,000 queued; paid: 10 and 100,000; the options say otherwise.

  set-limits --account NAME_OR_ID [--max-running N] [--max-queued N]
      Changes what an account may have running at once and queued. Raised, the next sweep wakes who waited for it;
      lowered, it stops nobody.

  create-key --account NAME_OR_ID [--name NAME] [--scopes a,b]
      An API key, which is printed once. Scopes: missions:read, missions:write, keys:admin (default: all).

  create-pool --name NAME
      A pool that missions may name. Workers serve it that have it in WORKER_POOLS.

  list-pools
      The pools there are.

  reseal
      Seals every stored secret with the first of FLOTILLA_ENCRYPTION_KEYS that another of them sealed; then that
      other one may go. 1 when there are secrets that none of them opens.

Options of every command:
  --json       print the result as one line of JSON
  -h, --help   this text

Environment:
  DATABASE_URL               the database
  DATABASE_DIRECT_URL        the same without a pooler, for migrate (default: DATABASE_URL)
  FLOTILLA_ENCRYPTION_KEYS   for create-account and reseal: the same as for api and worker`;
