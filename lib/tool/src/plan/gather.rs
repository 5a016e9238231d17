//! From files to one plan, with everything that is to be said about it.

use super::args::{Config, Form, Verb};
use super::history;
use super::read::{
    Frame, Import, LockRules, Vars, Wanted, command_for, name_the_nameless, outline, read_records,
    unreadable,
};
use super::source::{Kind, Source};
use crate::fail::Fail;
use plan::history::History;
use plan::{Body, Dialect, Draft, EdgeList, Groups, Limits, Order, Plan, Unit};
use record::{Bad, Capacity, Finding, Operation, Seconds, Severity, status};

/// How much of a word is told, in characters.
const TOLD_OF_A_WORD: usize = 40;

/// What was read and put together.
#[derive(Default)]
pub struct Gathered {
    /// The plan.
    pub plan: Plan,
    /// Capacity that came with it.
    pub capacity: Option<Capacity>,
    /// What could not be read, one line each.
    pub faults: Vec<Finding>,
    /// Lines that were left out as the user asked.
    pub skipped: Vec<Finding>,
    /// What is wrong with the graph.
    pub graph: Vec<Finding>,
    /// What cannot run.
    pub bodies: Vec<Finding>,
    /// Placeholders without a value.
    pub placeholders: Vec<Finding>,
    /// What is probably wrong, or worth knowing.
    pub advice: Vec<Finding>,
    /// Pairs inside parallel groups.
    pub groups: Groups,
    /// Past runs, for the verb that predicts.
    pub past: Option<History>,
    /// The units as they were, where another order is worth a look.
    units: Vec<Unit>,
}

impl Gathered {
    /// Slots and resources of the capacity record.
    pub fn limits(&self) -> Limits {
        let capacity = self.capacity.as_ref();
        Limits {
            slots: capacity.and_then(|c| c.jobs),
            resources: capacity.map(|c| c.resources.clone()).unwrap_or_default(),
            nonrenewable: capacity.map(|c| c.nonrenewable.clone()).unwrap_or_default(),
        }
    }

    /// Everything a careful reader notices, the worst first.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        let all = [&self.graph, &self.bodies, &self.placeholders, &self.advice];
        let severities = [Severity::Error, Severity::Warning, Severity::Note];
        severities.into_iter().flat_map(move |severity| {
            all.into_iter().flatten().filter(move |finding| finding.severity == severity)
        })
    }

    /// The status of what was found about the order alone.
    pub fn order_status(&self) -> u8 {
        let wrong = self.graph.iter().any(|finding| finding.severity == Severity::Error);
        match (self.faults.is_empty(), wrong) {
            (false, _) => status::BAD_INPUT,
            (true, true) => status::FINDING,
            (true, false) => status::OK,
        }
    }

    /// The status of what was found.
    pub fn status(&self) -> u8 {
        match (self.faults.is_empty(), self.findings().next().map(|f| f.severity)) {
            (false, _) => status::BAD_INPUT,
            (true, Some(Severity::Error)) => status::FINDING,
            (true, _) => status::OK,
        }
    }
}

/// Reads files; what cannot be read is noted and the others go on.
///
/// # Errors
/// Variables or lock rules that cannot be read.
pub fn gather(config: &Config, files: &[String]) -> Result<Gathered, Fail> {
    let mut gathered = Gathered::default();
    let mut sources = Vec::new();
    for file in files {
        match Source::read(file, config.from, &config.reads) {
            Ok(source) => sources.push(source),
            Err(fail) => {
                gathered.faults.push(unreadable("", 0, &Bad::new(0, fail.message)));
            }
        }
    }
    put_together(config, sources, gathered)
}

