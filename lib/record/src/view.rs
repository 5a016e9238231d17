//! What the views of a plan say.

use crate::unit::{Amount, Nullable, Seconds};
use crate::{Bytes, Need, Raw, wire};
use std::collections::BTreeMap;

wire! {
    /// A plan in figures; barriers count in none.
    pub struct PlanSummary = "plan.summary", r#"{"type":"plan.summary","file":"module.yaml","dialect":"D1","ops":4,"edges":2,"roots":2,"levels":2,"width":2,"critical_path_s":360,"makespan_s":480,"work_s":600,"declared_total_s":480,"dangling":[],"optional_dangling":[],"duplicate_ids":[],"no_body":[],"unlisted_files":[],"group_contradictions":[],"lock_pairs_in_group":["install-a|install-b"]}"# {
        /// File it was read from.
        pub file: String,
        /// How it was declared: ops, edges, or a dialect of module files.
        pub dialect: String,
        /// Number of operations.
        pub ops: u64,
        /// Declared needs that an operation of the plan meets.
        pub edges: u64,
        /// Operations without such a need.
        pub roots: u64,
        /// Number of levels; null where there is a cycle.
        pub levels: Nullable<u64>,
        /// Operations of the widest level.
        pub width: Nullable<u64>,
        /// Length of the critical path, with what the list says.
        pub critical_path_s: Nullable<Seconds>,
        /// Planned end, with locks and capacity.
        pub makespan_s: Nullable<Seconds>,
        /// Sum of the durations.
        pub work_s: Seconds,
        /// Total duration that the file declares.
        pub declared_total_s: Nullable<Seconds>,
        /// Needs that nothing meets: "op->needed".
        pub dangling: Nullable<Vec<String>>,
        /// Optional needs that nothing meets: "op->needed".
        pub optional_dangling: Nullable<Vec<String>>,
        /// Ids used again.
        pub duplicate_ids: Nullable<Vec<String>>,
        /// Operations without anything to run.
        pub no_body: Nullable<Vec<String>>,
        /// Operations in files that no list names.
        pub unlisted_files: Nullable<Vec<String>>,
        /// Members of one parallel group that need each other: "op->needed".
        pub group_contradictions: Nullable<Vec<String>>,
        /// Members of one parallel group that hold the same lock: "a|b".
        pub lock_pairs_in_group: Nullable<Vec<String>>,
    }
}

wire! {
    /// A node of a plan, in the views of pgplan.
    pub struct PlanNode = "plan.node", r#"{"type":"plan.node","id":"install-chrome","level":2,"duration":180,"start":120,"end":300,"slack_s":0,"critical":true,"needs":["get-chrome"],"locks":["msi"],"group":1,"source":"module.yaml:12"}"# {
        /// The operation.
        pub id: Bytes,
        /// 1 + the greatest level of its needs.
        pub level: u32,
        /// No command: ends when its needs have ended.
        pub barrier: bool,
        /// Expected duration.
        pub duration: Option<Seconds>,
        /// Planned start, seconds from the plan's beginning.
        pub start: Option<Seconds>,
        /// Planned end, seconds from the plan's beginning.
        pub end: Option<Seconds>,
        /// How much later it may start without making the critical path longer.
        pub slack_s: Option<Seconds>,
        /// On the critical path.
        pub critical: bool,
        /// What it needs.
        pub needs: Vec<Need>,
        /// Names of the locks it holds.
        pub locks: Vec<String>,
        /// The parallel group it was declared in.
        pub group: Option<Raw>,
        /// File and line it came from.
        pub source: String,
        /// Planned place to run, from 1.
        pub slot: Option<u32>,
    }
}

wire! {
    /// A path through a plan.
    pub struct PlanPath = "plan.path", r#"{"type":"plan.path","rank":1,"length_s":300,"nodes":["get-chrome","install-chrome"]}"# {
        /// 1 for the critical path.
        pub rank: u64,
        /// Sum of the durations.
        pub length_s: Seconds,
        /// Ids in their order.
        pub nodes: Vec<Bytes>,
    }
}

wire! {
    /// An edge of a plan.
    pub struct PlanEdge = "plan.edge", r#"{"type":"plan.edge","from":"get-chrome","to":"install-chrome"}"# {
        /// What is needed.
        pub from: Bytes,
        /// What waits for it.
        pub to: Bytes,
    }
}

wire! {
    /// Operations that may run together between two barriers.
    pub struct PlanGroup = "plan.group", r#"{"type":"plan.group","group":1,"start":0,"length_s":180,"ops":["get-chrome","get-office"]}"# {
        /// Number of the group, from 1.
        pub group: u64,
        /// When it begins, seconds from the plan's beginning.
        pub start: Seconds,
        /// How long its longest operation takes.
        pub length_s: Seconds,
        /// Ids, the longest remaining path first.
        pub ops: Vec<Bytes>,
    }
}

