//! Ways to provoke faults: calls that fail, full disks, few descriptors, other users.

use crate::peer::installed;
use crate::row::{Outcome, Verdict};
use crate::scene::Run;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Words that make system calls fail, to be put before a command line:
/// `injected("write", "error=ENOSPC:when=3", Some("joblog"))` fails the third write to that
/// file. Children are traced as well; without a path the calls of all count, thread by thread.
pub fn injected(calls: &str, how: &str, path: Option<&str>) -> Result<Vec<String>, Verdict> {
    if installed("strace").is_none() {
        return Err(Verdict::Skipped("strace is not installed".into()));
    }
    let mut words: Vec<String> =
        ["strace", "-f", "-qq", "-o", "/dev/null"].map(String::from).into();
    words.extend(path.into_iter().flat_map(|path| ["-P".to_string(), path.to_string()]));
    words.extend([
        "-e".into(),
        format!("trace={calls}"),
        "-e".into(),
        format!("inject={calls}:{how}"),
    ]);
    Ok(words)
}

/// A file system in memory of a given size, mounted until it is dropped.
pub struct Tmpfs(PathBuf);

impl Tmpfs {
    /// Mounts one at a folder, which is made; `size` as mount takes it, as in "2m".
    pub fn at(path: &Path, size: &str) -> Result<Tmpfs, Verdict> {
        needs_root()?;
        std::fs::create_dir_all(path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(path)
            .output();
        match mounted {
            Ok(output) if output.status.success() => Ok(Tmpfs(path.to_path_buf())),
            Ok(output) => {
                Err(Verdict::Skipped(String::from_utf8_lossy(&output.stderr).trim().to_string()))
            }
            Err(e) => Err(Verdict::Skipped(format!("mount: {e}"))),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Ends the row as skipped for those who are not root.
pub fn needs_root() -> Result<(), Verdict> {
    if nix::unistd::geteuid().is_root() {
        Ok(())
    } else {
        Err(Verdict::Skipped("only root can provoke it".into()))
    }
}

/// Ends the row as skipped where a program is missing.
pub fn needs(program: &str) -> Result<(), Verdict> {
    match installed(program) {
        Some(_) => Ok(()),
        None => Err(Verdict::Skipped(format!("{program} is not installed"))),
    }
}

/// The instants of a run, which are the calls that its first thread makes.
pub struct Instants(usize);

impl Instants {
    /// Runs once, and counts.
    pub fn of(run: &Run<'_>) -> Result<Instants, Verdict> {
        needs("strace")?;
        let count = run.traced("calls")?.lines().count();
        if count < 100 {
            return Err(Verdict::Broken(format!("strace saw {count} calls")));
        }
        Ok(Instants(count))
    }

    /// Tries so many of them, here and there: words that kill a run there, to be put before it.
    pub fn each(&self, points: usize, try_one: impl Fn(&[String]) -> Outcome) -> Outcome {
        let mut random = u64::from(std::process::id());
        for _ in 0..points {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (random >> 33) as usize % self.0 + 1;
            let how = format!("inject=all:signal=SIGKILL:when={at}");
            let words = ["strace", "-qq", "-o", "/dev/null", "-e", "trace=all", "-e", &how];
            try_one(&words.map(String::from)).map_err(|verdict| match verdict {
                Verdict::Broken(what) => {
                    Verdict::Broken(format!("killed in call {at} of {}: {what}", self.0))
                }
                other => other,
            })?;
        }
        Ok(())
    }
}

/// How many points a long test tries: 200, or what PG_POINTS says.
pub fn points() -> usize {
    std::env::var("PG_POINTS").ok().and_then(|points| points.parse().ok()).unwrap_or(200)
}
