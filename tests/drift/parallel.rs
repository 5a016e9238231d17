//! `pgrun-parallel(7)`: option by option, what becomes of GNU parallel's and xargs's
//! command lines.

use super::parallel_rows::{How, Row, SECTIONS, XARGS};
use super::roff::Page;
use crate::none_of;
use clap::Arg;

const ABOUT: &str = "\
`pgrun` takes GNU parallel's place in three ways: under its own name, through a link named \
`parallel` or `sem`, and through a link named `xargs` that takes the place of xargs. \
`scripts/install-links DIR` makes the links. The versions compared are GNU parallel 20221122 and \
findutils 4.9.

Through the links options may be abbreviated, standard input is always lines, profiles are read, \
jobs are ended within 0.35 s, and signals and exit statuses are those of the program whose place \
is taken. Under its own name `pgrun` reads operations where its input is that, and `-C`, `-s` \
and `-v` mean `--chdir`, `--quiet` and `--verbose`.";

const DIFFERENT: &str = "\
Two habits of GNU parallel are not taken over. A replacement inside of quotes is quoted for that \
place: `parallel 'echo \"{}\"' ::: 'a b'` prints a b, where GNU parallel prints 'a b' with the \
quotes that it adds itself. And nothing is ever written to or read from /dev/tty for progress: without a \
terminal `--bar` prints a few plain lines on standard error.

Where the argument stands in a place that no quoting can make safe (backquotes, here-documents, \
${...}) the command is refused with the remedy, and in ((...)) only an integer is taken, where GNU parallel would run a part of the \
argument as a command.";

/// A row a signal or a status; a column a name.
const ENDING: &[(&str, &str)] = &[
    (
        "INT, TERM",
        "`parallel`, `sem`: the jobs' whole trees are ended, status 255. `pgrun`, `xargs`: the same, and it dies of the signal. A second one kills at once",
    ),
    (
        "HUP",
        "`parallel`, `sem`: what runs is let end, nothing more is started, the running jobs are listed. `pgrun`, `xargs`: as TERM",
    ),
    (
        "USR1",
        "`parallel`, `sem`: lists the running jobs on standard error. `pgrun`, `xargs`: one slot more",
    ),
    (
        "USR2",
        "`parallel`, `sem`: says how far it is. `pgrun`, `xargs`: one slot fewer, never less than one",
    ),
    ("QUIT", "every name: what runs and what waits for what, on standard error"),
    (
        "PIPE",
        "every name: where the reader of standard output has gone, the jobs are ended and it dies of the signal",
    ),
    ("0", "every name: all went well; `--halt` with success that was tripped"),
    ("1-100, 101", "`pgrun`, `parallel`: that many jobs failed, 101 for more than 100"),
    (
        "a rule of --halt",
        "tripped by one job: that job's status, 128+N for signal N; `parallel` 255 where it ran out of time. By a count of more: `parallel` how many had failed, `pgrun` the status of the job that did. By a share: the percentage that had failed, rounded up; `parallel` says so even where the rule was not tripped",
    ),
    (
        "123, 124, 125, 126, 127",
        "`xargs`: a command exited with 1 to 254; with 255; was ended by a signal; cannot be executed; was not found. After the last four nothing more is started, and 123 comes before them, as with findutils",
    ),
    ("255", "`pgrun`, `parallel`, `sem`: own failure. `xargs` has 1 for it"),
];

/// The page.
pub fn page() -> String {
    let mut page = Page::new("pgrun-parallel", 7);
    page.name("pgrun-parallel", "what pgrun makes of GNU parallel's and xargs's command lines");
    page.section("DESCRIPTION");
    page.prose(ABOUT);
    page.section("DIFFERENT ON PURPOSE");
    page.prose(DIFFERENT);
    for (title, rows) in SECTIONS {
        page.section(title);
        items(&mut page, rows);
    }
    page.section("AS XARGS");
    items(&mut page, XARGS);
    page.section("SIGNALS AND EXIT STATUS");
    for (what, text) in ENDING {
        page.item(what, text);
    }
    page.section("NOT TAKEN");
    page.prose("Each of these is refused by its name, with what to do instead; none is ignored.");
    for (names, instead) in tool::run::REFUSED {
        let names: Vec<String> = names.iter().map(|name| dashed(name)).collect();
        page.item(&names.join(", "), &format!("refused: {instead}"));
    }
    page.section("SEE ALSO");
    page.prose("`pgrun`(1), `pglock`(1), `pgtools`(7)");
    page.finish()
}