wire! {
    /// What groups cost that run one after the other.
    pub struct PlanPacking = "plan.packing", r#"{"type":"plan.packing","ops":4,"groups":2,"barriers_s":480,"schedule_s":420,"loss_percent":14.3,"lower_bound_s":480,"input_order_s":540,"gain_percent":11.1,"method":"exact"}"# {
        /// Number of operations.
        pub ops: u64,
        /// Number of groups.
        pub groups: u64,
        /// Planned end with a barrier after each group.
        pub barriers_s: Seconds,
        /// Planned end without barriers, within the same limits.
        pub schedule_s: Seconds,
        /// How much longer the barriers make the plan, in percent.
        pub loss_percent: f64,
        /// No groups within these limits end before.
        pub lower_bound_s: Seconds,
        /// Planned end with groups that are filled in the order of the input.
        pub input_order_s: Seconds,
        /// How much shorter the groups are than those, in percent.
        pub gain_percent: f64,
        /// "exact", or "first-fit decreasing".
        pub method: String,
    }
}

wire! {
    /// An operation as another program would run it.
    pub struct PlanExport = "plan.export", r#"{"type":"plan.export","target":"make","id":"install chrome","name":"install_chrome","needs":["get-chrome"],"script":"msiexec /i chrome.msi"}"# {
        /// The program: make, ninja, slurm or github.
        pub target: String,
        /// The operation.
        pub id: String,
        /// Its name there.
        pub name: String,
        /// Names of what it waits for.
        pub needs: Vec<String>,
        /// What is given to the shell.
        pub script: Bytes,
    }
}

wire! {
    /// How much of a lock or a resource is held from a time on.
    pub struct PlanUse = "plan.use", r#"{"type":"plan.use","of":"resource","name":"network","at":120,"held":50,"capacity":100}"# {
        /// What it is: lock or resource.
        pub of: String,
        /// Its name.
        pub name: String,
        /// From when on, seconds from the plan's beginning.
        pub at: Seconds,
        /// How much is held.
        pub held: Amount,
        /// How much there is; left out where it is unlimited.
        pub capacity: Option<Amount>,
    }
}

wire! {
    /// What an operation gets of a resource for which more is asked than there is.
    pub struct PlanShare = "plan.share", r#"{"type":"plan.share","id":"copy","level":1,"resource":"net","asked":200,"share":143,"duration":60,"stretched_s":83.916084}"# {
        /// The operation.
        pub id: Bytes,
        /// Its level; those of one level share.
        pub level: u32,
        /// The resource.
        pub resource: String,
        /// What it asks for.
        pub asked: Amount,
        /// What it gets.
        pub share: Amount,
        /// Expected duration with all it asks for.
        pub duration: Option<Seconds>,
        /// Expected duration with its shares of all resources.
        pub stretched_s: Option<Seconds>,
    }
}

wire! {
    /// A difference between two plans.
    pub struct PlanChange = "plan.change", r#"{"type":"plan.change","change":"changed","id":"build","field":"duration","from":30,"to":45}"# {
        /// added, removed, changed; or capacity, which is no operation's.
        pub change: String,
        /// The operation.
        pub id: Bytes,
        /// The field that changed; left out where the whole operation did.
        pub field: String,
        /// Its value before.
        pub from: Option<Raw>,
        /// Its value after.
        pub to: Option<Raw>,
    }
}

wire! {
    /// Two plans in figures, after their differences.
    pub struct PlanDiff = "plan.diff", r#"{"type":"plan.diff","added":1,"removed":0,"changed":2,"makespan_before_s":420,"makespan_s":480,"critical_path_before_s":300,"critical_path_s":360,"critical_before":["get","install"],"critical":["get","check","install"]}"# {
        /// Operations that are new.
        pub added: u64,
        /// Operations that are gone.
        pub removed: u64,
        /// Operations of which something changed.
        pub changed: u64,
        /// Planned end before.
        pub makespan_before_s: Seconds,
        /// Planned end after.
        pub makespan_s: Seconds,
        /// Length of the critical path before.
        pub critical_path_before_s: Seconds,
        /// Length of the critical path after.
        pub critical_path_s: Seconds,
        /// Its operations before.
        pub critical_before: Vec<Bytes>,
        /// Its operations after.
        pub critical: Vec<Bytes>,
    }
}

wire! {
    /// A finished run, or how long it would have taken within other limits.
    pub struct Simulation = "simulation", r#"{"type":"simulation","case":"what-if","jobs":8,"resources":{"gpu":2},"locks":{"msi":2},"makespan_s":120.5,"of_run":0.712,"busy":3.4}"# {
        /// "run": as it was. "model": simulated within its own limits, which tells how true the simulation is. "what-if": within others.
        pub case: String,
        /// Slots; left out where there is no limit.
        pub jobs: Option<u32>,
        /// Capacity of each resource.
        pub resources: BTreeMap<String, Amount>,
        /// Slots of locks that have others than they had.
        pub locks: BTreeMap<String, u32>,
        /// From the first start to the last end.
        pub makespan_s: Seconds,
        /// That, as a part of what the run took.
        pub of_run: f64,
        /// Operations that ran at a time, in the mean.
        pub busy: f64,
    }
}