/// The plan of these sources; `gathered` has what went wrong before.
///
/// # Errors
/// Variables or lock rules that cannot be read.
pub fn put_together(
    config: &Config,
    mut sources: Vec<Source>,
    mut gathered: Gathered,
) -> Result<Gathered, Fail> {
    let one = sources.len() + gathered.faults.len() == 1;
    let nothing_more = config.cmd.is_empty() && config.history.history.is_empty();
    let alone = one && config.only.is_empty() && nothing_more;
    let as_graph = alone && !config.verb.needs_operations();
    // an edge list has no text that patterns would be needed for; they take longer to
    // compile than a small list to read
    if let Some(source) = sources.pop_if(|source| as_graph && source.kind == Kind::Edges) {
        bare(&mut gathered, source, config.verb);
        return Ok(gathered);
    }
    // nor has a list of operations, and a view of their order needs no records of them
    if alone
        && let Some(wanted) = wanted(config)
        && let [Source { name, bytes, kind: Kind::Ops }] = sources.as_slice()
        && let Some(plan) = outline(name, bytes, wanted)
    {
        gathered.plan = plan;
        return Ok(gathered);
    }
    let vars = Vars::read(&config.reads, &config.vars, &config.var)?;
    let rules = LockRules::read(&config.reads, &config.lock_rules)?;
    let mut import = Import::new(&vars, &rules, &config.fail_if)?;
    let mut frame = Frame::default();
    let mut units: Vec<Unit> = Vec::new();
    for source in sources {
        units.extend(units_of(source, &mut import, &mut frame, &mut gathered.faults));
    }
    gathered.capacity = frame.capacity.take();
    config.limits.over(&mut gathered.capacity);
    name_the_nameless(&mut units);
    gathered.faults.append(&mut import.faults);
    gathered.faults.append(&mut frame.cut);
    let bad = if config.skip_bad { &mut gathered.skipped } else { &mut gathered.faults };
    bad.append(&mut frame.bad);
    if !config.cmd.is_empty() {
        units
            .iter_mut()
            .flat_map(|unit| &mut unit.drafts)
            .for_each(|draft| give(draft, &config.cmd));
    }
    gathered.advice = std::mem::take(&mut import.notes);
    look_back(config, &mut units, &mut gathered)?;
    gathered.placeholders = placeholders(config, &import);
    gathered.groups = Groups::of(&units);
    if config.verb == Verb::Lint {
        gathered.units.clone_from(&units);
    }
    gathered.plan = Plan::assemble(units, &options(config, config.order));
    if !config.only.is_empty() {
        only(&mut gathered, config)?;
    }
    judge(&mut gathered, config);
    Ok(gathered)
}

/// What past runs say, where they are given.
fn look_back(config: &Config, units: &mut [Unit], gathered: &mut Gathered) -> Result<(), Fail> {
    let Some(past) = history::history(&config.history, &config.reads, gathered)? else {
        return Ok(());
    };
    match config.verb {
        Verb::Predict => {
            history::compare(&config.history, &past, units, gathered);
            gathered.past = Some(past);
        }
        _ => history::fill(&config.history, &past, units, gathered),
    }
    Ok(())
}

fn options(config: &Config, order: Order) -> plan::Options {
    plan::Options { order, assume: config.assume.clone() }
}

/// What is asked of operation records where nothing but their order matters.
fn wanted(config: &Config) -> Option<Wanted> {
    let has_files = !config.vars.is_empty() || !config.lock_rules.is_empty();
    match (config.verb, config.form) {
        _ if has_files || !config.var.is_empty() => None,
        (Verb::Levels | Verb::Path, _) | (Verb::List, Form::Text) => Some(Wanted::Order),
        (Verb::Summary, _) if config.limits.are_none() => Some(Wanted::OrderAlone),
        _ => None,
    }
}

fn bare(gathered: &mut Gathered, source: Source, verb: Verb) {
    match EdgeList::read(&source.bytes) {
        Ok(list) => {
            let unit = Unit::new(Dialect::Edges, &source.name);
            drop(source);
            gathered.plan = Plan::bare(list, unit, None);
            // the other views find a cycle themselves
            if matches!(verb, Verb::Lint | Verb::Summary) {
                gathered.graph = plan::graph_findings(&gathered.plan);
            }
        }
        Err(odd) => {
            let (line, bad) = odd_word(&odd);
            gathered.faults.push(unreadable(&source.name, line, &bad));
        }
    }
}

fn odd_word(odd: &plan::OddWord) -> (u64, Bad) {
    let word: String = String::from_utf8_lossy(&odd.word).chars().take(TOLD_OF_A_WORD).collect();
    let word = word.escape_debug();
    let advice = "an edge list is pairs of words; --from says if the file is something else";
    let what = format!("{word}: an odd number of words; {advice}");
    (odd.line, Bad::new(0, what))
}

