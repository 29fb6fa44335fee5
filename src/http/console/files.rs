//! The files of `web/`: in the program, or on disk in a development build.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::Write as _,
    sync::{LazyLock, Mutex, OnceLock, PoisonError},
};

use actix_web::web::Bytes;
use flate2::{Compression, write::GzEncoder};
use rust_embed::{Embed, EmbeddedFile};
use sha2::{Digest as _, Sha256};

/// What is embedded: not the tests, not what only an editor reads.
#[derive(Embed)]
#[folder = "web"]
#[exclude = "*.json"]
#[exclude = "*.md"]
#[exclude = "*.d.ts"]
#[exclude = "eslint.config.js"]
#[exclude = "node_modules/*"]
struct Web;

/// Compressed files by what they say.
type Compressed = Mutex<HashMap<[u8; 32], Bytes>>;
static COMPRESSED: LazyLock<Compressed> = LazyLock::new(Compressed::default);

/// A file of the console.
pub(super) struct File {
    name: String,
    bytes: Bytes,
    hash: [u8; 32],
}

impl File {
    /// The file of that name, a path relative to `web/`.
    pub fn named(name: &str) -> Option<Self> {
        let EmbeddedFile { data, metadata } = Web::get(name)?;
        let bytes = match data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Some(Self { name: name.to_owned(), bytes, hash: metadata.sha256_hash() })
    }

    /// What it says.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Its SHA-256, in hex digits.
    pub fn hash(&self) -> String {
        hex(&self.hash)
    }

    /// Its media type.
    pub fn kind(&self) -> String {
        let kind = mime_guess::from_path(&self.name).first_or_octet_stream();
        if kind.type_() == "text" { format!("{kind}; charset=utf-8") } else { kind.to_string() }
    }

    /// The same in gzip, made once; `None` of what would not get smaller.
    pub fn compressed(&self) -> Option<Bytes> {
        let known = |bytes: Bytes| (bytes.len() < self.bytes.len()).then_some(bytes);
        let mut compressed = COMPRESSED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = compressed.get(&self.hash) {
            return known(bytes.clone());
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&self.bytes).ok()?;
        let bytes = Bytes::from(encoder.finish().ok()?);
        compressed.insert(self.hash, bytes.clone());
        known(bytes)
    }
}

/// What all files say together, in a few hex digits; in a development build they may change, and nobody may keep them.
pub(super) fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        if cfg!(debug_assertions) {
            return "development".to_owned();
        }
        let mut names: Vec<_> = Web::iter().collect();
        names.sort();
        let mut all = Sha256::new();
        for name in names {
            all.update(name.as_bytes());
            all.update(Web::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
        }
        hex(&all.finalize()[..8])
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
