//! `pgtools(7)`: the family on one page.

use super::page::about;
use super::roff::Page;
use record::EXIT;

const PIPELINES: &str = "\
A plan, its run, and why the run took as long as it did:

    pgplan module.yaml | pgrun -j8 | pgstat

     module.yaml         operations            events
          |                  |                   |
       pgplan  ---------->  pgrun  ---------->  pgstat
     puts them            runs them           explains
     in order             within limits       the run

One at a time, whoever asks: an operation's `locks` and `pglock` in another terminal exclude \
each other.

    pgrun  ---.                      .---  pglock vm1 -- command
               >--  the lock vm1  --<
    pgrun  ---'                      '---  pglock vm1 -- command

What a run did, and what the machine and its processes did meanwhile:

    pgmon -o samples.ndjson -- pgrun --ops plan.ndjson >run.ndjson
    pgstat run.ndjson samples.ndjson

In scripts, `set -o pipefail` keeps a failure on the left from being lost. A plan with an error \
prints nothing, so that nothing of it runs; one that is cut off on the way is not run either. \
`pgstat` itself exits 1 where the events tell of failures or end too early.";

const WORDS: &str = "\
operation  What is to be run, once, with its needs; `op` for short. A job of GNU parallel.
attempt  One spawn of an operation; repetitions are further attempts.
slot  A place to run. The smallest free number is taken first.
needs  Operations that must succeed before.
level  1 + the greatest level of an operation's needs. Levels are for people; nothing waits \
for a level to end.
barrier  A record that runs nothing and ends when its needs have ended.
critical path  The chain of needs with the greatest sum of durations.
slack  How much later an operation may start without making the plan longer.
makespan  From the beginning of a plan or run to its end.
resource  A named amount with a capacity: memory, network, anything.
lock  A named mutex or counting semaphore.
mode  One of several ways to do an operation.
throttle  What admits an operation now or says when.
holder, waiter  Who has a lock, and who wants it.
sample, rate  One reading; the difference of two over time.
event  A record about what happened.
finding  A conclusion with the number that fired it.
result  One of `success`, `failure`, `error`, `timeout`, `cancellation`, `skip`.";

const FILES: &str = "\
Nothing needs a configuration file or a daemon. The place of locks depends on machine and user \
only, so that a terminal and a timer of the same user meet: `$PG_LOCK_DIR` if it is set, else \
`/run/lock/pgtools-UID` where `/run/lock` is writable for everybody and sticky, else \
`/var/tmp/pgtools-UID`. The kernel holds a lock for the work it protects and frees it when that \
work has died; holder records beside it are for people. `pglock --dir`, `pglock --system` and \
`pgrun --lock-dir` name another place.";

const ENVIRONMENT: &str = "\
NO_COLOR  If it is set and not empty, nothing is coloured unless `--color always` is given.
PG_LOCK_DIR  Where locks are; see FILES.
PG_RUN  Given to the commands of `pgrun`: the name of the run. A run inside a run has both \
names, joined by a slash.
PG_LOCK_TOKEN  Given to commands that hold locks: see `pglock`(1).";

const STREAMS: &str = "\
Results go to standard output, talk to standard error. Unless they are asked for, colour and \
progress appear on a terminal only. `-` names standard input. Arguments, output and paths are bytes and need not be UTF-8.";

/// The page.
pub fn page() -> String {
    let mut page = Page::new("pgtools", 7);
    page.name("pgtools", "plan, run, lock, watch and explain parallel work in the shell");
    page.section("DESCRIPTION");
    page.prose("Five programs that exchange records (see `pg-record`(5)) through pipes:");
    for tool in tool::tools() {
        page.item(&format!("{}(1)", tool.name), &about(&(tool.command)()));
    }
    page.section("PIPELINES");
    page.prose(PIPELINES);
    page.section("STREAMS");
    page.prose(STREAMS);
    page.section("WORDS");
    page.prose(WORDS);
    page.section("FILES");
    page.prose(FILES);
    page.section("ENVIRONMENT");
    page.prose(ENVIRONMENT);
    page.section("EXIT STATUS");
    page.prose("One table for the family; the programs for which a row holds stand after it.");
    for row in EXIT {
        let holds = if row.tools.len() == tool::tools().len() {
            "all".to_string()
        } else {
            row.tools.join(", ")
        };
        page.item(row.status, &format!("{} ({holds})", row.meaning));
    }
    page.section("SEE ALSO");
    let names: Vec<String> = tool::tools().iter().map(|t| format!("`{}`(1)", t.name)).collect();
    page.prose(&format!("{}, `pg-record`(5)", names.join(", ")));
    page.finish()
}
