//! pgrun, linked dynamically whatever the programs themselves are: what is preloaded before
//! it takes effect.

fn main() -> std::process::ExitCode {
    tool::run::main()
}
