//! The command line of `pgplan`: help, page and completions come from here.

use super::alloc::{AllocArgs, Shares};
use super::cache::CacheArgs;
use super::export::Program;
use super::gantt::GanttArgs;
use super::history::HistoryArgs;
use super::limits::LimitArgs;
use super::reads::Reads;
use super::schedule::ScheduleArgs;
use super::sim::SimArgs;
use super::source::Kind;
use crate::fail::Fail;
use crate::flags::{Color, FailIf, Json, SkipBad};
use clap::{Parser, ValueEnum};
use plan::Order;
use record::status;
use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// Output that makes an operation of a module file a failure: their scripts end well even
/// when what they did on another machine has failed.
const MODULE_FAILS_IF: &str = r"\[ERROR\]";

/// Put operations in order: levels, critical path, a plan for pgrun
///
/// Reads what is to be done and what needs what, from modules, records or edge lists, looks
/// for what is wrong, and prints a plan for pgrun or one of several views of it.
#[derive(Debug, Parser)]
#[command(
    name = "pgplan",
    version = crate::entry::version(),
    override_usage = "pgplan [OPTIONS] [VERB] [FILE]...",
    after_help = "Verbs: plan (default), table (default on a terminal), schedule, predict, levels, \
                  path, dot, mermaid, summary, lint, list, groups, gantt, alloc, diff, sim, \
                  export (make, ninja, slurm, github).\nFiles: module, workflow and job files (YAML, JSON), \
                  operation records, edge lists; - is standard input.\nA file that is named like \
                  a verb is written ./path."
)]
pub struct Args {
    /// What to show, then the files to read (- or none: standard input)
    #[arg(value_name = "VERB|FILE")]
    pub operands: Vec<String>,

    #[command(flatten)]
    pub json: Json,

    /// Write to FILE, whole or not at all
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<String>,

    /// Print nothing: the status says if the plan is well, and with -o if FILE is up to date
    #[arg(long, help_heading = "Output")]
    pub check: bool,

    /// Print what can run although the plan has errors
    #[arg(long, help_heading = "Output")]
    pub partial: bool,

    /// Number of paths that path shows
    #[arg(short = 'k', long = "paths", value_name = "N", default_value_t = 1)]
    #[arg(help_heading = "Output")]
    pub paths: usize,

    #[command(flatten)]
    pub color: Color,

    /// What a list means: its groups, or its needs where it has none (auto); list; deps
    #[arg(long, value_name = "HOW", value_enum, default_value_t, help_heading = "Order")]
    pub order: OrderWord,

    /// Take this operation as done elsewhere; may be repeated
    #[arg(long, value_name = "ID", help_heading = "Order")]
    pub assume: Vec<String>,

    /// Plan this operation alone; may be repeated
    #[arg(long, value_name = "ID", help_heading = "Order")]
    pub only: Vec<String>,

    /// With --only: and everything that comes before it
    #[arg(long, requires = "only", help_heading = "Order")]
    pub with_deps: bool,

    /// What the files are, where their content does not tell
    #[arg(long = "from", value_name = "KIND", value_enum, default_value_t, help_heading = "Input")]
    pub from: Kind,

    /// Give {{N}} a value; may be repeated
    #[arg(long, value_name = "N=V", help_heading = "Input")]
    pub var: Vec<String>,

    /// Read values for placeholders, lines NAME=value; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    pub vars: Vec<String>,

    /// Leave placeholders without a value as they are
    #[arg(long, help_heading = "Input", hide_short_help = true)]
    pub keep_unknown: bool,

    /// More rules that find locks, lines REGEX<TAB>LOCK-NAME; may be repeated
    #[arg(long, value_name = "FILE", help_heading = "Input", hide_short_help = true)]
    pub lock_rules: Vec<String>,

    /// Give operations without a command this one; {} is the id
    #[arg(long, value_name = "TEMPLATE", help_heading = "Input")]
    pub cmd: Option<String>,

    #[command(flatten)]
    pub limits: LimitArgs,

    #[command(flatten)]
    pub cache: CacheArgs,

    #[command(flatten)]
    pub schedule: ScheduleArgs,

    #[command(flatten)]
    pub gantt: GanttArgs,

    #[command(flatten)]
    pub alloc: AllocArgs,

    #[command(flatten)]
    pub sim: SimArgs,

    #[command(flatten)]
    pub history: HistoryArgs,

    #[command(flatten, next_help_heading = "Input")]
    pub fail_if: FailIf,

    #[command(flatten, next_help_heading = "Input")]
    pub skip_bad: SkipBad,
}

