//! The program `pgstat`: everything is in `lib/tool/src/stat`.

fn main() -> std::process::ExitCode {
    tool::stat::main()
}
