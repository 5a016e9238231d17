//! Words for causes: what kind each is, what happened, what to do.

use crate::Told;
use crate::run::{restraint, verdict};
use alloc::format;
use alloc::string::String;

/// Where a cause lies.
pub fn kind(cause: &str) -> &'static str {
    match cause {
        "cpu" | "memory" | "disk" | "steal" | "neighbour" | "disk-wait" | "load" | "swap"
        | "max-cpu" | "max-mem" | "own-memory" | "emergency" => "system",
        "throttled" => "container",
        "network" => "network",
        "tokens" | "run-queue" => "contention",
        _ if ["lock:", "resource:", "key:", "slot:"].iter().any(|kind| cause.starts_with(kind)) => {
            "contention"
        }
        _ => "application",
    }
}

/// One line with the numbers.
pub fn message(cause: &str, (secs, share): (f64, f64), told: &Told) -> String {
    let percent = |figure: Option<f64>| {
        figure
            .map_or_else(|| String::from("not measured"), |share| format!("{:.0} %", share * 100.0))
    };
    let mean = told.machine.map(|means| means.mean).unwrap_or_default();
    let what = match cause {
        "cpu" => format!(
            "the CPUs had no room: busy {}, somebody waited for one {} of the time",
            percent(mean.busy),
            percent(mean.cpu_some)
        ),
        "neighbour" => format!(
            "others had the CPUs: busy {}, of which this run used {}",
            percent(mean.busy),
            percent(mean.own)
        ),
        "memory" => format!(
            "memory was short: somebody waited for it {} of the time",
            percent(mean.memory_some)
        ),
        "disk" => format!(
            "disks were waited for {} of the time, the busiest was at work {}",
            percent(mean.io_some),
            percent(mean.disk)
        ),
        "network" => format!(
            "operations waited while the network was busy: {} of the time",
            percent(told.machine.and_then(|means| means.network_busy))
        ),
        "steal" => format!("other guests of the host took {} of the CPUs", percent(mean.steal)),
        "throttled" => {
            format!("the CPU quota held it back {} of the time", percent(mean.throttled))
        }
        "slots" => format!(
            "operations waited for a slot, all {} taken, while the machine had room",
            told.report.slots
        ),
        "path" => format!(
            "the chain of operations ran, nothing else; critical path {:.3} s",
            told.report.critical_path_s.as_f64()
        ),
        "retries" => String::from("attempts failed and were repeated"),
        "timeouts" => String::from("attempts ran until a timeout ended them"),
        "start" => String::from("operations were being started"),
        "output" => String::from("the reader of the output stood still"),
        "input" => String::from("nothing to run had come yet"),
        "tokens" => String::from("others had all tokens of the jobserver"),
        _ => match restraint::rule(cause) {
            Some((happened, _)) if cause.contains(':') => format!("{happened} ({cause})"),
            Some((happened, _)) => String::from(happened),
            None => format!("operations waited for {cause}"),
        },
    };
    format!("{what}; {secs:.3} s lost ({:.0} % of the wall)", share * 100.0)
}

/// What to do.
pub fn remedy(cause: &str) -> &'static str {
    match cause {
        "cpu" => "make less work or use more CPUs; more slots change nothing",
        "neighbour" => {
            "find out who else computes here (pgmon --top); raise the priority, or move one of the two"
        }
        "memory" | "swap" => "run fewer at once (--resource memory, --memfree), or add memory",
        "disk" => {
            "write less, or run fewer of what writes at once (a resource), or use a faster disk"
        }
        "disk-wait" => "look who else uses the disk (pgmon --top); a request waits in its queue",
        "run-queue" => "lower -j, or let starts be held back by load (--load)",
        "network" => "move less, cache it, or limit it by a resource; more slots change nothing",
        "steal" => "move the run to a host that is less full; it is not the run's fault",
        "throttled" => "raise the CPU quota of the control group, or lower -j to what it allows",
        "timeout" => "raise the timeout, or find out why the operation is slow",
        "long-job" => "split the operation, or start it first",
        _ => verdict::remedy(cause),
    }
}
