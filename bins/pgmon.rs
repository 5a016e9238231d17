//! The program `pgmon`: everything is in `lib/tool/src/mon`.

fn main() -> std::process::ExitCode {
    tool::mon::main()
}