fn units_of(
    source: Source,
    import: &mut Import<'_>,
    frame: &mut Frame,
    faults: &mut Vec<Finding>,
) -> Vec<Unit> {
    let Source { name, bytes, kind } = source;
    match kind {
        Kind::Ops => vec![read_records(&name, &bytes, frame)],
        Kind::Yaml => match std::str::from_utf8(&bytes) {
            Ok(text) => import.documents(&name, text),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = 1 + before.iter().filter(|&&b| b == b'\n').count();
                let bad = Bad::new(0, "not UTF-8, so no YAML");
                faults.push(unreadable(&name, line as u64, &bad));
                Vec::new()
            }
        },
        Kind::Edges | Kind::Auto => match edge_unit(&name, &bytes) {
            Ok(unit) => vec![unit],
            Err((line, bad)) => {
                faults.push(unreadable(&name, line, &bad));
                Vec::new()
            }
        },
    }
}

/// An edge list as operations, for what needs records.
fn edge_unit(name: &str, bytes: &[u8]) -> Result<Unit, (u64, Bad)> {
    let list = EdgeList::read(bytes).map_err(|odd| odd_word(&odd))?;
    let mut unit = Unit::new(Dialect::Edges, name);
    for node in 0..list.names.len() {
        let id = std::str::from_utf8(list.names.get(node)).map_err(|_| {
            let shown = String::from_utf8_lossy(list.names.get(node));
            let advice = "an operation's id must be (levels and path take any bytes)";
            let what = format!("{shown}: not UTF-8; {advice}");
            (0, Bad::new(0, what))
        })?;
        let op = Operation { id: id.to_string(), source: name.to_string(), ..Operation::default() };
        unit.drafts.push(Draft {
            op: op.into(),
            declares: true,
            body: Body::Foreign,
            ..Draft::default()
        });
    }
    for (needed, dependent) in list.edges {
        let id = unit.drafts[needed as usize].op.id.as_str().into();
        unit.drafts[dependent as usize].op.needs.push(id);
    }
    Ok(unit)
}

/// `--cmd` for what has no command.
fn give(draft: &mut Draft, words: &[String]) {
    if draft.op.cmd.is_none() && !draft.op.barrier && draft.op.modes.is_empty() {
        draft.op.cmd = Some(command_for(words, &draft.op.id));
        draft.body = Body::Here;
    }
}

fn placeholders(config: &Config, import: &Import<'_>) -> Vec<Finding> {
    if import.unknown.is_empty() {
        return Vec::new();
    }
    let severity = match config.verb {
        verb if verb.is_run() && !config.keep_unknown => Severity::Error,
        _ => Severity::Note,
    };
    let names: Vec<&str> = import.unknown.keys().map(String::as_str).collect();
    let first = import.unknown.values().flatten().next().map_or("", String::as_str);
    vec![Finding {
        message: format!("no value for {}", names.join(", ")),
        remedy: "--var NAME=VALUE, --vars FILE, the environment, or --keep-unknown".into(),
        value: Some(names.len() as f64),
        ..plan::finding(severity, "placeholder", first)
    }]
}

/// `--only`, with what comes before under `--with-deps`.
fn only(gathered: &mut Gathered, config: &Config) -> Result<(), Fail> {
    let plan = std::mem::take(&mut gathered.plan);
    let mut keep = vec![false; plan.nodes.len()];
    let mut walk: Vec<u32> = Vec::new();
    for id in &config.only {
        let known = plan.names.find(id.as_bytes());
        walk.push(known.ok_or_else(|| {
            let what = format!(
                "--only {id}: no operation of the plan has this id; pgplan list shows them"
            );
            Fail::new(status::USAGE, what)
        })?);
    }
    while let Some(node) = walk.pop() {
        if !std::mem::replace(&mut keep[node as usize], true) && config.with_deps {
            walk.extend(plan.graph.predecessors(node));
        }
    }
    gathered.plan = plan.keep(&keep);
    gathered.groups = Groups::default();
    gathered.units = Vec::new();
    Ok(())
}