fn items(page: &mut Page, rows: &[Row]) {
    for (options, how, note) in rows {
        let word = match how {
            How::Same => "same",
            How::Better => "better",
            How::Habit => "accepted",
        };
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        page.item(options, &format!("{word}{note}"));
    }
}

fn dashed(name: &str) -> String {
    if name.len() == 1 { format!("-{name}") } else { format!("--{name}") }
}

/// Every option that the table calls taken is known to the parser.
#[test]
fn what_the_table_calls_taken_is_taken() {
    let command = (tool::run::TOOL.command)();
    let known = |arg: &Arg, name: &str| {
        let long = arg.get_long().into_iter().chain(arg.get_all_aliases().unwrap_or_default());
        let short = arg.get_short().into_iter();
        let short = short.chain(arg.get_all_short_aliases().unwrap_or_default());
        long.into_iter().any(|long| long == name)
            || short.into_iter().any(|short| name.len() == 1 && name.starts_with(short))
    };
    let of_clap = ["help", "h", "version"];
    let mut wrong = Vec::new();
    for (options, _, _) in SECTIONS.iter().flat_map(|(_, rows)| rows.iter()) {
        for option in options.split(", ").filter(|option| option.starts_with('-')) {
            let name = option.trim_start_matches('-');
            let renamed = tool::run::GNU_NAMES.iter().any(|(theirs, _)| *theirs == name);
            let taken = command.get_arguments().any(|arg| known(arg, name));
            if !(taken || renamed || of_clap.contains(&name)) {
                wrong.push(option.to_string());
            }
        }
    }
    none_of("the table calls them taken, and the parser does not know them", &wrong);
}

/// Every option of GNU parallel is in the table, or refused by name.
#[test]
fn no_option_is_left_out() {
    let rows = SECTIONS.iter().flat_map(|(_, rows)| rows.iter());
    let taken: Vec<&str> = rows.flat_map(|(options, _, _)| options.split(", ")).collect();
    let refused = |name: &&str| tool::run::REFUSED.iter().any(|(names, _)| names.contains(name));
    let wrong: Vec<String> = GNU
        .split_whitespace()
        .filter(|name| !refused(name) && !taken.contains(&dashed(name).as_str()))
        .map(str::to_string)
        .collect();
    none_of("options of GNU parallel of which the table says nothing", &wrong);
}

/// The options of GNU parallel 20221122, one name of each.
const GNU: &str = "0 C E I J L N P S T U V X Y a arg-file-sep arg-sep bar basefile \
    basenameextensionreplace basenamereplace bg bibtex bin block block-timeout cat citation \
    cleanup color color-failed colsep compress compress-program controlmaster csv ctag ctagstring \
    ctrlc d decompress-program delay dirnamereplace dry-run e embed eta extensionreplace fg \
    fifo files filter filter-hosts gnu group group-by halt header help hostgroups i id interactive j \
    joblog k keep-order l latest-line limit line-buffer link linkinputsource load m \
    max-line-length-allowed max-procs memfree memsuspend minversion n nice no-ctrlc \
    no-keep-order nonall noswap null number-of-cores number-of-cpus number-of-sockets \
    number-of-threads o onall p parens pipe pipepart plain plus process-slot-var profile progress q \
    r record-env recend recstart regexp remove-rec-sep results resume resume-failed retries \
    retry-failed return round-robin rpl rsync-opts s semaphore semaphore-name semaphore-timeout \
    seqreplace shard shebang shell-completion shellquote show-limits shuf silent skip-first-line \
    slotreplace sql sqlandworker sqlmaster sqlworker ssh sshdelay sshlogin sshloginfile t tag \
    tagstring tee template termseq timeout tmpdir tmux tmuxpane tollef total-jobs transfer \
    transferfile trc trim tty u ungroup use-cores-instead-of-threads use-cpus-instead-of-cores \
    use-sockets-instead-of-threads v verbose version wait will-cite workdir x xapply xargs";
