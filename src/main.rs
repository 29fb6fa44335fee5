//! The `tropa` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    let origins = tropa::config::Origins::of_process(None, Vec::new());
    match tropa::config::load(origins) {
        Ok(config) => tropa::app::run(config),
        Err(errors) => {
            eprintln!("{errors}");
            ExitCode::from(64)
        }
    }
}