/// `--order`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OrderWord {
    /// Groups as declared; without any, needs where declared, else the list.
    #[default]
    Auto,
    /// The list, with its groups.
    List,
    /// Needs alone.
    Deps,
}

impl From<OrderWord> for Order {
    fn from(word: OrderWord) -> Order {
        match word {
            OrderWord::Auto => Order::Auto,
            OrderWord::List => Order::List,
            OrderWord::Deps => Order::Deps,
        }
    }
}

/// What is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Records for pgrun.
    Plan,
    /// Rows for people.
    Table,
    /// Records with start, end, slot and mode.
    Schedule,
    /// How long a finished run would have taken within other limits.
    Sim,
    /// How long each operation takes, from past runs.
    Predict,
    /// The level of each operation.
    Levels,
    /// The critical path.
    Path,
    /// A picture for Graphviz.
    Dot,
    /// A picture for Mermaid.
    Mermaid,
    /// Figures.
    Summary,
    /// Findings.
    Lint,
    /// Ids.
    List,
    /// Groups between barriers.
    Groups,
    /// Slots over time.
    Gantt,
    /// Shares of resources.
    Alloc(Shares),
    /// What changed between two plans.
    Diff,
    /// Text for another program.
    Export(Program),
}

impl Verb {
    /// What it prints is for pgrun: half a plan must not be run.
    pub const fn is_run(self) -> bool {
        matches!(self, Verb::Plan | Verb::Schedule | Verb::Export(_) | Verb::Alloc(Shares::Applied))
    }

    /// What cannot run matters to it, not the order alone.
    pub const fn minds_what_runs(self) -> bool {
        self.is_run()
            || matches!(self, Verb::Summary | Verb::Lint | Verb::Table | Verb::Groups | Verb::Gantt)
    }

    /// An edge list must become operations for it: it looks at limits, or at what runs.
    pub const fn needs_operations(self) -> bool {
        self.is_run() || matches!(self, Verb::Groups | Verb::Gantt | Verb::Alloc(_) | Verb::Diff)
    }

    fn of(word: &str) -> Option<Verb> {
        Some(match word {
            "plan" => Verb::Plan,
            "table" => Verb::Table,
            "schedule" => Verb::Schedule,
            "sim" => Verb::Sim,
            "predict" => Verb::Predict,
            "levels" => Verb::Levels,
            "path" => Verb::Path,
            "dot" => Verb::Dot,
            "mermaid" => Verb::Mermaid,
            "summary" => Verb::Summary,
            "lint" => Verb::Lint,
            "list" => Verb::List,
            "groups" => Verb::Groups,
            "gantt" => Verb::Gantt,
            "diff" => Verb::Diff,
            _ => return None,
        })
    }
}

/// What happens when the plan has errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnErrors {
    /// No operation is printed.
    Refuse,
    /// What can run is printed.
    Partial,
}

/// Where the result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file, replaced as a whole.
    File(String),
    /// Nowhere; where a file is named it is compared.
    Check(Option<String>),
}

/// The form of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people and pipes.
    Text,
    /// One JSON object a line.
    Json,
}

/// The command line, understood.
#[derive(Debug)]
pub struct Config {
    pub verb: Verb,
    pub files: Vec<String>,
    pub form: Form,
    pub target: Target,
    pub on_errors: OnErrors,
    pub paths: usize,
    pub color: Color,
    pub order: Order,
    pub assume: BTreeSet<String>,
    pub only: Vec<String>,
    pub with_deps: bool,
    pub from: Kind,
    pub var: Vec<String>,
    pub vars: Vec<String>,
    pub keep_unknown: bool,
    pub lock_rules: Vec<String>,
    pub cmd: Vec<String>,
    pub limits: LimitArgs,
    pub schedule: ScheduleArgs,
    /// Folder of what was planned before.
    pub cache: Option<PathBuf>,
    pub reads: Reads,
    pub gantt: GanttArgs,
    pub sim: SimArgs,
    pub history: HistoryArgs,
    pub fail_if: String,
    pub skip_bad: bool,
}

