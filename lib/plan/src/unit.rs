//! What was declared: a module, a workflow, a list, before it is put in order.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Operation, Seconds};

/// How a file says what is to be done; told by its root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Operation records, one a line.
    Operations,
    /// Pairs of words.
    Edges,
    /// `module:` with operations in a folder beside it.
    Module,
    /// `operation:`, one operation.
    Operation,
    /// `operation:` with a capability or a category.
    Capability,
    /// `workflow:` whose steps name operation files.
    Workflow,
    /// `operation:` made of steps.
    Steps,
    /// A list `operations:`.
    Lab,
    /// A list `steps:`.
    Pipeline,
    /// Stages or jobs of an orchestration.
    Playbook,
    /// `jobs:` of a GitHub workflow.
    Github,
    /// Any other list of tasks.
    Tasks,
}

/// What the place in a list means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Nothing: needs alone order.
    Edges,
    /// The list is the order.
    Listed,
    /// What `--order` says.
    ByOption,
}

impl Dialect {
    /// The word in a summary.
    pub const fn word(self) -> &'static str {
        match self {
            Dialect::Operations => "ops",
            Dialect::Edges => "edges",
            Dialect::Module => "D1",
            Dialect::Operation => "D2",
            Dialect::Capability => "D3",
            Dialect::Workflow => "D4",
            Dialect::Steps => "D5",
            Dialect::Lab => "D6",
            Dialect::Pipeline => "D7",
            Dialect::Playbook => "D8",
            Dialect::Github => "F2",
            Dialect::Tasks => "tasks",
        }
    }

    /// What the place in its list means.
    pub const fn reading(self) -> Reading {
        match self {
            Dialect::Operations
            | Dialect::Edges
            | Dialect::Lab
            | Dialect::Pipeline
            | Dialect::Github => Reading::Edges,
            Dialect::Workflow | Dialect::Steps | Dialect::Playbook => Reading::Listed,
            Dialect::Module | Dialect::Operation | Dialect::Capability | Dialect::Tasks => {
                Reading::ByOption
            }
        }
    }

    /// One operation in a file of its own: alone, its needs are taken as met.
    pub const fn is_one_operation(self) -> bool {
        matches!(self, Dialect::Operation | Dialect::Capability | Dialect::Steps)
    }
}

/// What a list means where the dialect leaves it open (`--order`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Groups as declared; without any, needs where they are declared, else the list.
    #[default]
    Auto,
    /// The list, with its groups.
    List,
    /// Needs alone.
    Deps,
}

/// Whether there is something to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Body {
    /// It is in the record.
    #[default]
    Here,
    /// Another program's: pgplan plans it and has no command for it.
    Foreign,
    /// It should be there and is not: what is missing.
    Missing(String),
}

/// An operation as it was declared.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The record; its needs are those declared. Drafts are moved, records are large.
    pub op: Box<Operation>,
    /// Parallel group, or the stage it belongs to.
    pub group: Option<String>,
    /// It has a key for dependencies, be it an empty one.
    pub declares: bool,
    /// Whether there is something to run.
    pub body: Body,
    /// Operations it is the sum of.
    pub made_of: Vec<String>,
    /// Nobody says how long it takes: its duration is a guess.
    pub guessed: bool,
}

impl Draft {
    /// Takes a duration where none is declared.
    pub fn guess(&mut self, duration: Seconds) {
        if self.op.duration.is_none() {
            self.op.duration = Some(duration);
            self.guessed = true;
        }
    }
}

/// A total duration that a file declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// How long.
    pub expected: Seconds,
    /// Line of the declaration.
    pub line: u64,
}

/// One file with operations in the order they were declared.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its id.
    pub name: String,
    /// File it was read from.
    pub file: String,
    /// Line it begins on.
    pub line: u64,
    /// How it was declared.
    pub dialect: Dialect,
    /// What the place in its list means.
    pub reading: Reading,
    /// Units that come before it.
    pub after: Vec<String>,
    /// Its operations.
    pub drafts: Vec<Draft>,
    /// Total duration it declares.
    pub total: Option<Total>,
    /// Operations in files beside it that it does not list.
    pub unlisted: Vec<String>,
}

impl Unit {
    /// A unit without operations.
    pub fn new(dialect: Dialect, file: &str) -> Self {
        Unit {
            name: String::new(),
            file: file.into(),
            line: 1,
            dialect,
            reading: dialect.reading(),
            after: Vec::new(),
            drafts: Vec::new(),
            total: None,
            unlisted: Vec::new(),
        }
    }
}
