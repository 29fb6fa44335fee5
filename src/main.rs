//! The program `tropa`. Everything it does is in the library, so that tests can do it too.

/// An order is some hundred small allocations on several threads: glibc's allocator took a fifth of the CPU time under load.
/// Without huge pages (`no_thp`): a few bytes that stay would keep two megabytes, and zeroing these costs more than they save.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    tropa::cli::main()
}
