//! A Makefile: targets that are no files, one line each.

use super::lacks::{Lacks, asks};
use super::{Export, on_one_line, script_that_goes_on};

/// Longest command that the kernel takes as one word, in bytes.
pub const LONGEST_WORD: usize = 128 * 1024 - 1;

/// The Makefile.
pub fn text(export: &Export<'_>, lacks: &mut Lacks) -> Vec<u8> {
    let jobs = export.limits.slots;
    let flags = match jobs {
        Some(jobs) => format!("--keep-going --jobs={jobs}"),
        None => "--keep-going --jobs".to_string(),
    };
    let mut out = format!(
        "# Made by pgplan. Run it by make(1), with -f where it is not called Makefile.\n\
         MAKEFLAGS += {flags}\n\
         SHELL = /bin/sh\n\
         # standard input is empty, as in pgrun\n\
         .SHELLFLAGS = -c 'exec </dev/null; eval \"$$1\"' sh\n\
         .SUFFIXES:\n"
    )
    .into_bytes();
    if jobs == Some(1) {
        out.extend_from_slice(b".NOTPARALLEL:\n");
    }
    let ends: Vec<&str> = ends(export);
    out.extend(format!(".PHONY: all\nall: {}\n", ends.join(" ")).bytes());
    for job in &export.jobs {
        let needs: Vec<&str> = job.needs.iter().map(|n| export.job(n.job).name.as_str()).collect();
        let name = &job.name;
        out.push(b'\n');
        if *name != job.op.id {
            out.extend(format!("# {}\n", on_one_line(&job.op.id)).bytes());
        }
        let head = format!("{name}: {}", needs.join(" "));
        out.extend(format!(".PHONY: {name}\n{}\n", head.trim_end()).bytes());
        if job.cmd().is_none() {
            continue;
        }
        let script = script_that_goes_on(job, &asks(&job.op, export));
        if script.len() > LONGEST_WORD {
            lacks.add("a command of more than 128 KiB: it will not start", &job.op);
        }
        // what brings its files is too long to be repeated on the screen
        out.extend_from_slice(if job.op.files.is_empty() { b"\t" } else { b"\t@" });
        out.extend(dollars_doubled(&script));
        out.push(b'\n');
    }
    out
}

/// Names of the jobs that nothing needs.
pub fn ends<'e>(export: &'e Export<'_>) -> Vec<&'e str> {
    let mut needed = vec![false; export.jobs.len()];
    let needs = export.jobs.iter().flat_map(|job| &job.needs);
    needs.for_each(|need| needed[need.job as usize] = true);
    let ends = export.jobs.iter().zip(needed).filter(|(_, needed)| !needed);
    ends.map(|(job, _)| job.name.as_str()).collect()
}

/// `$` as make and ninja write it.
pub fn dollars_doubled(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 16);
    for byte in text {
        if *byte == b'$' {
            out.push(b'$');
        }
        out.push(*byte);
    }
    out
}
