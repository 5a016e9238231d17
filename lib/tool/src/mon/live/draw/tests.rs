//! What the screen looks like, on terminals of several sizes.

use super::*;
use crate::mon::live::keys::Key;
use ratatui::layout::Rect;
use record::{
    CpuShares, Disk, Kernel, Memory, Network, OpUse, OwnCost, Pressure, Process, Processes,
};
use std::collections::BTreeMap;

#[derive(Debug)]
struct Named;

impl Words for Named {
    fn of(&self, pid: u32) -> String {
        if pid == 2 { String::new() } else { format!("/usr/bin/program --number {pid}") }
    }
}

fn cpu(busy: f64) -> CpuShares {
    CpuShares { busy, ..CpuShares::default() }
}

fn sample(cpus: u32) -> Sample {
    let memory = Memory {
        total_bytes: 8 << 30,
        used_bytes: 6 << 30,
        swap_total_bytes: 2 << 30,
        ..Memory::default()
    };
    let disk =
        Disk { read_bytes_per_s: 1536.0, write_bytes_per_s: 3e6, util: 0.45, ..Disk::default() };
    let network = Network { rx_bytes_per_s: 2048.0, drops_per_s: 3.0, ..Network::default() };
    let pressure = Pressure { some: 0.12, full: Some(0.01), ..Pressure::default() };
    let each = (0..cpus).map(|at| (at.to_string(), cpu(f64::from(at % 5) / 4.0)));
    Sample {
        interval_s: Seconds::from_secs(1),
        cpus,
        load: Some(Load { avg1: 1.25, ..Load::default() }),
        memory: Some(memory),
        processes: Some(Processes { count: 30, threads: Some(44), ..Processes::default() }),
        disks: BTreeMap::from([("vda".to_string(), disk)]),
        networks: BTreeMap::from([("eth0".to_string(), network)]),
        pressure: BTreeMap::from([("io".to_string(), pressure)]),
        cpus_each: each.collect(),
        kernel: Some(Kernel { uptime_s: Some(Seconds::from_secs(93_784)), ..Kernel::default() }),
        own: Some(OwnCost { cpu: Some(0.004), ..OwnCost::default() }),
        ..Sample::default()
    }
}

fn rows() -> Vec<Row> {
    let row = |pid: u32| {
        let process = Process {
            pid,
            ppid: pid / 2,
            name: format!("name{pid}\n"),
            state: "S".into(),
            cpu: Some(f64::from(pid) / 10.0),
            user_s: Seconds::from_micros(i64::from(pid) * 61_250_000),
            rss_bytes: 512 << 20,
            threads: 3,
            ..Process::default()
        };
        Row { process, read: Some(0.0), written: None, depth: 0 }
    };
    (1..=30).map(row).collect()
}

/// The lines of a screen.
fn drawn(sample: &Sample, (width, height): (u16, u16), view: &mut View) -> Vec<String> {
    let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
    let rows = rows();
    let shown = Shown { sample, rows: &rows, words: &Named, host: "here" };
    screen(&mut buffer, &shown, view, Colours::Many);
    let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| line(y).trim_end().to_string()).collect()
}

#[test]
fn a_small_terminal() {
    let mut view = View::default();
    let lines = drawn(&sample(2), (80, 24), &mut view);
    assert_eq!(
        lines[..11],
        [
            "pgmon top - here  up 1d 02:03  load 1.25 0.00 0.00  30 processes  44 threads",
            "  0 [                            0.0%]    1 [||||||||                     25%]",
            "Mem [|||||||||||||||||||||||6.0G/8.0G]  Swp [                          0/2.0G]",
            "Pressure  io 12% (all 1.0%)",
            "Disk      vda read 1.5K/s written 2.9M/s busy 45%",
            "Network   eth0 in 2.0K/s out 0/s  bad 0 dropped 3",
            "    PID S   CPU%  MEM%    RSS  READ/s  WRIT/s  THR     TIME  COMMAND",
            "     30 S  300.0   6.2   512M       0       -    3 30:37.50  program --number 30",
            "     29 S  290.0   6.2   512M       0       -    3 29:36.25  program --number 29",
            "     28 S  280.0   6.2   512M       0       -    3 28:35.00  program --number 28",
            "     27 S  270.0   6.2   512M       0       -    3 27:33.75  program --number 27",
        ]
    );
    assert!(lines[23].starts_with(" q quit  ? help  / filter  t tree "), "{}", lines[23]);
    assert_eq!((view.page, view.total), (16, 30));
}