impl Config {
    /// Understands a command line.
    ///
    /// # Errors
    /// No file and a terminal, a pattern or a template that is none.
    // tidy: a table
    pub fn from(args: Args) -> Result<Config, Fail> {
        let Args {
            operands,
            json,
            output,
            check,
            partial,
            paths,
            color,
            order,
            assume,
            only,
            with_deps,
            from,
            var,
            vars,
            keep_unknown,
            lock_rules,
            cmd,
            limits,
            schedule,
            cache,
            gantt,
            alloc,
            sim,
            history,
            fail_if,
            skip_bad,
        } = args;
        let form = if json.json { Form::Json } else { Form::Text };
        let plain = output.is_none() && form == Form::Text && crate::flags::stdout_is_terminal();
        let otherwise = if plain { Verb::Table } else { Verb::Plan };
        let (verb, words) = verb_of(&operands, otherwise, &alloc)?;
        let files = operands.into_iter().skip(words).collect();
        if let Some(flag) = schedule.given().filter(|_| verb != Verb::Schedule) {
            return Err(usage(format!("{flag} is for schedule: pgplan schedule {flag} ... FILE")));
        }
        let files = files_of(files, verb, &history)?;
        check_numbers(verb, &files, &limits)?;
        let fail_if = fail_if.fail_if.unwrap_or_else(|| MODULE_FAILS_IF.to_string());
        check_pattern(&fail_if)?;
        let cmd = cmd.as_deref().map_or(Ok(Vec::new()), words_of)?;
        Ok(Config {
            verb,
            files,
            form,
            target: match check {
                true => Target::Check(output),
                false => output.map_or(Target::Stdout, Target::File),
            },
            on_errors: if partial { OnErrors::Partial } else { OnErrors::Refuse },
            paths,
            color,
            order: order.into(),
            assume: assume.into_iter().collect(),
            only,
            with_deps,
            from,
            var,
            vars,
            keep_unknown,
            lock_rules,
            cmd,
            limits,
            schedule,
            cache: cache.folder()?,
            reads: Reads::default(),
            gantt,
            sim,
            history,
            fail_if,
            skip_bad: skip_bad.skip_bad,
        })
    }
}

/// The verb of a command line, and how many words it is.
fn verb_of(operands: &[String], otherwise: Verb, alloc: &AllocArgs) -> Result<(Verb, usize), Fail> {
    let program = || operands.get(1).and_then(|word| Program::of(word));
    let wrong = || usage(format!("export for what? write {}, then the files", Program::WORDS));
    let verb = match operands.first().map(String::as_str) {
        Some("export") => return program().map(|p| (Verb::Export(p), 2)).ok_or_else(wrong),
        Some("alloc") => Some(Verb::Alloc(alloc.shares())),
        first => first.and_then(Verb::of),
    };
    Ok(verb.map_or((otherwise, 0), |verb| (verb, 1)))
}

fn usage(what: impl Into<String>) -> Fail {
    Fail::new(status::USAGE, what)
}

/// `diff` compares two files; `sim` alone takes several numbers of slots.
fn check_numbers(verb: Verb, files: &[String], limits: &LimitArgs) -> Result<(), Fail> {
    if verb == Verb::Diff && files.len() != 2 {
        return Err(usage("diff compares two plans: pgplan diff BEFORE AFTER"));
    }
    match verb != Verb::Sim && limits.jobs.len() > 1 {
        true => Err(usage("-j: one number; only sim takes several")),
        false => Ok(()),
    }
}

/// The files to read; without any, standard input where it is not a terminal. With `--runs`
/// there are none, and the verb is `predict`.
fn files_of(
    mut files: Vec<String>,
    verb: Verb,
    history: &HistoryArgs,
) -> Result<Vec<String>, Fail> {
    if history.runs.is_some() {
        return no_files(verb, files);
    }
    if verb == Verb::Predict && history.history.is_empty() {
        return Err(usage("predict needs past runs: --history FILE, or --runs FILE"));
    }
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            let what = "name a file to plan, or - for standard input; pgplan -h shows the usage";
            return Err(usage(what));
        }
        files.push("-".to_string());
    }
    if files.iter().chain(&history.history).filter(|file| *file == "-").count() > 1 {
        return Err(usage("standard input can be read once; - is given twice"));
    }
    Ok(files)
}

fn no_files(verb: Verb, files: Vec<String>) -> Result<Vec<String>, Fail> {
    match (verb, files.first()) {
        (Verb::Predict, None) => Ok(files),
        (Verb::Predict, Some(file)) => Err(usage(format!(
            "{file}: --runs predicts without a plan; give the past runs of a plan with --history"
        ))),
        _ => {
            Err(usage("--runs is for pgplan predict; give the past runs of a plan with --history"))
        }
    }
}

fn check_pattern(pattern: &str) -> Result<(), Fail> {
    regex::bytes::Regex::new(pattern).map(drop).map_err(|e| {
        let text = e.to_string();
        usage(format!("--fail-if: {}", text.lines().last().unwrap_or_default()))
    })
}

/// The words of a command template.
fn words_of(template: &str) -> Result<Vec<String>, Fail> {
    let words = shlex::split(template).filter(|words| !words.is_empty());
    words.ok_or_else(|| usage(format!("--cmd: {template}: no command; are the quotes closed?")))
}
