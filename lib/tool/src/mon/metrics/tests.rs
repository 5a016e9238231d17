//! The table of metrics, its page and its values.

use super::*;
use record::Counters;
use std::collections::BTreeSet;

#[test]
fn names_are_said_once_and_follow_the_rules() {
    let mut seen = BTreeSet::new();
    let units = ["", "seconds", "bytes", "ratio", "pages", "celsius"];
    for Row { metric, .. } in rows() {
        let family = metric.family();
        assert!(family.starts_with("pgmon_") && seen.insert(family.clone()), "{family}");
        let plain = family.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(plain && !family.ends_with("_total"), "{family}");
        assert!(units.contains(&metric.unit), "{family}: {}", metric.unit);
        assert!(metric.help.ends_with('.') && !metric.help.contains(['"', '\\']), "{family}");
        let page = [MACHINE_PAGE, TREES_PAGE].concat();
        let point = format!("{family}{}", metric.kind.suffix());
        let lines = page.lines().filter(|line| {
            line.split(['{', ' ']).next() == Some(&point) && line.ends_with(metric.help)
        });
        assert_eq!(lines.count(), 1, "{point}");
    }
}

#[test]
fn labels_on_the_page_are_those_of_the_points() {
    let families = families(&full());
    let points: BTreeMap<String, Vec<&str>> = families
        .points()
        .map(|(name, labels)| (name, labels.iter().map(|(label, _)| *label).collect()))
        .collect();
    let page = [MACHINE_PAGE, TREES_PAGE].concat();
    for line in page.lines() {
        let (term, _) = line.split_once("  ").unwrap();
        let (name, labels) = term.trim_end_matches('}').split_once('{').unwrap_or((term, ""));
        let wanted: Vec<&str> = labels.split(',').filter(|label| !label.is_empty()).collect();
        assert_eq!(points.get(name), Some(&wanted), "{name}");
    }
}

/// A sample that has a value for every metric.
fn full() -> Sample {
    let text = FULL.replace('\n', "");
    let fields = record::Fields::parse(text.as_bytes()).unwrap();
    record::parse_record(text.as_bytes(), &fields).unwrap()
}

const FULL: &str = r#"{"type":"sample","time":1700000001,"interval_s":1,"seq":1,"missed":0,"cpus":2,
"load":{"avg1":0.71,"avg5":0.4,"avg15":0.35,"runnable":2,"blocked":0},
"memory":{"total_bytes":8,"available_bytes":6,"used_bytes":2,"free_bytes":4,"cached_bytes":2,
"dirty_bytes":6,"swap_total_bytes":0,"swap_used_bytes":0,"anonymous_bytes":1},
"processes":{"count":120,"threads":310,"zombies":0},
"trees":[{"pid":null,"path":"/jobs","cpu":0.98,"user_s":0.97,"system_s":0.01,"rss_bytes":1,
"pss_bytes":1,"read_bytes":8192,"write_bytes":40960,"major_faults":2,"processes":3,"threads":4,
"fds":21,"vanished":5,"unreadable":0,"cgroup":{"usage_s":1,"throttled_s":1,"periods_total":9,
"throttled_periods_total":2,"cpu_limit":1.5,"memory_bytes":1,"memory_peak_bytes":1,
"memory_limit_bytes":1,"swap_bytes":1,"tasks":1,"tasks_limit":9,"read_bytes":1,"write_bytes":1,
"oom_kills_total":1,"pressure":{"cpu":{"some":0.1,"full":0.0}}}}],
"top":[{"pid":4712,"ppid":4711,"name":"cc1","state":"R","cpu":0.9,"user_s":0.9,"system_s":0.01,
"rss_bytes":83886080,"threads":1}],
"own":{"cpu_s":0.004,"max_rss_bytes":4194304,"fds":21},
"cpus_each":{"0":{"busy":0.53,"user":0.5,"nice":0.0,"system":0.03,"idle":0.47,"iowait":0.0,
"irq":0.0,"softirq":0.0,"steal":0.0}},
"kernel":{"uptime_s":86400,"file_handles":1400,"file_handles_limit":800000},
"sockets":{"used":90,"tcp_established":4,"tcp_time_wait":1},
"file_systems":{"/":{"total_bytes":64,"available_bytes":16,"used":0.75,"inodes_free":1}},
"temperatures_c":{"x86_pkg_temp":51.0},
"ops":[{"run":"1f3a.5d0c","id":"install-chrome","slot":2,"pid":4720,"cpu":0.5,"user_s":0.4,
"system_s":0.1,"rss_bytes":52428800,"read_bytes":0,"write_bytes":4096,"processes":1,"threads":1}],
"counters":{"cpu_s":{"idle":1,"guest":2},
"kernel":{"forks":18000,"context_switches":1,"interrupts":1,"softirqs":1},
"memory":{"faults":1,"major_faults":1,"swap_in_pages":1,"swap_out_pages":1,"page_in_kib":1,
"page_out_kib":1,"stalls":1,"refaults":1,"oom_kills":1},
"sockets":{"tcp_segments_in":1,"tcp_segments_out":1,"tcp_retransmits":1,"tcp_opened":1,
"tcp_accepted":1,"listen_drops":1},
"disks":{"vda":{"reads":1200,"writes":1,"read_bytes":4915200,"write_bytes":1,"read_ms":1,
"write_ms":1,"busy_ms":1,"queue_ms":1}},
"networks":{"eth0":{"rx_bytes":1,"tx_bytes":1,"rx_packets":1,"tx_packets":1,"rx_errors":1,
"tx_errors":1,"rx_drops":1,"tx_drops":1}},
"pressure_s":{"cpu_some":1}}}"#;

#[test]
fn time_never_runs_backwards() {
    let at = |idle: i64| {
        let cpu_s = BTreeMap::from([("idle".to_string(), Seconds::from_secs(idle))]);
        let counters = Some(Counters { cpu_s, ..Counters::default() });
        Sample { counters, ..Sample::default() }
    };
    let mut texts = Texts::default();
    for (idle, line) in [(7, "7.0"), (5, "7.0"), (8, "8.0")] {
        texts.take(&at(idle));
        let text = texts.text(Dialect::Plain);
        let line = format!("pgmon_cpu_seconds_total{{state=\"idle\"}} {line}\n");
        assert!(text.contains(&line), "{text}");
    }
}
