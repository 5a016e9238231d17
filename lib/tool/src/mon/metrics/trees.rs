//! Metrics of process trees, control groups, operations of a run and processes.

use super::metrics;
use crate::mon::columns::tree_name;
use crate::openmetrics::{Families, Value};
use record::{Cgroup, OpUse, Process, Sample, Seconds, Tree};

metrics! { // tidy: a table
    Counter "pgmon_tree_cpu" "seconds" "{tree,mode}" "CPU time of a process tree, ended processes included, since its first sample; the mode is user or system."
        => |s, f| s.trees.iter().for_each(|tree| {
            modes(f, &[("tree", &tree_name(tree))], (tree.user_s, tree.system_s));
        });
    Gauge "pgmon_tree_memory" "bytes" "{tree}" "Resident memory of its processes; pages they share count once each."
        => |s, f| trees(s, f, |tree| Some(tree.rss_bytes));
    Gauge "pgmon_tree_memory_proportional" "bytes" "{tree}" "Resident memory with every shared page divided among its users (--pss)."
        => |s, f| trees(s, f, |tree| tree.pss_bytes);
    Counter "pgmon_tree_read" "bytes" "{tree}" "Bytes read from disks."
        => |s, f| trees(s, f, |tree| Some(tree.read_bytes));
    Counter "pgmon_tree_written" "bytes" "{tree}" "Bytes written to disks."
        => |s, f| trees(s, f, |tree| Some(tree.write_bytes));
    Counter "pgmon_tree_major_page_faults" "" "{tree}" "Page faults that had to read a disk."
        => |s, f| trees(s, f, |tree| Some(tree.major_faults));
    Gauge "pgmon_tree_processes" "" "{tree}" "Processes alive."
        => |s, f| trees(s, f, |tree| Some(tree.processes));
    Gauge "pgmon_tree_threads" "" "{tree}" "Their threads."
        => |s, f| trees(s, f, |tree| Some(tree.threads));
    Gauge "pgmon_tree_open_fds" "" "{tree}" "Their open descriptors."
        => |s, f| trees(s, f, |tree| Some(tree.fds));
    Counter "pgmon_tree_ended_processes" "" "{tree}" "Processes that were seen and are gone."
        => |s, f| trees(s, f, |tree| Some(tree.vanished));
    Counter "pgmon_cgroup_cpu" "seconds" "{cgroup}" "CPU time of a control group and all below it, since it was made."
        => |s, f| cgroups(s, f, |group| group.usage_s);
    Counter "pgmon_cgroup_cpu_throttled" "seconds" "{cgroup}" "Time it was kept from running by its CPU quota."
        => |s, f| cgroups(s, f, |group| group.throttled_s);
    Counter "pgmon_cgroup_cpu_periods" "" "{cgroup}" "Periods of its CPU quota in which it had something to run."
        => |s, f| cgroups(s, f, |group| group.periods_total);
    Counter "pgmon_cgroup_cpu_throttled_periods" "" "{cgroup}" "Those of them in which its quota ran out."
        => |s, f| cgroups(s, f, |group| group.throttled_periods_total);
    Gauge "pgmon_cgroup_cpu_limit" "" "{cgroup}" "CPU quota, in CPUs."
        => |s, f| cgroups(s, f, |group| group.cpu_limit);
    Gauge "pgmon_cgroup_memory" "bytes" "{cgroup}" "Memory charged to it, file contents included."
        => |s, f| cgroups(s, f, |group| group.memory_bytes);
    Gauge "pgmon_cgroup_memory_peak" "bytes" "{cgroup}" "The most it ever was."
        => |s, f| cgroups(s, f, |group| group.memory_peak_bytes);
    Gauge "pgmon_cgroup_memory_limit" "bytes" "{cgroup}" "Memory limit."
        => |s, f| cgroups(s, f, |group| group.memory_limit_bytes);
    Gauge "pgmon_cgroup_swap" "bytes" "{cgroup}" "Swap charged to it."
        => |s, f| cgroups(s, f, |group| group.swap_bytes);
    Gauge "pgmon_cgroup_tasks" "" "{cgroup}" "Tasks (threads) in it."
        => |s, f| cgroups(s, f, |group| group.tasks);
    Gauge "pgmon_cgroup_tasks_limit" "" "{cgroup}" "The most tasks it may have."
        => |s, f| cgroups(s, f, |group| group.tasks_limit);
    Counter "pgmon_cgroup_read" "bytes" "{cgroup}" "Bytes read from disks."
        => |s, f| cgroups(s, f, |group| group.read_bytes);
    Counter "pgmon_cgroup_written" "bytes" "{cgroup}" "Bytes written to disks."
        => |s, f| cgroups(s, f, |group| group.write_bytes);
    Counter "pgmon_cgroup_oom_kills" "" "{cgroup}" "Processes killed for want of memory within its limit."
        => |s, f| cgroups(s, f, |group| group.oom_kills_total);
    Gauge "pgmon_cgroup_pressure" "ratio" "{cgroup,resource,tasks}" "Share of the last interval in which some of its tasks, or all (full), stood still for want of a resource."
        => |s, f| groups(s).for_each(|(path, group)| pressure(f, path, group));
    Counter "pgmon_op_cpu" "seconds" "{run,op,mode}" "CPU time of a running operation with all it has started (--run)."
        => |s, f| s.ops.iter().for_each(|op| {
            modes(f, &[("run", &op.run), ("op", &op_name(op))], (op.user_s, op.system_s));
        });
    Gauge "pgmon_op_memory" "bytes" "{run,op}" "Resident memory of its processes."
        => |s, f| ops(s, f, |op| op.rss_bytes);
    Counter "pgmon_op_read" "bytes" "{run,op}" "Bytes read from disks."
        => |s, f| ops(s, f, |op| op.read_bytes);
    Counter "pgmon_op_written" "bytes" "{run,op}" "Bytes written to disks."
        => |s, f| ops(s, f, |op| op.write_bytes);
    Gauge "pgmon_op_processes" "" "{run,op}" "Its processes."
        => |s, f| ops(s, f, |op| op.processes);
    Counter "pgmon_process_cpu" "seconds" "{pid,name,mode}" "CPU time of one of the busiest processes since its start (--top)."
        => |s, f| s.top.iter().for_each(|one| {
            modes(f, &process_labels(one, &one.pid.to_string()), (one.user_s, one.system_s));
        });
    Gauge "pgmon_process_memory" "bytes" "{pid,name}" "Its resident memory."
        => |s, f| s.top.iter().for_each(|one| {
            f.point(&process_labels(one, &one.pid.to_string()), Some(one.rss_bytes));
        });
}

