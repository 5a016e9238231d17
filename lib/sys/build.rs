//! Stops a build for another system at once, with one line.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let system = std::env::var("CARGO_CFG_TARGET_OS").unwrap_or_default();
    if system != "linux" {
        println!("cargo::error=pgtools runs on Linux only (this build is for {system})");
    }
}
