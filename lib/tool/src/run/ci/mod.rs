//! What a CI system shows of a run: folded output, annotations, a summary, JUnit.

pub mod fold;
pub mod guard;
pub mod junit;
pub mod report;
pub mod summary;

use super::args::CiArg;

/// A CI system whose log can be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ci {
    /// GitHub Actions, and what takes its commands: Gitea, Forgejo, act.
    Github,
    /// GitLab CI.
    Gitlab,
}

impl Ci {
    /// The system that was asked for; `auto`: by the variables that systems set.
    pub fn of(asked: CiArg) -> Option<Ci> {
        match asked {
            CiArg::Github => return Some(Ci::Github),
            CiArg::Gitlab => return Some(Ci::Gitlab),
            CiArg::Auto => {}
        }
        let is_true = |value: Option<std::ffi::OsString>| value.is_some_and(|v| v == "true");
        if is_true(std::env::var_os("GITHUB_ACTIONS")) {
            return Some(Ci::Github);
        }
        is_true(std::env::var_os("GITLAB_CI")).then_some(Ci::Gitlab)
    }
}