#[test]
fn a_wide_terminal_has_room_for_all() {
    let mut view = View { order: Order::Pid, ..View::default() };
    let lines = drawn(&sample(8), (200, 50), &mut view);
    assert!(lines[0].ends_with("44 threads  pgmon 0.4%"), "{}", lines[0]);
    assert_eq!(lines[1].matches('[').count(), 4, "{}", lines[1]);
    assert!(lines[2].starts_with("  1 [") && lines[2].contains("  3 ["), "{}", lines[2]);
    assert!(lines[8].ends_with("  1:01.25  program --number 1"), "{}", lines[8]);
    // without a command line it is known by its name, in which nothing moves the cursor
    assert!(lines[9].ends_with("  [name2\\n]"), "{}", lines[9]);
    assert!(lines[37].contains("--number 30") && lines[38].is_empty());
}

#[test]
fn many_cpus_have_a_column_each() {
    let lines = drawn(&sample(128), (80, 24), &mut View::default());
    assert!(lines[1].starts_with("   0 ▁▃▅▆█▁▃▅▆█"), "{}", lines[1]);
    assert!(lines[2].starts_with("  75 ▁▃▅▆█"), "{}", lines[2]);
    assert!(lines[3].starts_with("Mem ["));
}

#[test]
fn the_first_sample_has_no_rates() {
    let first = Sample { cpus: 2, ..Sample::default() };
    let lines = drawn(&first, (80, 24), &mut View::default());
    assert!(lines[1].ends_with(" -]") && lines[3] == "Pressure  -", "{lines:?}");
    assert!(lines[4] == "Disk      -" && lines[5] == "Network   -", "{lines:?}");
}

#[test]
fn no_size_is_too_small() {
    for width in [1, 2, 7, 20] {
        for height in 1..12 {
            for help in [false, true] {
                let mut view = View { help, ..View::default() };
                assert_eq!(
                    drawn(&sample(3), (width, height), &mut view).len(),
                    usize::from(height)
                );
            }
        }
    }
}

#[test]
fn trees_operations_help_and_filter() {
    let mut view = View { tree: true, ..View::default() };
    let op = OpUse { id: "build".into(), slot: Some(2), cpu: Some(0.5), ..OpUse::default() };
    let ended = OpUse { ended: true, ..op.clone() };
    let with_ops = Sample { ops: vec![op, ended], ..sample(2) };
    let lines = drawn(&with_ops, (120, 24), &mut view);
    assert!(lines[6].starts_with("Operation build  slot 2  CPU 50%  RSS 0  0 processes"));
    // 1 is the parent of 2 and 3, 3 that of 6 and 7
    let words = |line: &str| line[61..].to_string();
    assert_eq!(words(&lines[8]), "program --number 1");
    assert_eq!(words(&lines[9]), "  program --number 3");
    assert_eq!(words(&lines[10]), "    program --number 7");
    view.take(Key::Char('?'));
    let help = drawn(&sample(2), (80, 24), &mut view);
    assert!(help.iter().any(|line| line == "                  m  order by memory"), "{help:?}");
    view.take(Key::Escape);
    for letter in "/number 12".chars() {
        view.take(Key::Char(letter));
    }
    let lines = drawn(&sample(2), (80, 24), &mut view);
    assert!(lines[7].contains("     12 S ") && lines[8].is_empty(), "{lines:?}");
    assert!(lines[23].starts_with(" /  number 12_"), "{}", lines[23]);
    view.take(Key::Enter);
    view.take(Key::Char(' '));
    let lines = drawn(&sample(2), (80, 24), &mut view);
    assert!(lines[0].starts_with("pgmon top - here   paused   up "), "{}", lines[0]);
}
