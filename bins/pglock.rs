//! The program `pglock`: everything is in `lib/tool/src/lock`.

fn main() -> std::process::ExitCode {
    tool::lock::main()
}