fn judge(gathered: &mut Gathered, config: &Config) {
    let limits = gathered.limits();
    let plan = &gathered.plan;
    gathered.graph = plan::graph_findings(plan);
    gathered.bodies = plan::body_findings(plan);
    if config.verb.is_run() {
        gathered.bodies.extend(foreign(plan));
    }
    // who shares asks for more than there is
    if !matches!(config.verb, Verb::Alloc(_)) {
        gathered.bodies.extend(too_large(plan, &limits));
    }
    if config.verb != Verb::Lint {
        return;
    }
    // a module's own total speaks of its own limits only
    let unlimited = plan.schedule(&Limits::default()).ok().map(|schedule| schedule.makespan);
    let makespan = unlimited.filter(|_| config.only.is_empty());
    gathered.advice.extend(plan::advice(plan, &gathered.groups, makespan));
    if let Some(makespan) = makespan {
        let units = std::mem::take(&mut gathered.units);
        gathered.advice.extend(other_order(&units, config, makespan));
    }
}

/// What another order would give.
fn other_order(units: &[Unit], config: &Config, makespan: Seconds) -> Option<Finding> {
    let planned = |order: Order| {
        let plan = Plan::assemble(units.to_vec(), &options(config, order));
        plan.schedule(&Limits::default()).ok().map(|schedule| schedule.makespan)
    };
    if config.order != Order::Deps && plan::groups_declare_needs(units) {
        return plan::barrier_finding(units, makespan, planned(Order::Deps)?);
    }
    if config.order == Order::Auto {
        return plan::order_finding(units, planned(Order::List)?, makespan);
    }
    None
}

/// Operations that another program would run.
fn foreign(plan: &Plan) -> Option<Finding> {
    let mut ops = plan.operations().filter(|(_, node)| node.draft.body == Body::Foreign);
    let (_, first) = ops.next()?;
    let count = 1 + ops.count();
    let op = &first.draft.op;
    let others = if count > 1 { format!(" and {} more have", count - 1) } else { " has".into() };
    Some(Finding {
        message: format!("{}{others} no command", op.id),
        remedy: "give one with --cmd 'PROGRAM {}'; the other views need none".into(),
        id: op.id.clone(),
        value: Some(count as f64),
        ..plan::finding(Severity::Error, "no-command", &op.source)
    })
}

/// Operations that ask for more than there is.
fn too_large(plan: &Plan, limits: &Limits) -> Vec<Finding> {
    let mut out = Vec::new();
    for (_, node) in plan.operations() {
        let op = &node.draft.op;
        for (name, asked) in &op.resources {
            let Some(there) = limits.resources.get(name).filter(|there| *there < asked) else {
                continue;
            };
            out.push(Finding {
                message: format!("{} asks for {asked} of {name}; there is {there}", op.id),
                remedy: "ask for less, or raise the capacity".into(),
                id: op.id.clone(),
                value: Some(asked.as_f64()),
                threshold: Some(there.as_f64()),
                ..plan::finding(Severity::Error, "too-large", &op.source)
            });
        }
    }
    out
}

/// Leaves in the plan what can run: nothing that has an error of its own, and
/// nothing that comes after such.
pub fn keep_runnable(gathered: &mut Gathered) {
    let plan = std::mem::take(&mut gathered.plan);
    let mut keep = vec![true; plan.nodes.len()];
    let mut walk: Vec<u32> = plan.faults.dangling.iter().map(|unmet| unmet.node).collect();
    let lacks = |op: &Operation| op.cmd.is_none() && !op.barrier && op.modes.is_empty();
    walk.extend(plan.operations().filter(|(_, n)| lacks(&n.draft.op)).map(|(node, _)| node));
    let large = gathered.bodies.iter().filter(|finding| finding.code == "too-large");
    walk.extend(large.filter_map(|finding| plan.names.find(finding.id.as_bytes())));
    walk.extend(plan.unordered());
    while let Some(node) = walk.pop() {
        if std::mem::replace(&mut keep[node as usize], false) {
            walk.extend(plan.graph.successors(node));
        }
    }
    gathered.plan = plan.keep(&keep);
}
