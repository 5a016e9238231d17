//! The program `pgplan`: everything is in `lib/tool/src/plan`.

fn main() -> std::process::ExitCode {
    tool::plan::main()
}