/// A point for each of two kinds of CPU time.
fn modes(f: &mut Families, labels: &[(&'static str, &str)], (user, system): (Seconds, Seconds)) {
    for (mode, time) in [("user", user), ("system", system)] {
        f.point(&[labels, &[("mode", mode)]].concat(), Some(time));
    }
}

fn trees(s: &Sample, f: &mut Families, of: fn(&Tree) -> Option<u64>) {
    for tree in &s.trees {
        f.point(&[("tree", &tree_name(tree))], of(tree));
    }
}

/// Control groups that are watched, by path.
fn groups(s: &Sample) -> impl Iterator<Item = (&str, &Cgroup)> {
    s.trees.iter().filter_map(|tree| Some((tree.path.as_str(), tree.cgroup.as_ref()?)))
}

fn cgroups<V: Into<Value>>(s: &Sample, f: &mut Families, of: fn(&Cgroup) -> Option<V>) {
    for (path, group) in groups(s) {
        f.point(&[("cgroup", path)], of(group));
    }
}

fn pressure(f: &mut Families, path: &str, group: &Cgroup) {
    for (resource, one) in &group.pressure {
        for (tasks, share) in [("some", Some(one.some)), ("full", one.full)] {
            f.point(&[("cgroup", path), ("resource", resource), ("tasks", tasks)], share);
        }
    }
}

/// An operation without a name is called by the process of its command.
fn op_name(op: &OpUse) -> String {
    if op.id.is_empty() { op.pid.to_string() } else { op.id.clone() }
}

fn ops(s: &Sample, f: &mut Families, of: fn(&OpUse) -> u64) {
    for op in &s.ops {
        f.point(&[("run", &op.run), ("op", &op_name(op))], Some(of(op)));
    }
}

fn process_labels<'a>(process: &'a Process, pid: &'a str) -> [(&'static str, &'a str); 2] {
    [("pid", pid), ("name", &process.name)]
}
