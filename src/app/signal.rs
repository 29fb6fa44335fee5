//! What the operating system tells the process.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A write beyond `RLIMIT_FSIZE` raises this; see `signal(7)`. `SignalKind` has no name for it.
const SIGXFSZ: i32 = 25;

/// Makes a write beyond the file size limit an error of that write instead of the end of the process.
pub fn outlive_file_limit() -> std::io::Result<()> {
    // Having a handler is enough; what it tells is of no interest.
    signal(SignalKind::from_raw(SIGXFSZ)).map(drop)
}

/// Done at the first SIGINT or SIGTERM, counted from this call and not from the first poll: whoever is told to leave
/// while it starts leaves in good order too. After the first one, the second ends the process at once.
pub fn stop() -> impl Future<Output = ()> {
    let heard = signal(SignalKind::interrupt()).and_then(|i| Ok((i, signal(SignalKind::terminate())?)));
    async {
        let (mut interrupt, mut terminate) = match heard {
            Ok(signals) => signals,
            Err(error) => {
                tracing::warn!(%error, "signals cannot be heard: only SIGKILL stops this process");
                return std::future::pending().await;
            }
        };
        either(&mut interrupt, &mut terminate).await;
        tracing::info!("stopping; once more to leave at once");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async {
                either(&mut interrupt, &mut terminate).await;
                eprintln!("tropa: leaving at once");
                // 128 + SIGINT, as shells say it.
                std::process::exit(130);
            });
        });
    }
}

async fn either(interrupt: &mut Signal, terminate: &mut Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}
