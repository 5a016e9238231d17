//! The program `pgrun`: everything is in `lib/tool/src/run`.

fn main() -> std::process::ExitCode {
    tool::run::main()
}
